/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <unistd.h>

#include "sandbox_rules.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED true
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED false
#endif

bool sandbox_is_used(void)
{
    return !IS_SANITIZED;
}

static int add_calls(scmp_filter_ctx filter, uint32_t action,
                     struct sandbox_calls table)
{
    int rc = 0;

    for (size_t i = 0; i < table.count && rc == 0; i++) {
        rc = seccomp_rule_add_array(filter, action, table.calls[i], 0, NULL);
    }
    return rc;
}

static int add_conditional(scmp_filter_ctx filter)
{
    /* abort() of a failed CHECK sends itself a signal, nobody else. */
    struct scmp_arg_cmp own = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0);
    size_t count;
    const struct sandbox_rule *rules = sandbox_conditional(&count);
    int rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                                    &own);

    for (size_t i = 0; i < count && rc == 0; i++) {
        uint32_t action = rules[i].error == 0
                              ? SCMP_ACT_ALLOW
                              : SCMP_ACT_ERRNO((uint32_t)rules[i].error);

        rc = seccomp_rule_add_array(filter, action, rules[i].call, 1,
                                    &rules[i].when);
    }
    return rc;
}

static int fill(scmp_filter_ctx filter)
{
    int rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

    if (rc == 0) {
        rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
                              SCMP_ACT_KILL_PROCESS);
    }
    if (rc == 0) {
        rc = add_calls(filter, SCMP_ACT_ALLOW, sandbox_allowed());
    }
    if (rc == 0) {
        rc = add_calls(filter, SCMP_ACT_KILL_PROCESS, sandbox_deadly());
    }
    if (rc == 0) {
        rc = add_conditional(filter);
    }
    return rc;
}

enum err sandbox_enter(struct why *ret_why)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));

    if (filter == NULL) {
        return ERR_NO_MEMORY;
    }

    int rc = fill(filter);

    if (rc == 0) {
        rc = seccomp_load(filter);
    }
    seccomp_release(filter);
    if (rc == -ENOMEM) {
        return ERR_NO_MEMORY;
    }
    if (rc != 0) {
        return why_set(ret_why, ERR_UNSUPPORTED,
                       "the system call filter was not taken (%s): a kernel "
                       "with CONFIG_SECCOMP_FILTER is needed, and where a "
                       "service manager filters calls, it must allow seccomp",
                       strerror(-rc));
    }
    return ERR_OK;
}
