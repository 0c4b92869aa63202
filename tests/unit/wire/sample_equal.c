/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sample.h"

#define SAME(field) (a->field == b->field)
#define SAME_SPAN(field) span_equal(a->field, b->field)
#define SAME_BYTES(field) (memcmp(&a->field, &b->field, sizeof(a->field)) == 0)

static bool same_data(const void *a, const void *b, size_t size)
{
    return size == 0 || memcmp(a, b, size) == 0;
}

static bool same_spans(const struct span *a, const struct span *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!span_equal(a[i], b[i])) {
            return false;
        }
    }
    return true;
}

static bool same_heads(const struct head *a, const struct head *b, size_t count)
{
    for (; count > 0; count--, a++, b++) {
        if (!SAME_BYTES(origin) || !SAME(size) || !SAME_BYTES(root) ||
            !SAME(held) || !SAME(lines) || !SAME(forked)) {
            return false;
        }
    }
    return true;
}

static bool same_statements(const struct statement_ref *a,
                            const struct statement_ref *b, size_t count)
{
    for (; count > 0; count--, a++, b++) {
        if (!SAME_BYTES(node) || !SAME_BYTES(ledger) || !SAME(number)) {
            return false;
        }
    }
    return true;
}

static bool same_leases(const struct lease *a, const struct lease *b,
                        size_t count)
{
    for (; count > 0; count--, a++, b++) {
        if (!SAME(kind) || !SAME_BYTES(name) || !SAME(page) || !SAME(size)) {
            return false;
        }
    }
    return true;
}

static bool same_questions(const struct challenge *a, const struct challenge *b,
                           size_t count)
{
    for (; count > 0; count--, a++, b++) {
        if (!SAME_BYTES(root) || !SAME(slice) || !SAME_BYTES(nonce) ||
            !SAME(shows)) {
            return false;
        }
    }
    return true;
}

static bool same_proofs(const struct msg_proofs *first,
                        const struct msg_proofs *second)
{
    if (first->count != second->count) {
        return false;
    }
    for (size_t i = 0; i < first->count; i++) {
        const struct slice_proof *a = &first->proofs[i];
        const struct slice_proof *b = &second->proofs[i];

        if (!SAME(kind) || !SAME_BYTES(nonce) || !SAME_BYTES(mac) ||
            !SAME(path_count) ||
            !same_data(a->path, b->path, 32 * a->path_count) ||
            !SAME_SPAN(slice)) {
            return false;
        }
    }
    return true;
}

static bool same_verify_reply(const struct msg_verify_reply *first,
                              const struct msg_verify_reply *second)
{
    const struct verify_holder *a = first->holders;
    const struct verify_holder *b = second->holders;

    if (first->found != second->found || first->size != second->size ||
        first->blocks != second->blocks || first->read_to != second->read_to ||
        first->holders_count != second->holders_count) {
        return false;
    }
    for (size_t i = 0; i < first->holders_count; i++, a++, b++) {
        if (!SAME_SPAN(node) || !SAME_SPAN(member) || !SAME_SPAN(country) ||
            !SAME(own) || !SAME(result) || !SAME(asked) || !SAME(good) ||
            !SAME(last_good_s)) {
            return false;
        }
    }
    return true;
}

static bool same_events_reply(const struct msg_events_reply *a,
                              const struct msg_events_reply *b)
{
    bool same = SAME(count) && SAME(texts_count);

    for (size_t i = 0; same && i < a->texts_count; i++) {
        same = span_equal(a->texts[i], b->texts[i]);
    }
    return same;
}

static bool same_sync(const struct msg_sync *a, const struct msg_sync *b)
{
    return SAME(instance) && SAME(news) && SAME_BYTES(digest) &&
           SAME(clock_s) && SAME_SPAN(release) && SAME(wait) && SAME(first) &&
           SAME(brings) && SAME(nothing_newer) && SAME(vouch) &&
           SAME(yours_count) &&
           same_heads(a->yours, b->yours, a->yours_count) &&
           SAME(cosigned_count) &&
           same_heads(a->cosigned, b->cosigned, a->cosigned_count);
}

static bool same_sync_reply(const struct msg_sync_reply *a,
                            const struct msg_sync_reply *b)
{
    return SAME(instance) && SAME(news) && SAME(clock_s) &&
           SAME_SPAN(release) && SAME(first) && SAME(yours_count) &&
           SAME(cosigned_count) &&
           same_heads(a->cosigned, b->cosigned, a->cosigned_count) &&
           same_heads(a->yours, b->yours, a->yours_count) &&
           SAME(has_summary) && SAME(roster_version) &&
           SAME_BYTES(roster_hash) && SAME(heads_count) &&
           same_heads(a->heads, b->heads, a->heads_count) &&
           SAME(statements_count) &&
           same_statements(a->statements, b->statements, a->statements_count) &&
           SAME(others_count) &&
           same_data(a->others, b->others, 32 * a->others_count) &&
           SAME(leases_count) &&
           same_leases(a->leases, b->leases, a->leases_count) &&
           SAME(vouched_count) &&
           same_data(a->vouched, b->vouched,
                     a->vouched_count * sizeof(a->vouched[0])) &&
           SAME(challenges_count) &&
           same_questions(a->challenges, b->challenges, a->challenges_count);
}

static bool same_refs(const struct note_ref *a, const struct note_ref *b,
                      size_t count)
{
    for (; count > 0; count--, a++, b++) {
        if (!SAME(kind) || !SAME_SPAN(name) || !SAME(number)) {
            return false;
        }
    }
    return true;
}

static bool same_records(const struct msg_get_records_reply *a,
                         const struct msg_get_records_reply *b)
{
    return SAME_BYTES(origin) && SAME(from) && SAME_SPAN(checkpoint) &&
           SAME(path_count) &&
           same_data(a->path, b->path, 32 * a->path_count) &&
           SAME(leaves_count) &&
           same_spans(a->leaves, b->leaves, a->leaves_count);
}

static bool same_names(const struct msg_get_names_reply *a,
                       const struct msg_get_names_reply *b)
{
    return SAME_BYTES(root) && SAME(page) && SAME(found) &&
           SAME(page_roots_count) && SAME(names_count) &&
           same_data(a->page_roots, b->page_roots, 32 * a->page_roots_count) &&
           same_data(a->names, b->names, 32 * a->names_count);
}

static bool same_items(const struct deposit_item *a,
                       const struct deposit_item *b, size_t count)
{
    for (; count > 0; count--, a++, b++) {
        if (!SAME_BYTES(root) || !SAME(size) || !SAME_BYTES(header) ||
            !SAME_SPAN(header_bytes) || !SAME_BYTES(commitment) ||
            !SAME(names_count) ||
            !same_data(a->names, b->names, 32 * a->names_count)) {
            return false;
        }
    }
    return true;
}

static bool same_pages(const struct deposit_page *a,
                       const struct deposit_page *b, size_t count)
{
    for (; count > 0; count--, a++, b++) {
        if (!SAME_BYTES(root) || !SAME(page) || !SAME(names_count) ||
            !same_data(a->names, b->names, 32 * a->names_count)) {
            return false;
        }
    }
    return true;
}

static bool same_put_blocks(const struct msg_put_blocks *a,
                            const struct msg_put_blocks *b)
{
    return SAME(count) && same_data(a->names, b->names, 32 * a->count) &&
           same_spans(a->blocks, b->blocks, a->count) && SAME(pages_count) &&
           same_pages(a->pages, b->pages, a->pages_count);
}

static bool same_put_reply(const struct msg_put_reply *a,
                           const struct msg_put_reply *b)
{
    return SAME(count) && same_data(a->results, b->results, a->count) &&
           SAME(size);
}

static bool same_deposit(const struct msg_deposit *a,
                         const struct msg_deposit *b)
{
    return SAME(offer_count) &&
           same_data(a->offer, b->offer, 32 * a->offer_count) &&
           SAME(blocks_count) &&
           same_data(a->names, b->names, 32 * a->blocks_count) &&
           same_spans(a->blocks, b->blocks, a->blocks_count) &&
           SAME(pages_count) &&
           same_pages(a->pages, b->pages, a->pages_count) &&
           SAME(items_count) && same_items(a->items, b->items, a->items_count);
}

static bool same_deposit_reply(const struct msg_deposit_reply *a,
                               const struct msg_deposit_reply *b)
{
    if (!SAME(lacks_count) || !same_data(a->lacks, b->lacks, a->lacks_count) ||
        !SAME(results_count) || !SAME(heard) || !SAME(needed)) {
        return false;
    }
    for (size_t i = 0; i < a->results_count; i++) {
        if (!SAME(results[i].outcome) || !SAME_SPAN(results[i].text)) {
            return false;
        }
    }
    return true;
}

static bool same_state(const struct list_state *a, const struct list_state *b)
{
    if (!SAME(state) || !SAME(since) || !SAME(proven) || !SAME(open) ||
        !SAME(reasons_count)) {
        return false;
    }
    for (size_t i = 0; i < a->reasons_count; i++) {
        if (!SAME(reasons[i].code) || !SAME(reasons[i].node) ||
            !SAME(reasons[i].since)) {
            return false;
        }
    }
    return true;
}

static bool same_labels(const struct label *a, const struct label *b,
                        size_t count)
{
    for (; count > 0; count--, a++, b++) {
        if (!label_equal(a, b)) {
            return false;
        }
    }
    return true;
}

static bool same_list_reply(const struct msg_list_reply *a,
                            const struct msg_list_reply *b)
{
    if (!SAME(count) || !SAME(more) || !SAME(ledger) || !SAME(index) ||
        !SAME(members_count) || !SAME(nodes_count) || !SAME(unreadable) ||
        !same_labels(a->members, b->members, a->members_count) ||
        !same_labels(a->nodes, b->nodes, a->nodes_count)) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (!SAME_SPAN(entries[i].origin) || !SAME(entries[i].index) ||
            !SAME(entries[i].held) || !SAME_SPAN(entries[i].leaf) ||
            !same_state(&a->entries[i].state, &b->entries[i].state)) {
            return false;
        }
    }
    return true;
}

static bool same_peers(const struct status_peer *a, const struct status_peer *b,
                       size_t count)
{
    for (; count > 0; count--, a++, b++) {
        if (!SAME_SPAN(node) || !SAME_SPAN(member) || !SAME_SPAN(country) ||
            !SAME(connected) || !SAME(heard) || !SAME(silent_s) ||
            !SAME(items_known) || !SAME(items_held) || !SAME(behind) ||
            !SAME_SPAN(release) || !SAME(role) || !SAME(has_statement) ||
            !SAME(statement_age_s) || !SAME(items_claimed) ||
            !SAME(free_bytes) || !SAME(waiting) || !SAME(proofs.seen_s) ||
            !SAME(proofs.scrubbed_s) || !SAME(proofs.asked) ||
            !SAME(proofs.good) || !SAME(proofs.bad) || !SAME(proofs.silent) ||
            !SAME(proofs.last_good_s)) {
            return false;
        }
    }
    return true;
}

static bool same_ledgers(const struct status_ledger *a,
                         const struct status_ledger *b, size_t count)
{
    for (; count > 0; count--, a++, b++) {
        if (!SAME_SPAN(origin) || !SAME(size) || !SAME(items) || !SAME(held) ||
            !SAME(own) || !SAME(current)) {
            return false;
        }
    }
    return true;
}

static bool same_alarms(const struct status_alarm *a,
                        const struct status_alarm *b, size_t count)
{
    for (; count > 0; count--, a++, b++) {
        if (!SAME_SPAN(code) || !SAME_SPAN(subject) || !SAME_SPAN(text) ||
            !SAME(since_s) || !SAME(critical)) {
            return false;
        }
    }
    return true;
}

static bool same_problems(const struct status_problem *a,
                          const struct status_problem *b, size_t count)
{
    for (; count > 0; count--, a++, b++) {
        if (!SAME_SPAN(code) || !SAME(critical) || !SAME(count) ||
            !SAME(since) || !SAME_SPAN(subject) || !SAME_SPAN(text) ||
            !SAME_SPAN(doing) || !SAME_SPAN(do_next) || !SAME(eta)) {
            return false;
        }
    }
    return true;
}

static bool same_losses(const struct status_loss *a,
                        const struct status_loss *b, size_t count)
{
    for (; count > 0; count--, a++, b++) {
        if (!SAME_SPAN(country) || !SAME(none_left) || !SAME(one_left) ||
            !SAME(more_left)) {
            return false;
        }
    }
    return true;
}

static bool same_days(const struct status_day *a, const struct status_day *b,
                      size_t count)
{
    for (; count > 0; count--, a++, b++) {
        if (!SAME(day) || !same_data(a->states, b->states, sizeof(a->states))) {
            return false;
        }
    }
    return true;
}

static bool same_health(const struct status_health *a,
                        const struct status_health *b)
{
    return same_data(a->states, b->states, sizeof(a->states)) &&
           SAME(view_age) && SAME(short_oldest) && SAME(proof_age) &&
           SAME(problems_count) &&
           same_problems(a->problems, b->problems, a->problems_count) &&
           SAME(losses_count) &&
           same_losses(a->losses, b->losses, a->losses_count) &&
           SAME(days_count) && same_days(a->days, b->days, a->days_count) &&
           SAME(scrubbed_s) && SAME(scrub_bad) && SAME(repaired) &&
           SAME(quarantined) && SAME(scrub_done) && SAME(scrub_paused);
}

static bool same_view(const struct msg_status_reply *a,
                      const struct msg_status_reply *b)
{
    return SAME(alarms_count) &&
           same_alarms(a->alarms, b->alarms, a->alarms_count) &&
           SAME(copies_count) &&
           same_data(a->copies, b->copies, 4 * a->copies_count) &&
           SAME(rule_copies) && SAME(rule_countries) && SAME(rule_members) &&
           SAME(clock_known) && SAME(clock_ahead_s) && SAME(clock_behind_s) &&
           SAME(placed) && SAME(role) && SAME(waiting) &&
           same_health(&a->health, &b->health);
}

static bool same_status(const struct msg_status_reply *a,
                        const struct msg_status_reply *b)
{
    return SAME_SPAN(node) && SAME_SPAN(member) && SAME_SPAN(country) &&
           SAME_SPAN(consortium) && SAME_SPAN(release) &&
           SAME(roster_version) && SAME_BYTES(roster_hash) && SAME(phase) &&
           SAME(heard) && SAME(needed) && SAME(uptime_s) && SAME(items) &&
           SAME(held) && SAME(pending) && SAME(wanted_bytes) &&
           SAME(free_bytes) && SAME(reserve_bytes) && SAME(full) &&
           SAME(peers_count) &&
           same_peers(a->peers, b->peers, a->peers_count) &&
           SAME(ledgers_count) &&
           same_ledgers(a->ledgers, b->ledgers, a->ledgers_count) &&
           same_view(a, b);
}

static bool same_request(const struct message *a, const struct message *b)
{
    switch ((int)a->kind) {
    case MESSAGE_SYNC:
        return same_sync(&a->sync, &b->sync);
    case MESSAGE_GET_NOTES:
        return SAME(get_notes.count) &&
               same_refs(a->get_notes.refs, b->get_notes.refs,
                         a->get_notes.count);
    case MESSAGE_PUT_NOTES:
        return SAME(put_notes.count) &&
               same_refs(a->put_notes.refs, b->put_notes.refs,
                         a->put_notes.count) &&
               same_spans(a->put_notes.notes, b->put_notes.notes,
                          a->put_notes.count);
    case MESSAGE_PUT_RECORDS:
        return same_records(&a->put_records, &b->put_records);
    case MESSAGE_CHALLENGE:
        return SAME(challenge.count) &&
               same_questions(a->challenge.questions, b->challenge.questions,
                              a->challenge.count);
    case MESSAGE_PUT_PROOFS:
        return same_proofs(&a->proofs, &b->proofs);
    case MESSAGE_SCRUB:
        return SAME(scrub.go_on) && SAME(scrub.wait);
    case MESSAGE_EVENTS:
        return SAME(events.from);
    case MESSAGE_VERIFY:
        return SAME_BYTES(verify.root) && SAME(verify.pieces) &&
               SAME(verify.read_from);
    case MESSAGE_PUT_BLOCKS:
        return same_put_blocks(&a->put_blocks, &b->put_blocks);
    case MESSAGE_GET_RECORDS:
        return SAME_BYTES(get_records.origin) && SAME(get_records.from) &&
               SAME(get_records.count);
    case MESSAGE_GET_NAMES:
        return SAME_BYTES(get_names.root) && SAME(get_names.page);
    case MESSAGE_GET_BLOCKS:
        return SAME(get_blocks.count) &&
               same_data(a->get_blocks.names, b->get_blocks.names,
                         32 * a->get_blocks.count) &&
               SAME(get_blocks.headers);
    case MESSAGE_DEPOSIT:
        return same_deposit(&a->deposit, &b->deposit);
    case MESSAGE_RECEIPTS:
        return SAME(receipts.count) &&
               same_items(a->receipts.items, b->receipts.items,
                          a->receipts.count);
    case MESSAGE_LIST:
        return SAME(list.ledger) && SAME(list.index) && SAME(list.count) &&
               SAME_SPAN(list.prefix) && SAME(list.prefix_bits) &&
               SAME(list.states);
    case MESSAGE_OPEN_LEDGER:
        return SAME_SPAN(open_ledger.confirm);
    case MESSAGE_STATUS:
    case MESSAGE_RELOAD:
        return true;
    default:
        return false;
    }
}

static bool same_reply(const struct message *a, const struct message *b)
{
    switch ((int)a->kind) {
    case MESSAGE_SYNC:
        return same_sync_reply(&a->sync_reply, &b->sync_reply);
    case MESSAGE_GET_NOTES:
        return SAME(get_notes_reply.count) &&
               same_spans(a->get_notes_reply.notes, b->get_notes_reply.notes,
                          a->get_notes_reply.count);
    case MESSAGE_PUT_NOTES:
    case MESSAGE_PUT_RECORDS:
    case MESSAGE_PUT_BLOCKS:
    case MESSAGE_PUT_PROOFS:
        return same_put_reply(&a->put_reply, &b->put_reply);
    case MESSAGE_GET_RECORDS:
        return same_records(&a->get_records_reply, &b->get_records_reply);
    case MESSAGE_GET_NAMES:
        return same_names(&a->get_names_reply, &b->get_names_reply);
    case MESSAGE_GET_BLOCKS:
        return SAME(get_blocks_reply.count) &&
               same_spans(a->get_blocks_reply.blocks,
                          b->get_blocks_reply.blocks,
                          a->get_blocks_reply.count);
    case MESSAGE_CHALLENGE:
        return same_proofs(&a->proofs, &b->proofs);
    case MESSAGE_SCRUB:
        return SAME(scrub_reply.ended) && SAME(scrub_reply.paused) &&
               SAME(scrub_reply.bad) && SAME(scrub_reply.repaired) &&
               SAME(scrub_reply.quarantined);
    case MESSAGE_EVENTS:
        return same_events_reply(&a->events_reply, &b->events_reply);
    case MESSAGE_VERIFY:
        return same_verify_reply(&a->verify_reply, &b->verify_reply);
    case MESSAGE_DEPOSIT:
    case MESSAGE_RECEIPTS:
        return same_deposit_reply(&a->deposit_reply, &b->deposit_reply);
    case MESSAGE_LIST:
        return same_list_reply(&a->list_reply, &b->list_reply);
    case MESSAGE_STATUS:
        return same_status(&a->status_reply, &b->status_reply);
    case MESSAGE_RELOAD:
        return SAME_SPAN(reload_reply.text);
    case MESSAGE_OPEN_LEDGER:
        return SAME_BYTES(open_ledger_reply.left) &&
               SAME_BYTES(open_ledger_reply.opened);
    case MESSAGE_REFUSAL:
        return SAME(refusal.code) && SAME_SPAN(refusal.name) &&
               SAME_SPAN(refusal.text);
    default:
        return false;
    }
}

bool sample_equal(const struct message *a, const struct message *b)
{
    return SAME(kind) && SAME(reply) &&
           (a->reply ? same_reply(a, b) : same_request(a, b));
}
