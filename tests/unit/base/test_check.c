/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <signal.h>

#include "base/check.h"

/* What must hold and does not ends the program. */
Test(check, aborts, .signal = SIGABRT)
{
    CHECK(1 + 1 == 3);
}

/* What holds goes on. */
Test(check, goes_on)
{
    CHECK(1 + 1 == 2);
}
