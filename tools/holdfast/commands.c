/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all commands, in the order in which people need them. */
#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"

const struct command *const commands[] = {
    &cmd_key_new,     &cmd_key_year,       &cmd_key_show,     &cmd_roster_draft,
    &cmd_roster_sign, &cmd_roster_combine, &cmd_roster_check, &cmd_roster_show,
    &cmd_init,        &cmd_deposit,        &cmd_list,         &cmd_show,
    &cmd_receipt,     &cmd_verify,         &cmd_restore,      &cmd_status,
    &cmd_notify,      &cmd_ledger_open,    &cmd_events,       &cmd_scrub,
    &cmd_import,      &cmd_doctor,         &cmd_explain,
};
const size_t command_count = sizeof(commands) / sizeof(commands[0]);
