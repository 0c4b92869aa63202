/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a person: passphrases without echo, and answers in the clear. Only
 * from a terminal at stdin; the question goes to stderr. Blocking; Ctrl-C ends
 * the wait and the terminal is as it was. */
#ifndef HF_TOOLS_PASSPHRASE_H
#define HF_TOOLS_PASSPHRASE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"

struct output;
struct secret;

#define PASSPHRASE_SIZE_MAX 1024

/* A passphrase: the first line of `file` (keyio_read_secret; "-" is stdin), or
 * asked for on the terminal when `file` is NULL, twice when it is a new one.
 * ERR_REFUSED when nobody can be asked: the sentence names the flag.
 * ERR_CANCELLED on Ctrl-C, ERR_CONFLICT when the two differ, ERR_MALFORMED when
 * it is empty, and the errors of keyio_read_secret(). The caller calls
 * secret_free(). */
MUST_USE enum err passphrase_read(struct output *output, const char *file,
                                  const char *of_what, bool twice,
                                  bool no_input, struct secret **ret_passphrase,
                                  struct why *ret_why);
/* Can somebody be asked? */
bool person_there(bool no_input);
/* One line of an answer, without its LF, cut when too long. False at the end of
 * input or on Ctrl-C. */
bool person_answer(struct output *output, const char *question, char *ret_text,
                   size_t size);

#endif
