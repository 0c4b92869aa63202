/* SPDX-License-Identifier: Apache-2.0 */
/* The way to a node over the network, by the configuration's [client] section:
 * whose key, which rosters, where the node is. Blocking; one thread. */
#ifndef HF_TOOLS_VIA_H
#define HF_TOOLS_VIA_H

struct line;
struct tool;

/* Connect to this node of the pinned roster, and take newer rosters that it
 * has. tool->far says afterwards whom the line goes to. EXIT_DONE, or the exit
 * code of a problem that was said: EXIT_CONFIG (no [client]), EXIT_USAGE (no
 * such node), EXIT_UNREACHABLE, EXIT_KEY (our key is missing, or is none that
 * the node knows). */
int via_connect(struct tool *tool, const char *node, struct line **ret_line);

#endif
