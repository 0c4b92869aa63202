/* SPDX-License-Identifier: Apache-2.0 */
/* One filled message of every kind, request and reply, and some with little in
 * them, for the tests of this folder. Everything they point to is constant. */
#ifndef HF_WIRE_SAMPLE_H
#define HF_WIRE_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/message.h"

struct sample {
    const char *name;
    struct message message;
};

size_t sample_count(void);
const struct sample *sample_at(size_t index);
/* Do both say the same, field by field? */
bool sample_equal(const struct message *a, const struct message *b);

#endif
