/* SPDX-License-Identifier: Apache-2.0 */
/* The table of nodes in a status (status_say.h). */
#include <stdlib.h>
#include <string.h>

#include "daemon/status_head.h"
#include "daemon/status_json.h"
#include "tools/holdfast/status_say.h"
#include "wire/message.h"

#define NODE_COLUMNS 11
#define ROW_COLUMNS 9

struct row {
    struct span node;
    struct span country;
    const char *seen;
    const char *items;
    const char *behind;
    const char *space;
    const char *read;
    const char *pieces;
};

static void say_row(struct output *output, const struct row *row)
{
    char *name = visible(row->node);
    char *where = visible(row->country);

    if (strlen(name) > NODE_COLUMNS) {
        output_say(output, "%s\n%*s", name, NODE_COLUMNS, "");
    } else {
        output_say(output, "%-*s", NODE_COLUMNS, name);
    }
    output_say(output, " %-2s  %-10s %9s %6s %6s  %-13s %s\n", where, row->seen,
               row->items, row->behind, row->space, row->read, row->pieces);
    free(name);
    free(where);
}

/* "2 Nov", "2 Nov 2025", "never" */
static void put_day(char text[static TEXT_SIZE], uint64_t posix_s,
                    uint64_t now_s)
{
    char now[TEXT_SIZE];
    char year[5];
    size_t size;

    if (posix_s == 0) {
        (void)snprintf(text, TEXT_SIZE, "never");
        return;
    }
    text_rfc3339(now, now_s);
    text_time(text, posix_s); /* "24 Nov 2026 09:58 UTC" */
    memcpy(year, now, 4);
    year[4] = '\0';
    size = strlen(text);
    if (size < 10) {
        return;
    }
    text[size - 10] = '\0'; /* without the time of day */
    size -= 10;
    if (size > 5 && strcmp(text + size - 4, year) == 0) {
        text[size - 5] = '\0';
    }
}

/* When all that it holds was last read again; "!": too long ago. */
static void put_reread(char text[static TEXT_SIZE],
                       const struct msg_status_reply *status,
                       uint64_t scrubbed_s, uint64_t now_s)
{
    uint64_t limit = status->health.proof_age;

    if (!status_judges(status)) {
        (void)snprintf(text, TEXT_SIZE, "?");
        return;
    }
    put_day(text, scrubbed_s, now_s);
    if (scrubbed_s == 0 || (scrubbed_s < now_s && now_s - scrubbed_s > limit)) {
        (void)strcat(text, " !");
    }
}

/* When it was last heard of; "!": a day ago, or longer. */
static void put_seen(char text[static TEXT_SIZE],
                     const struct msg_status_reply *status,
                     const struct status_peer *peer, uint64_t now_s)
{
    uint64_t seen_s = peer->proofs.seen_s;
    bool silent = status_is_silent(status, peer, now_s);
    char when[TEXT_SIZE];
    uint64_t ago = peer->silent_s;

    if (seen_s > 0) {
        ago = seen_s < now_s ? now_s - seen_s : 0;
    } else if (!peer->heard) {
        (void)snprintf(text, TEXT_SIZE, "never%s", silent ? " !" : "");
        return;
    }
    text_span(when, ago);
    (void)snprintf(text, TEXT_SIZE, "%.30s ago%s", when, silent ? " !" : "");
}

static void say_peer(struct output *output,
                     const struct msg_status_reply *status,
                     const struct status_peer *peer, uint64_t now_s)
{
    char seen[TEXT_SIZE];
    char items[TEXT_SIZE] = "?";
    char behind[TEXT_SIZE] = "?";
    char space[TEXT_SIZE] = "?";
    char read[TEXT_SIZE];
    char good[TEXT_SIZE];
    char asked[TEXT_SIZE];
    char pieces[2 * TEXT_SIZE + 8] = "-";
    struct row row = { peer->node, peer->country, seen, items,
                       behind,     space,         read, pieces };

    put_seen(seen, status, peer, now_s);
    if (peer->heard) {
        text_count(behind, peer->behind);
    }
    if (peer->has_statement) {
        text_count(items, peer->items_claimed);
        text_size(space, peer->free_bytes);
    }
    put_reread(read, status, peer->proofs.scrubbed_s, now_s);
    if (peer->role == ROLE_OBSERVER) { /* holds nothing */
        row.items = "-";
        row.behind = "-";
        row.read = "-";
    }
    if (peer->proofs.asked > 0) {
        (void)snprintf(pieces, sizeof(pieces), "%s of %s%s",
                       text_count(good, peer->proofs.good),
                       text_count(asked, peer->proofs.asked),
                       peer->proofs.bad > 0 ? " !" : "");
    }
    say_row(output, &row);
}

static void say_own(struct output *output,
                    const struct msg_status_reply *status, uint64_t now_s)
{
    char held[TEXT_SIZE];
    char behind[TEXT_SIZE];
    char space[TEXT_SIZE];
    char read[TEXT_SIZE];
    struct row own = { status->node, status->country, "this node", held,
                       behind,       space,           read,        "-" };

    text_count(held, status->held);
    text_count(behind, status->placed > status->held
                           ? status->placed - status->held
                           : 0);
    text_size(space, status->free_bytes);
    put_reread(read, status, status->health.scrubbed_s, now_s);
    if (status->role == ROLE_OBSERVER) {
        own.items = "-";
        own.behind = "-";
        own.read = "-";
    }
    say_row(output, &own);
}

/* Whose word does not count, and who leaves. */
static void say_odd(struct output *output, const char *node, bool is_leaving,
                    bool is_old, uint64_t waiting)
{
    char number[TEXT_SIZE];

    if (is_leaving && waiting > 0) {
        output_row(output, ROW_COLUMNS, "LEAVING",
                   "%s: %s items wait for other members; it must stay on", node,
                   text_count(number, waiting));
    } else if (is_leaving && !is_old) {
        output_row(output, ROW_COLUMNS, "LEAVING",
                   "%s: enough other members hold all that it does; it may go",
                   node);
    } else if (is_old) {
        output_row(output, ROW_COLUMNS, "STALE",
                   "%s counts as no copy: no statement of it that is younger "
                   "than two days",
                   node);
    }
}

static void say_all_odd(struct output *output,
                        const struct msg_status_reply *status)
{
    char *own = visible(status->node);

    say_odd(output, own, status->role == ROLE_LEAVING, false, status->waiting);
    free(own);
    for (size_t i = 0; i < status->peers_count; i++) {
        const struct status_peer *peer = &status->peers[i];
        char *node = visible(peer->node);

        if (peer->role != ROLE_OBSERVER) {
            say_odd(output, node, peer->role == ROLE_LEAVING,
                    status_is_stale(peer), peer->waiting);
        }
        free(node);
    }
}

void status_say_nodes(struct output *output,
                      const struct msg_status_reply *status, uint64_t now_s)
{
    static const struct row head = { { (const uint8_t *)"node", 4 },
                                     { (const uint8_t *)"", 0 },
                                     "last seen",
                                     "items",
                                     "behind",
                                     "free",
                                     "re-read since",
                                     "pieces 30 d" };

    say_row(output, &head);
    say_own(output, status, now_s);
    for (size_t i = 0; i < status->peers_count; i++) {
        say_peer(output, status, &status->peers[i], now_s);
    }
    say_all_odd(output, status);
}
