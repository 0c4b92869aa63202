/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that the files cmd_*.c give to the table in commands.c. Constant. */
#ifndef HF_TOOLS_CMD_H
#define HF_TOOLS_CMD_H

struct command;

extern const struct command cmd_deposit;
extern const struct command cmd_doctor;
extern const struct command cmd_events;
extern const struct command cmd_explain;
extern const struct command cmd_import;
extern const struct command cmd_init;
extern const struct command cmd_key_new;
extern const struct command cmd_key_show;
extern const struct command cmd_key_year;
extern const struct command cmd_ledger_open;
extern const struct command cmd_list;
extern const struct command cmd_notify;
extern const struct command cmd_receipt;
extern const struct command cmd_restore;
extern const struct command cmd_roster_check;
extern const struct command cmd_roster_combine;
extern const struct command cmd_roster_draft;
extern const struct command cmd_roster_show;
extern const struct command cmd_roster_sign;
extern const struct command cmd_scrub;
extern const struct command cmd_show;
extern const struct command cmd_verify;
extern const struct command cmd_status;

#endif
