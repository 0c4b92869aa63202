/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/reach.h"

#include <stdlib.h>
#include <string.h>

#include "tools/holdfast/line.h"
#include "tools/holdfast/local.h"
#include "tools/holdfast/tool.h"
#include "tools/holdfast/via.h"

static const char *socket_path(const struct tool *tool)
{
    if (tool->options.socket != NULL) {
        return tool->options.socket;
    }
    return tool->has_config ? tool->config.socket : CONFIG_SOCKET_DEFAULT;
}

/* With [client] node, the node behind the socket must be that one. */
static int check_node(struct tool *tool, struct line *line)
{
    struct message request = { .kind = MESSAGE_STATUS };
    struct message reply;
    struct problem problem = { .exit_code = EXIT_CONFIG, .code = "CONFIG" };
    struct span node;
    char *shown;
    int code;

    if (!tool->has_config || !tool->config.has_client) {
        return EXIT_DONE;
    }
    code = tool_ask(tool, line, &request, &reply);
    if (code != EXIT_DONE) {
        return code;
    }
    node = reply.status_reply.node;
    if (span_is(node, tool->config.client_node)) {
        return EXIT_DONE;
    }
    shown = visible(node);
    code = output_problem(&tool->output, &problem,
                          "the node at %s is %s, but [client] node is %s",
                          socket_path(tool), shown, tool->config.client_node);
    free(shown);
    return code;
}

static int reach_local(struct tool *tool, struct line **ret_line)
{
    struct line *line;
    struct why why;
    enum err err;
    int code;

    why_clear(&why);
    output_detail(&tool->output, "asking the node at %s", socket_path(tool));
    err =
        local_connect(socket_path(tool), tool->options.timeout_ms, &line, &why);
    if (err != ERR_OK) {
        return tool_line_failed(tool, err, "", &why);
    }
    code = check_node(tool, line);
    if (code != EXIT_DONE) {
        line_free(line);
        return code;
    }
    *ret_line = line;
    return EXIT_DONE;
}

/* The node to ask over the network, or NULL. */
static const char *far_node(const struct tool *tool)
{
    const struct config *config = &tool->config;

    if (tool->options.via != NULL) {
        return tool->options.via;
    }
    return tool->options.socket == NULL && tool->has_config &&
                   config->has_client && !config->has_node &&
                   config->lines[CONFIG_CONTROL_SOCKET] == 0
               ? config->client_node
               : NULL;
}

int reach(struct tool *tool, struct line **ret_line)
{
    struct problem problem = { .exit_code = EXIT_USAGE,
                               .code = "USAGE",
                               .state = "nobody was asked.",
                               .action = "give one of them" };
    const char *node;
    int code;

    if (tool->options.via != NULL && tool->options.socket != NULL) {
        return output_problem(&tool->output, &problem,
                              "--via is another way than --socket");
    }
    code = tool_config(tool, false);
    if (code != EXIT_DONE) {
        return code;
    }
    node = far_node(tool);
    return node != NULL ? via_connect(tool, node, ret_line)
                        : reach_local(tool, ret_line);
}

static int ask_who(struct tool *tool, struct line *line,
                   struct reached *reached)
{
    struct message request = { .kind = MESSAGE_STATUS };
    struct message reply;
    char *shown;
    int code = tool_ask(tool, line, &request, &reply);

    if (code != EXIT_DONE) {
        return code;
    }
    shown = visible(reply.status_reply.node);
    (void)snprintf(reached->node, sizeof(reached->node), "%s", shown);
    free(shown);
    reached->has_cid =
        cid_parse(reply.status_reply.consortium, &reached->cid) == ERR_OK;
    return EXIT_DONE;
}

int reach_and_meet(struct tool *tool, struct line **ret_line,
                   struct reached *ret_reached)
{
    struct reached reached = { .has_cid = true };
    struct line *line;
    int code = reach(tool, &line);

    if (code != EXIT_DONE) {
        return code;
    }
    if (tool->far.is_far) {
        memcpy(reached.node, tool->far.node.text, sizeof(reached.node));
        reached.cid = tool->far.cid;
    } else {
        code = ask_who(tool, line, &reached);
    }
    if (code != EXIT_DONE) {
        line_free(line);
        return code;
    }
    (void)snprintf(tool->output.node, sizeof(tool->output.node), "%s",
                   reached.node);
    *ret_reached = reached;
    *ret_line = line;
    return EXIT_DONE;
}
