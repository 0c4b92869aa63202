/* SPDX-License-Identifier: Apache-2.0 */
/* Everything of one `holdfast deposit`, and what it says to people and as JSON.
 * Used by cmd_deposit.c only; one thread. */
#ifndef HF_TOOLS_DEPOSIT_SAY_H
#define HF_TOOLS_DEPOSIT_SAY_H

#include "crypto/node_key.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/deposit_types.h"
#include "tools/holdfast/recipients.h"
#include "tools/holdfast/tool.h"

struct roster_chain;
struct roster_member;

/* Everything of one run; freed as a whole. */
struct deposit {
    struct tool *tool;
    const struct arguments *arguments;
    struct roster_chain *chain;         /* owned */
    const struct roster_member *member; /* borrowed from chain */
    struct depositor_key key;
    struct recipients recipients;
    struct file_list list;
    struct sealing_setup setup;
    struct deposit_journal journal;
    struct receipts_out receipts;
    struct line *line; /* owned */
    struct progress progress;
    struct deposit_run_result result;
    uint64_t sealed_bytes; /* that the node must take */
    char node[33];
};

/* Before it begins: how much, where to, sealed for whom. */
void deposit_say_start(struct deposit *deposit);
/* Afterwards, for people. */
void deposit_say_people(struct deposit *deposit);
/* The last line of the JSON. */
void deposit_say_summary(struct deposit *deposit, int exit_code);

#endif
