/* SPDX-License-Identifier: Apache-2.0 */
/* Which node a command asks, and how it gets there:
 *
 *   --via NODE      that node of the pinned roster, over the network (via.h)
 *   --socket PATH   the node behind that socket (local.h)
 *   neither         what the configuration is for: a node's own socket; on a
 *                   laptop, which has [client] and neither [node] nor a
 *                   [control] socket, the [client] node over the network
 *
 * Both say their problems and give an exit code. Blocking; one thread. */
#ifndef HF_TOOLS_REACH_H
#define HF_TOOLS_REACH_H

#include <stdbool.h>

#include "base/text.h"
#include "model/id.h"

struct line;
struct tool;

/* Who is at the other end of a line. */
struct reached {
    char node[LABEL_SIZE_MAX + 1]; /* its label; as shown, when it is none */
    bool has_cid;
    struct cid cid;
};

/* Connect. Says who is called. On a local socket, [client] node names the node
 * that must be behind it. *ret_line is the caller's to free. */
int reach(struct tool *tool, struct line **ret_line);
/* As reach(), and find out who answers: over the network the handshake has
 * proven it, on a local socket the node says so itself. The output's envelope
 * names it from then on. */
int reach_and_meet(struct tool *tool, struct line **ret_line,
                   struct reached *ret_reached);

#endif
