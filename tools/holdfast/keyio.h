/* SPDX-License-Identifier: Apache-2.0 */
/* Files that hold keys. Read: refused when group or others have any right on
 * it, except inside $CREDENTIALS_DIRECTORY. Written: 0600, never over another
 * file, durable. Passphrases: passphrase.h; sealed files: sealed.h. Blocking.
 * Everything secret ends in guarded memory; what was read on the way is
 * wiped. */
#ifndef HF_TOOLS_KEYIO_H
#define HF_TOOLS_KEYIO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/key_file.h"

struct secret;

/* The seed of a key file of this kind; the caller calls secret_free().
 * ERR_NOT_FOUND, ERR_PERMISSION (also: others may read it), ERR_IO, and the
 * errors of key_file_parse(). The sentence names the file. */
MUST_USE enum err keyio_read(const char *path, enum key_kind kind,
                             struct secret **ret_seed, struct why *ret_why);
/* The same for any kind: which one it is stands in ret_kind. */
MUST_USE enum err keyio_read_any(const char *path, enum key_kind *ret_kind,
                                 struct secret **ret_seed, struct why *ret_why);
/* The bytes of a file that only its owner may read, in guarded memory. An empty
 * file is ERR_MALFORMED. */
MUST_USE enum err keyio_read_secret(const char *path, size_t size_max,
                                    struct secret **ret_bytes,
                                    struct why *ret_why);
/* Make the file with these bytes: 0600, fsync, the folder too. ERR_CONFLICT
 * when something of that name is there, ERR_NOT_FOUND (the folder),
 * ERR_PERMISSION, ERR_FULL, ERR_IO; then nothing is left behind. */
MUST_USE enum err keyio_write(const char *path, struct span bytes,
                              struct why *ret_why);

#endif
