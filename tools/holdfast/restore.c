/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/restore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/secret.h"
#include "model/roster_chain.h"
#include "tools/holdfast/recipients.h"

#define KEYS_PER_SECRET 32768

void restore_stop(struct restore *restore, enum err err, const char *code,
                  const struct why *why)
{
    if (restore->err != ERR_OK) {
        return;
    }
    restore->err = err;
    restore->why = *why;
    (void)snprintf(restore->code, sizeof(restore->code), "%s", code);
}

void restore_miss(struct restore_item *item, const char *reason,
                  const char *sentence)
{
    free(item->sentence);
    item->state = RESTORE_MISSING;
    item->reason = reason;
    item->sentence = sentence == NULL ? NULL : strdup(sentence);
}

enum err restore_file_keys_new(struct restore *restore)
{
    size_t count = restore->count / KEYS_PER_SECRET + 1;

    restore->file_keys = calloc(count, sizeof(*restore->file_keys));
    if (restore->file_keys == NULL) {
        return ERR_NO_MEMORY;
    }
    restore->file_keys_count = count;
    for (size_t i = 0; i < count; i++) {
        size_t left = restore->count - i * KEYS_PER_SECRET;

        left = left < KEYS_PER_SECRET ? left + 1 : KEYS_PER_SECRET;
        restore->file_keys[i] = secret_new(left * AGE_FILE_KEY_SIZE);
        if (restore->file_keys[i] == NULL) {
            return ERR_NO_MEMORY;
        }
    }
    return ERR_OK;
}

uint8_t *restore_file_key(const struct restore *restore, size_t index)
{
    return secret_bytes(restore->file_keys[index / KEYS_PER_SECRET]) +
           index % KEYS_PER_SECRET * AGE_FILE_KEY_SIZE;
}

bool restore_receive(struct restore *restore, struct message *ret_reply)
{
    char code[LINE_CODE_SIZE] = "";
    struct why why = { "" };
    enum err err = line_receive(restore->line, ret_reply, &why);

    if (err == ERR_OK && ret_reply->kind == MESSAGE_REFUSAL) {
        err = line_refused(ret_reply, code, &why);
    }
    if (err != ERR_OK) {
        restore_stop(restore, err, code, &why);
    }
    return err == ERR_OK;
}

size_t restore_in_flight_max(const struct restore *restore)
{
    size_t depth = line_depth(restore->line);

    return depth < RESTORE_IN_FLIGHT ? depth : RESTORE_IN_FLIGHT;
}

bool restore_send(struct restore *restore, const struct message *request)
{
    struct why why = { "" };
    enum err err = line_send(restore->line, request, &why);

    if (err != ERR_OK) {
        restore_stop(restore, err, "", &why);
    }
    return err == ERR_OK;
}

/* ---- Whose key ----------------------------------------------------------- */

void restore_needs(const struct restore *restore,
                   const struct restore_item *item, struct buf *to)
{
    struct span label = origin_node(&restore->origins[item->origin]);
    const struct roster *roster = NULL;
    const struct roster_node *node = NULL;
    const struct roster_member *member;
    unsigned year = year_of(item->time);

    if (restore->chain != NULL) {
        roster = roster_chain_newest(restore->chain);
        node = roster_find_node(roster, label);
    }
    while (roster != NULL && node == NULL) {
        roster = roster_chain_before(restore->chain, roster);
        node = roster == NULL ? NULL : roster_find_node(roster, label);
    }
    if (node == NULL) {
        buf_printf(to, "%u, from %.*s", year, (int)label.size,
                   (const char *)label.data);
        return;
    }
    member = roster_member_of(roster, node);
    for (size_t i = 0; i < member->seal_count; i++) {
        buf_printf(to, "%s%s %u", i == 0 ? "" : " or ",
                   roster->members[member->seals[i]].label.text, year);
    }
    if (member->seal_count == 0) {
        buf_printf(to, "%s %u", member->label.text, year);
    }
}

void restore_put_why(const struct restore *restore,
                     const struct restore_item *item, struct buf *to)
{
    if (item->state == RESTORE_LOCKED) {
        buf_put_str(to, "no key given opens it; needs ");
        restore_needs(restore, item, to);
        return;
    }
    if (item->state == RESTORE_PLANNED || item->state == RESTORE_AT_WORK) {
        buf_put_str(to, "the run ended before its turn");
        return;
    }
    if (strcmp(item->reason, RESTORE_CHECK_FAILED) == 0) {
        buf_put_str(to, "a check failed: ");
    }
    buf_put_str(to, item->sentence == NULL ? item->reason : item->sentence);
    if (item->unverified) {
        buf_put_str(to, "; what came is kept as .unverified");
    }
}
