/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the sandbox as tables; daemon/sandbox.h says what they are for.
 * Private to sandbox.c. Constant. */
#ifndef HF_DAEMON_SANDBOX_RULES_H
#define HF_DAEMON_SANDBOX_RULES_H

#include <seccomp.h>
#include <stddef.h>

struct sandbox_calls {
    const int *calls; /* libseccomp's numbers; negative: not on this machine */
    size_t count;
};

/* A call that depends on one of its arguments. */
struct sandbox_rule {
    int call;
    int error; /* 0: allow */
    struct scmp_arg_cmp when;
};

/* Allowed with any arguments. */
struct sandbox_calls sandbox_allowed(void);
/* These end the process. */
struct sandbox_calls sandbox_deadly(void);
/* On top of both; no call stands here and there. */
const struct sandbox_rule *sandbox_conditional(size_t *ret_count);

#endif
