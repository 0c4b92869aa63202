/* SPDX-License-Identifier: Apache-2.0 */
/* What every command gets: the global flags, the output, the configuration
 * when it is asked for, and the ways to ask the user, and the node that reach.h
 * connects to. One thread. A command's run() returns its exit code; an error is
 * said where it is met, once, by output_problem() or output_err(). */
#ifndef HF_TOOLS_TOOL_H
#define HF_TOOLS_TOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "daemon/config.h"
#include "model/id.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/output.h"

#define TOOL_TIMEOUT_MS 30000
#define FAR_PEER_SIZE (LABEL_SIZE_MAX + ADDRESS_SIZE_MAX + 8)

struct roster_chain;

struct options {         /* the global flags; texts borrowed from argv */
    const char *config;  /* NULL: the usual places */
    const char *socket;  /* NULL: the configuration's, else the default */
    const char *via;     /* NULL: a node to ask over the network */
    const char *confirm; /* NULL */
    uint64_t timeout_ms;
    bool yes;
    bool no_input;
    bool no_color;
    bool help;
    bool version;
    bool json;
    bool quiet;
    bool verbose;
    bool dry_run;
};

/* Whom the line goes to, when it goes over the network: proven by the
 * session's handshake, against the pinned roster. */
struct far {
    bool is_far;
    struct label node;
    struct cid cid;
    char peer[FAR_PEER_SIZE]; /* "fjord-1 at 192.0.2.7:7700" */
};

struct tool {
    struct options options;
    struct output output;
    bool has_config; /* tool_config() found one */
    struct config config;
    struct far far; /* via.h fills it */
};

/* Read the configuration: --config, else /etc/holdfast/holdfast.conf, else
 * ~/.config/holdfast/holdfast.conf. `needed`: without one it is an error; else
 * tool->has_config stays false. Returns EXIT_DONE, or the exit code of a
 * problem that has been said. */
int tool_config(struct tool *tool, bool needed);
/* One request and its reply (line_ask); a failure is said. */
int tool_ask(struct tool *tool, struct line *line,
             const struct message *request, struct message *ret_reply);
/* Say what became of line_send, line_receive, or a refusal. `code` is the
 * refusal's name, or "". Gives the exit code. */
int tool_line_failed(struct tool *tool, enum err err, const char *code,
                     const struct why *why);

/* Exit code, code and what to do, of an error on the way to a node elsewhere;
 * exit code and code are there already. */
void tool_far_problem(enum err err, struct problem *problem);

/* The chain of the consortium's rosters: `file` if not NULL, else the one of
 * the configuration ([client] roster, else [node] roster). As tool_config(). */
int tool_roster(struct tool *tool, const char *file,
                struct roster_chain **ret_chain);

/* Medium danger: "QUESTION [y/N] ". EXIT_DONE when the answer is yes or --yes
 * was given; otherwise it says so and gives EXIT_REFUSED, EXIT_USAGE (nobody
 * can be asked: names the flag) or EXIT_INTERRUPTED. */
int tool_confirm(struct tool *tool, const char *question);
/* Large danger: the name must be typed, or --confirm=NAME be given. */
int tool_confirm_name(struct tool *tool, const char *question,
                      const char *name);

#endif
