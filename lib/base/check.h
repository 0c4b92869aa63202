/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold in every build, or the program is wrong. Nothing that comes
 * from a peer, a disk, a file or a person ever reaches a CHECK. */
#ifndef HF_BASE_CHECK_H
#define HF_BASE_CHECK_H

#include "base/compiler.h"

/* Write the condition and its place to stderr and abort. */
NORETURN void check_failed(const char *condition, const char *file, int line);

#define CHECK(cond)                                                            \
    do {                                                                       \
        if (!(cond)) {                                                         \
            check_failed(#cond, __FILE__, __LINE__);                           \
        }                                                                      \
    } while (0)

#endif
