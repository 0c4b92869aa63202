/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/roster_pin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/roster_chain.h"
#include "tools/holdfast/file.h"

#define PIN_PATH_SIZE 1024
#define PIN_SIZE_MAX (ROSTER_CHAIN_VERSIONS_MAX * (size_t)ROSTER_NOTE_SIZE_MAX)

static enum err pin_path(const struct roster_chain *chain,
                         char ret_path[static PIN_PATH_SIZE],
                         struct why *ret_why)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int size;

    if (state != NULL && state[0] == '/') {
        size = snprintf(ret_path, PIN_PATH_SIZE, "%s/holdfast/%s.roster", state,
                        chain->cid.text);
    } else if (home != NULL && home[0] == '/') {
        size = snprintf(ret_path, PIN_PATH_SIZE,
                        "%s/.local/state/holdfast/%s.roster", home,
                        chain->cid.text);
    } else {
        return why_set(ret_why, ERR_NOT_FOUND,
                       "neither XDG_STATE_HOME nor HOME says where to keep the "
                       "newest roster");
    }
    if (size < 0 || size >= PIN_PATH_SIZE) {
        return why_set(ret_why, ERR_TOO_BIG, "the path of the pin is too long");
    }
    return ERR_OK;
}

static enum err pin_read(const char *path, struct roster_chain **ret_chain,
                         struct why *ret_why)
{
    struct buf file;
    enum err err;

    buf_init(&file, PIN_SIZE_MAX);
    err = tool_file_read(path, PIN_SIZE_MAX, &file, ret_why);
    if (err == ERR_OK) {
        err = roster_chain_parse(buf_span(&file), ret_chain, ret_why);
        if (err != ERR_OK) {
            err = why_prefix(ret_why, ERR_CORRUPT, "%s", path);
        }
    }
    buf_done(&file);
    return err;
}

enum err roster_pin_join(struct roster_chain *chain, struct roster_pin *ret_pin,
                         struct why *ret_why)
{
    char path[PIN_PATH_SIZE];
    struct roster_pin pin = { .had = false };
    uint64_t given = roster_chain_newest(chain)->version;
    enum err err;

    err = pin_path(chain, path, ret_why);
    if (err == ERR_NOT_FOUND) {
        path[0] = '\0'; /* a user without a home has seen nothing before */
        err = ERR_OK;
    } else if (err == ERR_OK && tool_file_exists(path)) {
        err = pin_read(path, &pin.before, ret_why);
        pin.had = err == ERR_OK;
    }
    for (size_t index = 0;
         pin.had && err == ERR_OK && index < pin.before->count; index++) {
        bool added;

        err = roster_chain_add(
            chain, buf_span(&pin.before->entries[index].note), &added, ret_why);
    }
    if (err == ERR_OK && chain->forked) {
        err = why_set(ret_why, ERR_CONFLICT,
                      "two rosters stand against each other: what was seen "
                      "before (%s) and what is given now",
                      path);
    }
    if (err != ERR_OK) {
        roster_chain_free(pin.before);
        return err;
    }
    pin.newer_pinned = roster_chain_newest(chain)->version > given;
    *ret_pin = pin;
    return ERR_OK;
}

void roster_pin_done(struct roster_pin *pin)
{
    roster_chain_free(pin->before);
    pin->before = NULL;
}

enum err roster_pin_write(const struct roster_chain *chain, struct why *ret_why)
{
    char path[PIN_PATH_SIZE];
    char folder[PIN_PATH_SIZE];
    struct buf file;
    struct buf old;
    struct why ignored;
    enum err err;

    err = pin_path(chain, path, ret_why);
    if (err != ERR_OK) {
        return err;
    }
    buf_init(&file, PIN_SIZE_MAX);
    buf_init(&old, PIN_SIZE_MAX);
    roster_chain_format(chain, &file);
    if (tool_file_read(path, PIN_SIZE_MAX, &old, &ignored) != ERR_OK) {
        buf_clear(&old); /* no old one, or an unreadable one: it differs */
    }
    if (buf_failed(&file)) {
        err = why_set(ret_why, file.err, "the chain of rosters is too long");
    } else if (!span_equal(buf_span(&file), buf_span(&old))) {
        snprintf(folder, sizeof(folder), "%s", path);
        *strrchr(folder, '/') = '\0';
        err = tool_folders_make(folder, 0700, ret_why);
        if (err == ERR_OK) {
            err = tool_file_replace(path, buf_span(&file), 0600, ret_why);
        }
    }
    buf_done(&old);
    buf_done(&file);
    return err;
}
