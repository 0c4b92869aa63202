/* SPDX-License-Identifier: Apache-2.0 */
#include "model/roster_chain.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* ---- One note ------------------------------------------------------------ */

void roster_cid(const struct roster *first, struct cid *ret_cid)
{
    cid_make(&first->consortium, &first->hash, ret_cid);
}

void roster_governance_keys(const struct cid *cid, const struct roster *roster,
                            struct note_key ret_keys[static MEMBER_COUNT_MAX])
{
    for (size_t index = 0; index < roster->member_count; index++) {
        roster_governance_key(cid, &roster->members[index], &ret_keys[index]);
    }
}

/* Take a note apart on the heap: it is large. */
static enum err open_note(struct span bytes, struct note **ret_note,
                          struct why *ret_why)
{
    struct note *note = malloc(sizeof(*note));
    enum err err;

    if (note == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    err = note_parse(bytes, ROSTER_NOTE_SIZE_MAX, note, ret_why);
    if (err != ERR_OK) {
        free(note);
        return err;
    }
    *ret_note = note;
    return ERR_OK;
}

static enum err count_lines(const struct cid *cid, const struct roster *judge,
                            const struct note *note,
                            struct roster_quorum *ret_quorum,
                            struct why *ret_why)
{
    struct roster_quorum quorum = { .member_count = judge->member_count };
    struct note_key keys[MEMBER_COUNT_MAX];
    struct note_matches matches;
    struct digest hash = digest_of(note->text);
    enum err err;

    roster_governance_keys(cid, judge, keys);
    err = note_verify(note, keys, judge->member_count, &matches, ret_why);
    if (err != ERR_OK) {
        return err;
    }
    for (size_t index = 0; index < judge->member_count; index++) {
        quorum.have[index] = note_match_find(&matches, index) != NULL;
        quorum.have_count += quorum.have[index] ? 1 : 0;
    }
    quorum.need = digest_equal(&hash, &judge->hash) ? judge->member_count
                                                    : roster_quorum_need(judge);
    *ret_quorum = quorum;
    return ERR_OK;
}

enum err roster_quorum_count(const struct cid *cid, const struct roster *judge,
                             struct span note_bytes,
                             struct roster_quorum *ret_quorum,
                             struct why *ret_why)
{
    struct note *note;
    enum err err = open_note(note_bytes, &note, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    err = count_lines(cid, judge, note, ret_quorum, ret_why);
    free(note);
    return err;
}

/* The note must be signed by enough of judge's keys. */
static enum err demand_quorum(const struct cid *cid, const struct roster *judge,
                              const struct note *note, struct why *ret_why)
{
    struct roster_quorum quorum;
    enum err err = count_lines(cid, judge, note, &quorum, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    if (quorum.have_count < quorum.need) {
        return why_set(ret_why, ERR_WRONG_SIGNATURE,
                       "signed by %zu of the %zu members of version %llu; %zu "
                       "are needed",
                       quorum.have_count, quorum.member_count,
                       (unsigned long long)judge->version, quorum.need);
    }
    return ERR_OK;
}

enum err roster_verify_rules(const struct cid *cid, const struct roster *prev,
                             const struct roster *next, struct why *ret_why)
{
    bool names_it = false;

    for (size_t index = 0; index < next->previous_count; index++) {
        names_it =
            names_it || digest_equal(&next->previous[index], &prev->hash);
    }
    if (!names_it) {
        return why_set(ret_why, ERR_REFUSED,
                       "does not name that roster as \"previous\"");
    }
    if (next->version != prev->version + 1) {
        return why_set(ret_why, ERR_REFUSED,
                       "version %llu does not follow version %llu",
                       (unsigned long long)next->version,
                       (unsigned long long)prev->version);
    }
    if (!label_equal(&next->consortium, &prev->consortium)) {
        return why_set(ret_why, ERR_REFUSED,
                       "the consortium's label never changes; it is \"%s\"",
                       prev->consortium.text);
    }
    for (size_t index = 0; index < next->closed_count; index++) {
        if (!origin_in(&next->closed[index].origin, cid)) {
            return why_set(ret_why, ERR_REFUSED,
                           "closes a ledger of another consortium");
        }
    }
    return ERR_OK;
}

enum err roster_verify_next(const struct cid *cid, const struct roster *prev,
                            struct span note_bytes, struct roster **ret_roster,
                            struct why *ret_why)
{
    struct note *note;
    struct roster *roster = NULL;
    enum err err = open_note(note_bytes, &note, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    err = roster_parse(note->text, &roster, ret_why);
    if (err == ERR_OK) {
        err = roster_verify_rules(cid, prev, roster, ret_why);
    }
    if (err == ERR_OK) {
        err = demand_quorum(cid, prev, note, ret_why);
    }
    free(note);
    if (err != ERR_OK) {
        roster_free(roster);
        return err;
    }
    *ret_roster = roster;
    return ERR_OK;
}

/* ---- The chain ----------------------------------------------------------- */

void roster_chain_free(struct roster_chain *chain)
{
    if (chain == NULL) {
        return;
    }
    for (size_t index = 0; index < chain->count; index++) {
        roster_free(chain->entries[index].roster);
        buf_done(&chain->entries[index].note);
    }
    free(chain->entries);
    free(chain);
}

/* Takes the roster when it succeeds. */
static enum err append_take(struct roster_chain *chain, struct roster *roster,
                            struct span note, struct why *ret_why)
{
    struct roster_entry entry = { .roster = roster };
    struct roster_entry *entries;

    if (chain->count == ROSTER_CHAIN_VERSIONS_MAX) {
        return why_set(ret_why, ERR_FULL, "more than %d rosters",
                       ROSTER_CHAIN_VERSIONS_MAX);
    }
    buf_init(&entry.note, ROSTER_NOTE_SIZE_MAX);
    buf_put(&entry.note, note);
    entries =
        realloc(chain->entries, (chain->count + 1) * sizeof(*chain->entries));
    if (entries != NULL) {
        chain->entries = entries;
    }
    if (entries == NULL || buf_failed(&entry.note)) {
        buf_done(&entry.note);
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    entries[chain->count++] = entry;
    return ERR_OK;
}

enum err roster_chain_new(struct span note_bytes,
                          struct roster_chain **ret_chain, struct why *ret_why)
{
    struct roster_chain *chain = NULL;
    struct roster *roster = NULL;
    struct note *note;
    enum err err = open_note(note_bytes, &note, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    chain = calloc(1, sizeof(*chain));
    err = chain == NULL ? why_set(ret_why, ERR_NO_MEMORY, "out of memory")
                        : roster_parse(note->text, &roster, ret_why);
    if (err == ERR_OK && roster->version != 1) {
        err = why_set(ret_why, ERR_REFUSED,
                      "begins with version %llu; version 1 must come first",
                      (unsigned long long)roster->version);
    }
    if (err == ERR_OK) {
        chain->identity = roster->hash;
        roster_cid(roster, &chain->cid);
        err = demand_quorum(&chain->cid, roster, note, ret_why);
    }
    if (err == ERR_OK) {
        err = append_take(chain, roster, note_bytes, ret_why);
    }
    free(note);
    if (err != ERR_OK) {
        roster_free(roster);
        roster_chain_free(chain);
        return err;
    }
    chain->entries[0].in_force = true;
    *ret_chain = chain;
    return ERR_OK;
}

static const struct roster *find(const struct roster_chain *chain,
                                 const struct digest *hash)
{
    for (size_t index = 0; index < chain->count; index++) {
        if (digest_equal(&chain->entries[index].roster->hash, hash)) {
            return chain->entries[index].roster;
        }
    }
    return NULL;
}

/* Do all that this roster names as previous stand behind it? */
static enum err verify_against(const struct roster_chain *chain,
                               const struct roster *roster,
                               const struct note *note, struct why *ret_why)
{
    if (roster->version == 1) {
        return why_set(ret_why, ERR_CONFLICT,
                       "version 1 of another consortium than %s",
                       chain->cid.text);
    }
    for (size_t index = 0; index < roster->previous_count; index++) {
        const struct roster *prev = find(chain, &roster->previous[index]);
        enum err err;

        if (prev == NULL) {
            return why_set(ret_why, ERR_NOT_FOUND,
                           "version %llu follows a roster that is not here",
                           (unsigned long long)roster->version);
        }
        err = roster_verify_rules(&chain->cid, prev, roster, ret_why);
        if (err == ERR_OK) {
            err = demand_quorum(&chain->cid, prev, note, ret_why);
        }
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

/* Add without asking what is in force now. */
static enum err take_note(struct roster_chain *chain, struct span note_bytes,
                          bool *ret_added, struct why *ret_why)
{
    struct roster *roster = NULL;
    struct note *note;
    enum err err = open_note(note_bytes, &note, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    err = roster_parse(note->text, &roster, ret_why);
    if (err == ERR_OK && find(chain, &roster->hash) != NULL) {
        roster_free(roster);
        free(note);
        *ret_added = false;
        return ERR_OK;
    }
    if (err == ERR_OK) {
        err = verify_against(chain, roster, note, ret_why);
    }
    if (err == ERR_OK) {
        err = append_take(chain, roster, note_bytes, ret_why);
    }
    free(note);
    if (err != ERR_OK) {
        roster_free(roster);
        return err;
    }
    *ret_added = true;
    return ERR_OK;
}

enum err roster_chain_add(struct roster_chain *chain, struct span note,
                          bool *ret_added, struct why *ret_why)
{
    bool added;
    enum err err = take_note(chain, note, &added, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    if (added) {
        roster_chain_judge(chain, false);
    }
    *ret_added = added;
    return ERR_OK;
}

struct span roster_file_next_note(struct span *file)
{
    static const char head[] = "holdfast roster "; /* also a later one's */
    struct span note = *file;

    for (size_t at = 1; at < file->size; at++) {
        if (file->data[at - 1] == '\n' &&
            span_starts(span_part(*file, at, file->size), head)) {
            note.size = at;
            break;
        }
    }
    *file = span_part(*file, note.size, file->size);
    return note;
}

static size_t lines_in(struct span text)
{
    size_t count = 0;

    for (size_t at = 0; at < text.size; at++) {
        count += text.data[at] == '\n' ? 1 : 0;
    }
    return count;
}

enum err roster_chain_parse(struct span file, struct roster_chain **ret_chain,
                            struct why *ret_why)
{
    struct roster_chain *chain = NULL;
    size_t number = 1;
    size_t line_number = 1;
    struct span note = roster_file_next_note(&file);
    enum err err = roster_chain_new(note, &chain, ret_why);

    while (err == ERR_OK && file.size > 0) {
        bool added;

        number++;
        line_number += lines_in(note);
        note = roster_file_next_note(&file);
        err = roster_chain_add(chain, note, &added, ret_why);
    }
    if (err != ERR_OK) {
        roster_chain_free(chain);
        return number == 1 ? err
                           : why_prefix(ret_why, err,
                                        "roster %zu of the file, which begins "
                                        "in line %zu",
                                        number, line_number);
    }
    *ret_chain = chain;
    return ERR_OK;
}

/* Write an entry after all that it follows, each once. What an entry names
 * arrived before it, so the order of arrival is a good one. */
static void put_with_previous(const struct roster_chain *chain, size_t entry,
                              bool done[static ROSTER_CHAIN_VERSIONS_MAX],
                              struct buf *to)
{
    bool needed[ROSTER_CHAIN_VERSIONS_MAX] = { false };

    needed[entry] = true;
    for (size_t index = entry; index > 0; index--) {
        const struct roster *roster = chain->entries[index].roster;

        for (size_t before = 0; before < index && needed[index]; before++) {
            const struct digest *hash = &chain->entries[before].roster->hash;

            for (size_t at = 0; at < roster->previous_count; at++) {
                needed[before] =
                    needed[before] || digest_equal(&roster->previous[at], hash);
            }
        }
    }
    for (size_t index = 0; index <= entry; index++) {
        if (needed[index] && !done[index]) {
            done[index] = true;
            buf_put(to, buf_span(&chain->entries[index].note));
        }
    }
}

void roster_chain_format(const struct roster_chain *chain, struct buf *to)
{
    bool done[ROSTER_CHAIN_VERSIONS_MAX] = { false };

    CHECK(chain->count <= ROSTER_CHAIN_VERSIONS_MAX);
    put_with_previous(chain, chain->newest, done, to);
    for (size_t index = 0; index < chain->count; index++) {
        put_with_previous(chain, index, done, to);
    }
}

/* Take what can be tied to the chain, in rounds: any order is fine. */
static enum err take_rounds(struct roster_chain *chain,
                            const struct span *notes, size_t count)
{
    bool progress = true;

    while (progress) {
        progress = false;
        for (size_t index = 0; index < count; index++) {
            bool added = false;
            enum err err = take_note(chain, notes[index], &added, NULL);

            if (err == ERR_NO_MEMORY || err == ERR_FULL) {
                return err;
            }
            progress = progress || (err == ERR_OK && added);
        }
    }
    return ERR_OK;
}

enum err roster_chain_from_notes(const struct span *notes, size_t count,
                                 struct roster_chain **ret_chain,
                                 struct why *ret_why)
{
    struct roster_chain *chain = NULL;
    enum err err;

    for (size_t index = 0; index < count && chain == NULL; index++) {
        if (roster_chain_new(notes[index], &chain, NULL) == ERR_NO_MEMORY) {
            return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
        }
    }
    if (chain == NULL) {
        return why_set(ret_why, ERR_NOT_FOUND, "no good version 1");
    }
    err = take_rounds(chain, notes, count);
    if (err != ERR_OK) {
        roster_chain_free(chain);
        return why_set(ret_why, err, "too many rosters");
    }
    roster_chain_judge(chain, true);
    *ret_chain = chain;
    return ERR_OK;
}

const struct roster *roster_chain_newest(const struct roster_chain *chain)
{
    return chain->entries[chain->newest].roster;
}

struct span roster_chain_newest_note(const struct roster_chain *chain)
{
    return buf_span(&chain->entries[chain->newest].note);
}

const struct roster *roster_chain_find(const struct roster_chain *chain,
                                       const struct digest *hash)
{
    return find(chain, hash);
}

const struct roster *roster_chain_at(const struct roster_chain *chain,
                                     uint64_t version)
{
    const struct roster *found = NULL;

    for (size_t index = 0; index < chain->count; index++) {
        const struct roster_entry *entry = &chain->entries[index];

        if (entry->in_force && entry->roster->version <= version &&
            (found == NULL || found->version < entry->roster->version)) {
            found = entry->roster;
        }
    }
    return found;
}

const struct roster *roster_chain_before(const struct roster_chain *chain,
                                         const struct roster *roster)
{
    return roster_chain_at(chain, roster->version - 1);
}
