/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/via.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crypto/node_key.h"
#include "crypto/secret.h"
#include "model/roster_chain.h"
#include "tools/holdfast/keyio.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/remote.h"
#include "tools/holdfast/roster_known.h"
#include "tools/holdfast/tool.h"

static int no_client(struct tool *tool)
{
    struct problem problem = {
        .exit_code = EXIT_CONFIG,
        .code = "CONFIG",
        .state = "nobody was asked.",
        .action = "add [client] with node, key and roster to the "
                  "configuration",
    };

    return output_problem(&tool->output, &problem,
                          "to ask a node over the network, a key and a roster "
                          "are needed, and the configuration names none");
}

static int no_node(struct tool *tool, const char *node,
                   const struct roster *roster)
{
    struct problem problem = { .exit_code = EXIT_USAGE,
                               .code = "USAGE",
                               .state = "nobody was asked." };
    struct buf names;
    char *shown = visible_str(node);
    int code;

    buf_init(&names, 4096);
    buf_printf(&names, "give one of:");
    for (size_t i = 0; i < roster->node_count; i++) {
        buf_printf(&names, " %s", roster->nodes[i].label.text);
    }
    buf_put_byte(&names, 0);
    problem.action = buf_failed(&names) ? NULL : (const char *)names.data;
    code = output_problem(&tool->output, &problem,
                          "%s is not a node of roster %llu", shown,
                          (unsigned long long)roster->version);
    buf_done(&names);
    free(shown);
    return code;
}

static int no_address(struct tool *tool, const struct roster_node *node)
{
    struct problem problem = {
        .exit_code = EXIT_UNREACHABLE,
        .code = "PEER-UNREACHABLE",
        .state = "nobody was asked.",
        .action = "ask another node: --via NODE",
    };

    return output_problem(&tool->output, &problem,
                          "%s has no address in the roster: it only dials out",
                          node->label.text);
}

static int read_key(struct tool *tool, struct depositor_key *ret_key)
{
    struct secret *seed = NULL;
    struct why why = { "" };
    enum err err =
        keyio_read(tool->config.client_key, KEY_DEPOSITOR, &seed, &why);

    if (err == ERR_OK) {
        err = depositor_key_init(ret_key, secret_data(seed));
    }
    secret_free(seed);
    if (err == ERR_NOT_FOUND || err == ERR_PERMISSION) {
        err = ERR_WRONG_KEY; /* missing, or not usable as it is: exit 9 */
    }
    return err == ERR_OK
               ? EXIT_DONE
               : output_err(&tool->output, err, &why, "read the [client] key");
}

static void say(void *ctx, const char *sentence)
{
    struct tool *tool = ctx;
    char *shown = visible_str(sentence);

    output_note(&tool->output, "%s", shown);
    free(shown);
}

static void fill_options(struct tool *tool, const struct roster_chain *chain,
                         const struct roster_node *node,
                         struct remote_options *options)
{
    *options = (struct remote_options){
        .address_count = node->address_count,
        .node_key = node->session,
        .consortium = chain->identity,
        .timeout_ms = tool->options.timeout_ms,
        .say = say,
        .ctx = tool,
    };
    memcpy(options->node, node->label.text, sizeof(options->node));
    for (size_t i = 0; i < node->address_count; i++) {
        struct span address = node->addresses[i];

        CHECK(address.size <= ADDRESS_SIZE_MAX);
        memcpy(options->addresses[i], address.data, address.size);
    }
}

/* No address answered as it should. */
static int say_failed(struct tool *tool, const struct remote_options *options,
                      enum err err, const struct why *why)
{
    struct problem problem = {
        .exit_code = EXIT_UNREACHABLE,
        .code = "PEER-UNREACHABLE",
        .state = "nothing was sent.",
    };
    char *shown = visible_str(why->text);
    json_t *tried = json_array();
    int code;

    tool_far_problem(err, &problem);
    for (size_t i = 0; i < options->address_count; i++) {
        json_array_append_new(tried,
                              json_text(span_str(options->addresses[i])));
    }
    problem.detail = json_object();
    json_put(problem.detail, "node", json_string(options->node));
    json_put(problem.detail, "tried", tried);
    code = output_problem(&tool->output, &problem, "cannot reach %s: %s",
                          options->node, shown);
    free(shown);
    return code;
}

static int dial(struct tool *tool, const struct roster_chain *chain,
                const struct roster_node *node, struct line **ret_line)
{
    struct remote_options options;
    struct depositor_key key = { 0 };
    struct why why = { "" };
    enum err err;
    int code = read_key(tool, &key);

    if (code != EXIT_DONE) {
        return code;
    }
    fill_options(tool, chain, node, &options);
    err = remote_connect(&options, &key.session, ret_line, &why);
    depositor_key_done(&key);
    if (err == ERR_CANCELLED || err == ERR_NO_MEMORY) {
        return tool_line_failed(tool, err, "", &why);
    }
    return err == ERR_OK ? EXIT_DONE : say_failed(tool, &options, err, &why);
}

static int connect_known(struct tool *tool, const char *name,
                         struct roster_chain *chain, struct line **ret_line)
{
    const struct roster *roster = roster_chain_newest(chain);
    const struct roster_node *node = roster_find_node(roster, span_str(name));
    struct line *line;
    int code;

    if (node == NULL) {
        return no_node(tool, name, roster);
    }
    if (node->address_count == 0) {
        return no_address(tool, node);
    }
    code = dial(tool, chain, node, &line);
    if (code != EXIT_DONE) {
        return code;
    }
    tool->far.is_far = true;
    tool->far.node = node->label;
    tool->far.cid = chain->cid;
    (void)snprintf(tool->far.peer, sizeof(tool->far.peer), "%s",
                   remote_peer(line));
    code = roster_known_ask(tool, line, chain);
    if (code != EXIT_DONE) {
        line_free(line);
        return code;
    }
    *ret_line = line;
    return EXIT_DONE;
}

int via_connect(struct tool *tool, const char *node, struct line **ret_line)
{
    struct roster_chain *chain = NULL;
    int code = tool_config(tool, true);

    if (code == EXIT_DONE && !tool->config.has_client) {
        return no_client(tool);
    }
    if (code == EXIT_DONE) {
        code = roster_known_load(tool, NULL, &chain);
    }
    if (code == EXIT_DONE) {
        code = connect_known(tool, node, chain, ret_line);
    }
    roster_chain_free(chain);
    return code;
}
