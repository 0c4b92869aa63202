/* SPDX-License-Identifier: Apache-2.0 */
#include "model/fork.h"

#include <string.h>

#include "base/fields.h"
#include "base/text.h"
#include "ledger/note.h"
#include "model/roster.h"
#include "model/roster_chain.h"
#include "model/take.h"
#include "model/x_lines.h"

/* ---- Text ---------------------------------------------------------------- */

static void put_hash(struct buf *buf, const char *keyword,
                     const struct digest *hash)
{
    buf_printf(buf, "%s ", keyword);
    buf_put_hex(buf, hash->bytes, sizeof(hash->bytes));
    buf_put_byte(buf, '\n');
}

void fork_format(struct buf *buf, const struct fork *fork)
{
    buf_printf(buf, "holdfast fork 1\norigin %s\nearlier ", fork->origin.text);
    buf_put_base64(buf, span_of(fork->earlier.note, fork->earlier.note_size));
    buf_put_str(buf, "\nlater ");
    buf_put_base64(buf, span_of(fork->later.note, fork->later.note_size));
    buf_put_byte(buf, '\n');
    put_hash(buf, "root", &fork->root);
    for (size_t index = 0; index < fork->path_count; index++) {
        put_hash(buf, "path", &fork->path[index]);
    }
    buf_put(buf, fork->x_lines);
}

/* A checkpoint note of this ledger with exactly one line. */
static enum err side_read(const struct origin *origin, struct fork_side *side,
                          struct why *why)
{
    struct note note;
    enum err err = note_parse(span_of(side->note, side->note_size),
                              FORK_NOTE_SIZE_MAX, &note, why);

    if (err == ERR_OK) {
        err = checkpoint_parse(note.text, &side->checkpoint, why);
    }
    if (err != ERR_OK) {
        err = err == ERR_NO_MEMORY ? err : ERR_MALFORMED;
        return why_prefix(why, err, "a checkpoint of the proof");
    }
    if (note.line_count != 1) {
        return why_set(why, ERR_MALFORMED,
                       "a checkpoint of a fork proof has the ledger's "
                       "signature line alone");
    }
    if (strcmp(side->checkpoint.origin, origin->text) != 0 ||
        side->checkpoint.size == 0) {
        return why_set(why, ERR_MALFORMED,
                       "a checkpoint of the proof is of another ledger, or "
                       "empty");
    }
    return ERR_OK;
}

static enum err take_side(struct fields *fields, const char *keyword,
                          const struct origin *origin, struct fork_side *side)
{
    struct buf note;

    if (!fields_line(fields, keyword)) {
        return ERR_MALFORMED;
    }
    buf_init(&note, sizeof(side->note));
    take_base64(fields, &note);
    take_end(fields);
    if (!fields->failed && note.size > 0) {
        memcpy(side->note, note.data, note.size);
        side->note_size = note.size;
    }
    buf_done(&note);
    return fields->failed ? ERR_MALFORMED
                          : side_read(origin, side, fields->why);
}

static void take_path(struct fields *fields, struct fork *fork)
{
    while (fields_next_is(fields, "path") && fields_line(fields, "path")) {
        if (fork->path_count == MERKLE_PATH_MAX) {
            (void)fields_fail(fields, "more than %d hashes", MERKLE_PATH_MAX);
            return;
        }
        take_digest(fields, &fork->path[fork->path_count]);
        take_end(fields);
        fork->path_count++;
    }
}

static enum err parse_into(struct fields *fields, struct fork *fork)
{
    enum err err;

    if (fields_line(fields, "holdfast fork 1") && fields_line_end(fields) &&
        fields_line(fields, "origin")) {
        if (origin_parse(fields_value(fields), &fork->origin) != ERR_OK) {
            (void)fields_fail(fields, "this is no origin");
        }
        take_end(fields);
    }
    if (fields->failed) {
        return ERR_MALFORMED;
    }
    err = take_side(fields, "earlier", &fork->origin, &fork->earlier);
    if (err == ERR_OK) {
        err = take_side(fields, "later", &fork->origin, &fork->later);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (fields_line(fields, "root")) {
        take_digest(fields, &fork->root);
        take_end(fields);
    }
    take_path(fields, fork);
    fork->x_lines = x_lines_take(fields);
    return fields_finish(fields);
}

/* What the numbers must be, and one reading. */
static enum err check_whole(const struct fork *fork, struct span text,
                            struct why *why)
{
    struct buf again;
    enum err err = ERR_OK;

    if (fork->earlier.checkpoint.size > fork->later.checkpoint.size) {
        return why_set(why, ERR_MALFORMED,
                       "the earlier checkpoint is larger than the later one");
    }
    if ((fork->path_count == 0) !=
        (fork->earlier.checkpoint.size == fork->later.checkpoint.size)) {
        return why_set(why, ERR_MALFORMED,
                       "there is a path exactly when the sizes differ");
    }
    buf_init(&again, text.size);
    fork_format(&again, fork);
    if (again.err == ERR_NO_MEMORY) {
        err = ERR_NO_MEMORY;
    } else if (!span_equal(buf_span(&again), text)) {
        err =
            why_set(why, ERR_MALFORMED, "some value has another written form");
    }
    buf_done(&again);
    return err;
}

enum err fork_parse(struct span text, struct fork *ret_fork, struct why *why)
{
    struct fields fields;
    struct fork fork;
    enum err err;

    if (text.size > FORK_SIZE_MAX) {
        return why_set(why, ERR_TOO_BIG, "a fork proof has at most %d bytes",
                       FORK_SIZE_MAX);
    }
    if (span_starts(text, "holdfast fork ") &&
        !span_starts(text, "holdfast fork 1\n")) {
        return why_set(why, ERR_UNREADABLE,
                       "line 1: a version of fork proofs that this release "
                       "does not know");
    }
    memset(&fork, 0, sizeof(fork));
    fields_init(&fields, text, why);
    err = parse_into(&fields, &fork);
    if (err == ERR_OK) {
        err = check_whole(&fork, text, why);
    }
    if (err == ERR_OK) {
        *ret_fork = fork;
    }
    return err;
}

/* ---- Proof --------------------------------------------------------------- */

static enum err side_verify(const struct fork_side *side,
                            const struct note_key *key, struct why *why)
{
    struct note note;

    return note_open(span_of(side->note, side->note_size), FORK_NOTE_SIZE_MAX,
                     key, &note, why);
}

/* Q is the root at size m of the tree (n, S), and it is not R. */
static enum err roots_verify(const struct fork *fork, struct why *why)
{
    const struct checkpoint *earlier = &fork->earlier.checkpoint;
    const struct checkpoint *later = &fork->later.checkpoint;

    if (merkle_verify_consistency(earlier->size, later->size, &fork->root,
                                  &later->root, fork->path,
                                  fork->path_count) != ERR_OK) {
        return why_set(why, ERR_WRONG_HASH,
                       "the path does not lead from the root of the proof to "
                       "that of the later checkpoint");
    }
    if (digest_equal(&fork->root, &earlier->root)) {
        return why_set(why, ERR_REFUSED,
                       "this is no fork: the later checkpoint continues the "
                       "earlier one");
    }
    return ERR_OK;
}

static enum err prove(const struct fork *fork, const struct public_key *ledger,
                      struct why *why)
{
    struct note_key key;
    enum err err;

    key_of_ledger(&fork->origin, ledger->bytes, &key);
    err = side_verify(&fork->earlier, &key, why);
    if (err == ERR_OK) {
        err = side_verify(&fork->later, &key, why);
    }
    return err == ERR_OK ? roots_verify(fork, why) : err;
}

enum err fork_verify(struct span text, const struct public_key *ledger,
                     struct fork *ret_fork, struct why *why)
{
    struct fork fork;
    enum err err = fork_parse(text, &fork, why);

    if (err == ERR_OK) {
        err = prove(&fork, ledger, why);
    }
    if (err == ERR_OK) {
        *ret_fork = fork;
    }
    return err;
}

enum err fork_verify_chain(struct span text, const struct roster_chain *chain,
                           struct fork *ret_fork, struct why *why)
{
    const struct roster *roster = roster_chain_newest(chain);
    struct fork fork;
    enum err err = fork_parse(text, &fork, why);
    enum err found = ERR_NOT_A_MEMBER;

    if (err != ERR_OK) {
        return err;
    }
    if (!origin_in(&fork.origin, &chain->cid)) {
        roster = NULL;
    }
    (void)why_set(why, found, "no roster names the node of ledger %s",
                  fork.origin.text);
    for (; roster != NULL; roster = roster_chain_before(chain, roster)) {
        const struct roster_node *node =
            roster_find_node(roster, origin_node(&fork.origin));

        if (node == NULL) {
            continue;
        }
        found = prove(&fork, &node->ledger, why);
        if (found != ERR_WRONG_SIGNATURE) {
            break;
        }
    }
    if (found == ERR_OK) {
        *ret_fork = fork;
    }
    return found;
}

/* ---- Making -------------------------------------------------------------- */

/* The checkpoint of a note, with the ledger's line alone. */
static enum err side_make(struct span bytes, const struct note_key *key,
                          struct fork_side *side, struct why *why)
{
    struct note_matches matches;
    struct note note;
    struct buf one_line;
    enum err err =
        checkpoint_open(bytes, key, 1, &note, &matches, &side->checkpoint, why);

    if (err != ERR_OK) {
        return err;
    }
    buf_init(&one_line, sizeof(side->note));
    err = note_combine(&note, NULL, key, 1, &one_line);
    if (err == ERR_OK) {
        memcpy(side->note, one_line.data, one_line.size);
        side->note_size = one_line.size;
    }
    buf_done(&one_line);
    return err;
}

static enum err fork_fill(struct fork *fork, struct span earlier,
                          struct span later, const struct public_key *ledger,
                          struct why *why)
{
    struct note_key key;
    enum err err;

    key_of_ledger(&fork->origin, ledger->bytes, &key);
    err = side_make(earlier, &key, &fork->earlier, why);
    if (err == ERR_OK) {
        err = side_make(later, &key, &fork->later, why);
    }
    if (err == ERR_OK &&
        (fork->earlier.checkpoint.size == 0 ||
         fork->earlier.checkpoint.size > fork->later.checkpoint.size)) {
        err = why_set(why, ERR_RANGE,
                      "the earlier checkpoint is larger than the later one, "
                      "or empty");
    }
    return err;
}

enum err fork_make(struct buf *buf, struct span earlier, struct span later,
                   const struct origin *origin, const struct public_key *ledger,
                   const struct digest *root, const struct digest *path,
                   size_t path_count, struct why *why)
{
    struct fork fork;
    struct fork proved;
    struct buf text;
    enum err err;

    if (path_count > MERKLE_PATH_MAX) {
        return why_set(why, ERR_WRONG_HASH, "the path is too long");
    }
    memset(&fork, 0, sizeof(fork));
    fork.origin = *origin;
    fork.root = *root;
    fork.path_count = path_count;
    if (path_count > 0) {
        memcpy(fork.path, path, path_count * sizeof(*path));
    }
    err = fork_fill(&fork, earlier, later, ledger, why);
    if (err != ERR_OK) {
        return err;
    }
    buf_init(&text, FORK_SIZE_MAX);
    fork_format(&text, &fork);
    err = text.err;
    if (err == ERR_OK) {
        err = fork_verify(buf_span(&text), ledger, &proved, why);
    }
    if (err == ERR_OK) {
        buf_put(buf, buf_span(&text));
        err = buf->err;
    }
    buf_done(&text);
    return err;
}
