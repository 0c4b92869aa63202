/* SPDX-License-Identifier: Apache-2.0 */
/* The rosters that this user knows: those of the configured file and the newest
 * ones seen before (roster_pin.h), and what a node adds to them. A roster
 * counts only when the chain ties it to version 1; what is newer is shown. Each
 * function says its problems and gives an exit code. Blocking; one thread. */
#ifndef HF_TOOLS_ROSTER_KNOWN_H
#define HF_TOOLS_ROSTER_KNOWN_H

struct line;
struct roster_chain;
struct tool;

/* `file`, or the configuration's when NULL, and the pin. The caller calls
 * roster_chain_free(). */
int roster_known_load(struct tool *tool, const char *file,
                      struct roster_chain **ret_chain);
/* Ask the node behind the line for later ones. The chain gains them; a newer
 * one in force is shown, and the newest pinned. A node that gives one that is
 * not good is told of and adds nothing; two rosters that stand against each
 * other are an error. */
int roster_known_ask(struct tool *tool, struct line *line,
                     struct roster_chain *chain);

#endif
