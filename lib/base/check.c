/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

NORETURN void check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "CHECK failed: %s (%s:%d)\n", condition, file, line);
    abort();
}
