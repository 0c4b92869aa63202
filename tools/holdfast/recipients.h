/* SPDX-License-Identifier: Apache-2.0 */
/* To whom a member's items are sealed this year: the `seal` line of the roster,
 * and what the command adds by --to. The list is remembered beside the pinned
 * roster ($XDG_STATE_HOME/holdfast), and every change is shown and confirmed
 * before anything is sealed. Blocking. */
#ifndef HF_TOOLS_RECIPIENTS_H
#define HF_TOOLS_RECIPIENTS_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/age_key.h"
#include "model/roster.h"
#include "tools/holdfast/sealing.h"
#include "tools/holdfast/tool.h"

struct recipients {
    size_t count;
    struct age_recipient keys[RECIPIENTS_MAX];
    char names[RECIPIENTS_MAX][48]; /* "fjord 2026", "--to" */
};

/* This year's UTC year of a clock. */
uint16_t year_of(uint64_t posix_s);
/* Collect them. EXIT_DONE, or the exit code of a problem that has been said: a
 * member without a seal line, a recipient missing for this year. `to` are
 * to_count texts, age1... */
int recipients_collect(struct tool *tool, const struct roster *roster,
                       const struct roster_member *member, uint16_t year,
                       const char *const *to, size_t to_count,
                       struct recipients *ret_recipients);
/* Show a change since this member's last deposit and ask (medium danger). */
int recipients_confirm(struct tool *tool, const struct cid *cid,
                       const struct roster_member *member,
                       const struct recipients *recipients);
/* Remember them, when something was deposited. */
MUST_USE enum err recipients_remember(const struct cid *cid,
                                      const struct roster_member *member,
                                      const struct recipients *recipients,
                                      struct why *ret_why);

#endif
