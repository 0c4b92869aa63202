/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/restore_keys.h"

#include <stdlib.h>
#include <string.h>

#include "tools/holdfast/command.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/sealed.h"

/* Unless the configuration says that only a client lives here, the socket is
 * that of a node on this machine. */
static int confirm_key(struct restore *restore)
{
    const struct tool *tool = restore->tool;

    if (tool->has_config && tool->config.has_client && !tool->config.has_node) {
        return EXIT_DONE;
    }
    return tool_confirm(restore->tool,
                        "This machine runs a node, and an evidence key does "
                        "not belong on it: whoever\ntakes the machine could "
                        "open what the key opens. Use the key here?");
}

static int key_failed(struct restore *restore, enum err err,
                      const struct why *why)
{
    struct problem problem = {
        .exit_code = EXIT_KEY,
        .code = err == ERR_WRONG_KEY ? "WRONG-KEY" : "KEY-UNUSABLE",
        .state = "nothing was written.",
    };
    char *shown;
    int code;

    if (err == ERR_CANCELLED) {
        return interrupt_finish(&restore->tool->output);
    }
    if (err == ERR_REFUSED) {
        problem.exit_code = EXIT_USAGE;
        problem.code = "NO-ANSWER";
    }
    shown = visible_str(why->text[0] == '\0' ? err_text(err) : why->text);
    code = output_problem(&restore->tool->output, &problem,
                          "cannot use the key: %s", shown);
    free(shown);
    return code;
}

/* Add these identities; they move. */
static enum err take_identities(struct restore *restore,
                                struct age_identities *identities)
{
    size_t count = restore->identity_count + identities->count;
    struct age_identity *more =
        realloc(restore->identities, count * sizeof(*more));

    if (more == NULL) {
        age_identities_done(identities);
        return ERR_NO_MEMORY;
    }
    memcpy(more + restore->identity_count, identities->items,
           identities->count * sizeof(*more));
    free(identities->items);
    restore->identities = more;
    restore->identity_count = count;
    return ERR_OK;
}

int restore_keys_read(struct restore *restore)
{
    const char *passphrase = argument(restore->arguments, "--passphrase-file");
    const char *path;
    struct why why = { "" };
    int code = EXIT_DONE;

    if (restore->mode == RESTORE_SEALED) {
        return EXIT_DONE;
    }
    code = confirm_key(restore);
    for (size_t i = 0;
         code == EXIT_DONE &&
         (path = argument_at(restore->arguments, "--key", i)) != NULL;
         i++) {
        struct age_identities identities = { 0 };
        enum err err = sealed_identities(
            &restore->tool->output, path, passphrase,
            restore->tool->options.no_input, &identities, &why);

        if (err == ERR_OK) {
            err = take_identities(restore, &identities);
        }
        if (err != ERR_OK) {
            code = key_failed(restore, err, &why);
        }
    }
    return code;
}
