/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/schema.h"

#include "base/limits.h"
#include "base/why.h"
#include "peer.pb-c.h"

#define SHORT_TEXT_SIZE_MAX 64 /* a release, a CID, a stable code */
#define RELOAD_TEXT_SIZE_MAX 16384

#define TABLE(fields)                                                          \
    {                                                                          \
        fields, sizeof(fields) / sizeof((fields)[0])                           \
    }

static const struct prescan_field head_fields[] = {
    { 1, PRESCAN_BYTES, ORIGIN_TEXT_SIZE, 1, NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_BYTES, 32, 1, NULL },
    { 4, PRESCAN_U64, 0, 1, NULL },
    { 5, PRESCAN_U32, 0, 1, NULL },
    { 6, PRESCAN_BOOL, 0, 1, NULL },
};
static const struct prescan_table head = TABLE(head_fields);

static const struct prescan_field statement_ref_fields[] = {
    { 1, PRESCAN_BYTES, LABEL_SIZE_MAX, 1, NULL },
    { 2, PRESCAN_BYTES, ORIGIN_TEXT_SIZE, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table statement_ref = TABLE(statement_ref_fields);

static const struct prescan_field lease_fields[] = {
    { 1, PRESCAN_U32, 0, 1, NULL },
    { 2, PRESCAN_BYTES, 32, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL },
    { 4, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table lease = TABLE(lease_fields);

static const struct prescan_field sync_fields[] = {
    { 1, PRESCAN_U64, 0, 1, NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_BYTES, 32, 1, NULL },
    { 4, PRESCAN_U64, 0, 1, NULL },
    { 5, PRESCAN_BYTES, SHORT_TEXT_SIZE_MAX, 1, NULL },
    { 6, PRESCAN_BOOL, 0, 1, NULL },
    { 7, PRESCAN_BOOL, 0, 1, NULL },
    { 8, PRESCAN_SUB, 0, SYNC_HEADS_MAX, &head },
    { 9, PRESCAN_BOOL, 0, 1, NULL },
    { 10, PRESCAN_BOOL, 0, 1, NULL },
    { 11, PRESCAN_BOOL, 0, 1, NULL },
    { 12, PRESCAN_SUB, 0, SYNC_COSIGNED_MAX, &head },
};
static const struct prescan_table sync = TABLE(sync_fields);

static const struct prescan_field question_fields[] = {
    { 1, PRESCAN_BYTES, 32, 1, NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_BYTES, CHALLENGE_NONCE_SIZE, 1, NULL },
    { 4, PRESCAN_BOOL, 0, 1, NULL },
};
static const struct prescan_table question = TABLE(question_fields);

static const struct prescan_field sync_reply_fields[] = {
    { 1, PRESCAN_U64, 0, 1, NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL },
    { 4, PRESCAN_BYTES, SHORT_TEXT_SIZE_MAX, 1, NULL },
    { 5, PRESCAN_BOOL, 0, 1, NULL },
    { 6, PRESCAN_SUB, 0, SYNC_HEADS_MAX, &head },
    { 7, PRESCAN_BOOL, 0, 1, NULL },
    { 8, PRESCAN_U64, 0, 1, NULL },
    { 9, PRESCAN_BYTES, 32, 1, NULL },
    { 10, PRESCAN_SUB, 0, SYNC_HEADS_MAX, &head },
    { 11, PRESCAN_SUB, 0, SYNC_STATEMENTS_MAX, &statement_ref },
    { 12, PRESCAN_BYTES, 32 * SYNC_OTHERS_MAX, 1, NULL },
    { 13, PRESCAN_SUB, 0, SYNC_LEASES_MAX, &lease },
    { 14, PRESCAN_BYTES, LABEL_SIZE_MAX, NODE_COUNT_MAX, NULL },
    { 15, PRESCAN_SUB, 0, CHALLENGES_PER_REQUEST_MAX, &question },
    { 16, PRESCAN_SUB, 0, SYNC_COSIGNED_MAX, &head },
};
static const struct prescan_table sync_reply = TABLE(sync_reply_fields);

static const struct prescan_field note_ref_fields[] = {
    { 1, PRESCAN_U32, 0, 1, NULL },
    { 2, PRESCAN_BYTES, ORIGIN_TEXT_SIZE, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table note_ref = TABLE(note_ref_fields);

static const struct prescan_field get_notes_fields[] = {
    { 1, PRESCAN_SUB, 0, NOTES_PER_REQUEST_MAX, &note_ref },
};
static const struct prescan_table get_notes = TABLE(get_notes_fields);

static const struct prescan_field get_notes_reply_fields[] = {
    { 1, PRESCAN_SIZES, 4 * NOTES_PER_REQUEST_MAX, 1, NULL },
};
static const struct prescan_table get_notes_reply =
    TABLE(get_notes_reply_fields);

static const struct prescan_field put_notes_fields[] = {
    { 1, PRESCAN_SUB, 0, NOTES_PER_REQUEST_MAX, &note_ref },
    { 2, PRESCAN_SIZES, 4 * NOTES_PER_REQUEST_MAX, 1, NULL },
};
static const struct prescan_table put_notes = TABLE(put_notes_fields);

static const struct prescan_field put_reply_fields[] = {
    { 1, PRESCAN_BYTES, BLOCKS_PER_REQUEST_MAX + NAME_PAGES_PER_REQUEST_MAX, 1,
      NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table put_reply = TABLE(put_reply_fields);

static const struct prescan_field get_records_fields[] = {
    { 1, PRESCAN_BYTES, ORIGIN_TEXT_SIZE, 1, NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table get_records = TABLE(get_records_fields);

static const struct prescan_field get_records_reply_fields[] = {
    { 1, PRESCAN_BYTES, ORIGIN_TEXT_SIZE, 1, NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL },
    { 4, PRESCAN_U64, 0, 1, NULL },
    { 5, PRESCAN_BYTES, 32 * (TREE_PATH_MAX + 1), 1, NULL },
};
static const struct prescan_table get_records_reply =
    TABLE(get_records_reply_fields);

static const struct prescan_field get_names_fields[] = {
    { 1, PRESCAN_BYTES, 32, 1, NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table get_names = TABLE(get_names_fields);

static const struct prescan_field get_names_reply_fields[] = {
    { 1, PRESCAN_BYTES, 32, 1, NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL },
    { 4, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table get_names_reply =
    TABLE(get_names_reply_fields);

static const struct prescan_field get_blocks_fields[] = {
    { 1, PRESCAN_BYTES, 32 * BLOCKS_PER_REQUEST_MAX, 1, NULL },
};
static const struct prescan_table get_blocks = TABLE(get_blocks_fields);

static const struct prescan_field get_blocks_reply_fields[] = {
    { 1, PRESCAN_SIZES, 4 * BLOCKS_PER_REQUEST_MAX, 1, NULL },
};
static const struct prescan_table get_blocks_reply =
    TABLE(get_blocks_reply_fields);

static const struct prescan_field deposit_item_fields[] = {
    { 1, PRESCAN_BYTES, 32, 1, NULL }, { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_BYTES, 32, 1, NULL }, { 4, PRESCAN_U64, 0, 1, NULL },
    { 5, PRESCAN_BYTES, 32, 1, NULL }, { 6, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table deposit_item = TABLE(deposit_item_fields);

static const struct prescan_field deposit_page_fields[] = {
    { 1, PRESCAN_BYTES, 32, 1, NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table deposit_page = TABLE(deposit_page_fields);

static const struct prescan_field put_blocks_fields[] = {
    { 1, PRESCAN_BYTES, 32 * BLOCKS_PER_REQUEST_MAX, 1, NULL },
    { 2, PRESCAN_SIZES, 4 * BLOCKS_PER_REQUEST_MAX, 1, NULL },
    { 3, PRESCAN_SUB, 0, NAME_PAGES_PER_REQUEST_MAX, &deposit_page },
};
static const struct prescan_table put_blocks = TABLE(put_blocks_fields);

static const struct prescan_field challenge_fields[] = {
    { 1, PRESCAN_SUB, 0, CHALLENGES_PER_REQUEST_MAX, &question },
};
static const struct prescan_table challenge = TABLE(challenge_fields);

static const struct prescan_field proof_fields[] = {
    { 1, PRESCAN_U32, 0, 1, NULL },
    { 2, PRESCAN_BYTES, CHALLENGE_NONCE_SIZE, 1, NULL },
    { 3, PRESCAN_BYTES, 32, 1, NULL },
    { 4, PRESCAN_BYTES, 32 * MERKLE_PATH_MAX, 1, NULL },
    { 5, PRESCAN_U32, 0, 1, NULL },
};
static const struct prescan_table proof = TABLE(proof_fields);

static const struct prescan_field proofs_fields[] = {
    { 1, PRESCAN_SUB, 0, CHALLENGES_PER_REQUEST_MAX, &proof },
};
static const struct prescan_table proofs = TABLE(proofs_fields);

static const struct prescan_field verify_fields[] = {
    { 1, PRESCAN_BYTES, 32, 1, NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table verify = TABLE(verify_fields);

static const struct prescan_field verify_holder_fields[] = {
    { 1, PRESCAN_BYTES, LABEL_SIZE_MAX, 1, NULL },
    { 2, PRESCAN_BYTES, LABEL_SIZE_MAX, 1, NULL },
    { 3, PRESCAN_BYTES, 2, 1, NULL },
    { 4, PRESCAN_BOOL, 0, 1, NULL },
    { 5, PRESCAN_U32, 0, 1, NULL },
    { 6, PRESCAN_U64, 0, 1, NULL },
    { 7, PRESCAN_U64, 0, 1, NULL },
    { 8, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table verify_holder = TABLE(verify_holder_fields);

static const struct prescan_field verify_reply_fields[] = {
    { 1, PRESCAN_BOOL, 0, 1, NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL },
    { 4, PRESCAN_U64, 0, 1, NULL },
    { 5, PRESCAN_SUB, 0, NODE_COUNT_MAX, &verify_holder },
};
static const struct prescan_table verify_reply = TABLE(verify_reply_fields);

static const struct prescan_field deposit_fields[] = {
    { 1, PRESCAN_BYTES, 32 * DEPOSIT_OFFER_MAX, 1, NULL },
    { 2, PRESCAN_BYTES, 32 * BLOCKS_PER_REQUEST_MAX, 1, NULL },
    { 3, PRESCAN_SIZES, 4 * BLOCKS_PER_REQUEST_MAX, 1, NULL },
    { 4, PRESCAN_SUB, 0, NAME_PAGES_PER_REQUEST_MAX, &deposit_page },
    { 5, PRESCAN_SUB, 0, DEPOSIT_ITEMS_PER_REQUEST_MAX, &deposit_item },
};
static const struct prescan_table deposit = TABLE(deposit_fields);

static const struct prescan_field deposit_result_fields[] = {
    { 1, PRESCAN_U32, 0, 1, NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table deposit_result = TABLE(deposit_result_fields);

static const struct prescan_field deposit_reply_fields[] = {
    { 1, PRESCAN_BYTES, DEPOSIT_OFFER_MAX, 1, NULL },
    { 2, PRESCAN_SUB, 0, DEPOSIT_ITEMS_PER_REQUEST_MAX, &deposit_result },
    { 3, PRESCAN_U64, 0, 1, NULL },
    { 4, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table deposit_reply = TABLE(deposit_reply_fields);

static const struct prescan_field receipts_fields[] = {
    { 1, PRESCAN_SUB, 0, DEPOSIT_ITEMS_PER_REQUEST_MAX, &deposit_item },
};
static const struct prescan_table receipts = TABLE(receipts_fields);

static const struct prescan_field list_fields[] = {
    { 1, PRESCAN_U64, 0, 1, NULL }, { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL }, { 4, PRESCAN_BYTES, 32, 1, NULL },
    { 5, PRESCAN_U64, 0, 1, NULL }, { 6, PRESCAN_U32, 0, 1, NULL },
};
static const struct prescan_table list = TABLE(list_fields);

static const struct prescan_field list_reason_fields[] = {
    { 1, PRESCAN_U32, 0, 1, NULL },
    { 2, PRESCAN_U32, 0, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table list_reason = TABLE(list_reason_fields);

static const struct prescan_field list_state_fields[] = {
    { 1, PRESCAN_U32, 0, 1, NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_U32, 0, 1, NULL },
    { 4, PRESCAN_U32, 0, 1, NULL },
    { 5, PRESCAN_SUB, 0, LIST_REASONS_MAX, &list_reason },
};
static const struct prescan_table list_state = TABLE(list_state_fields);

static const struct prescan_field list_entry_fields[] = {
    { 1, PRESCAN_U32, 0, 1, NULL },        { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_BOOL, 0, 1, NULL },       { 4, PRESCAN_U32, 0, 1, NULL },
    { 5, PRESCAN_SUB, 0, 1, &list_state },
};
static const struct prescan_table list_entry = TABLE(list_entry_fields);

static const struct prescan_field list_reply_fields[] = {
    { 1, PRESCAN_BYTES, ORIGIN_TEXT_SIZE, LIST_ORIGINS_MAX, NULL },
    { 2, PRESCAN_SUB, 0, RECORDS_BATCH_COUNT_MAX, &list_entry },
    { 3, PRESCAN_BOOL, 0, 1, NULL },
    { 4, PRESCAN_U64, 0, 1, NULL },
    { 5, PRESCAN_U64, 0, 1, NULL },
    { 6, PRESCAN_BYTES, LABEL_SIZE_MAX, MEMBER_COUNT_MAX, NULL },
    { 7, PRESCAN_BYTES, LABEL_SIZE_MAX, NODE_COUNT_MAX, NULL },
    { 8, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table list_reply = TABLE(list_reply_fields);

static const struct prescan_field status_proofs_fields[] = {
    { 1, PRESCAN_U64, 0, 1, NULL }, { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL }, { 4, PRESCAN_U64, 0, 1, NULL },
    { 5, PRESCAN_U64, 0, 1, NULL }, { 6, PRESCAN_U64, 0, 1, NULL },
    { 7, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table status_proofs = TABLE(status_proofs_fields);

static const struct prescan_field status_problem_fields[] = {
    { 1, PRESCAN_BYTES, SHORT_TEXT_SIZE_MAX, 1, NULL },
    { 2, PRESCAN_BOOL, 0, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL },
    { 4, PRESCAN_U64, 0, 1, NULL },
    { 5, PRESCAN_BYTES, WHY_SIZE, 1, NULL },
    { 6, PRESCAN_BYTES, WHY_SIZE, 1, NULL },
    { 7, PRESCAN_BYTES, WHY_SIZE, 1, NULL },
    { 8, PRESCAN_BYTES, WHY_SIZE, 1, NULL },
    { 9, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table status_problem = TABLE(status_problem_fields);

static const struct prescan_field status_loss_fields[] = {
    { 1, PRESCAN_BYTES, 2, 1, NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL },
    { 4, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table status_loss = TABLE(status_loss_fields);

static const struct prescan_field status_day_fields[] = {
    { 1, PRESCAN_U64, 0, 1, NULL },
    { 2, PRESCAN_SIZES, 4 * HEALTH_STATES, 1, NULL },
};
static const struct prescan_table status_day = TABLE(status_day_fields);

static const struct prescan_field status_health_fields[] = {
    { 1, PRESCAN_SIZES, 4 * HEALTH_STATES, 1, NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL },
    { 4, PRESCAN_U64, 0, 1, NULL },
    { 5, PRESCAN_SUB, 0, STATUS_PROBLEMS_MAX, &status_problem },
    { 6, PRESCAN_SUB, 0, NODE_COUNT_MAX, &status_loss },
    { 7, PRESCAN_SUB, 0, STATUS_DAYS_MAX, &status_day },
    { 8, PRESCAN_U64, 0, 1, NULL },
    { 9, PRESCAN_U64, 0, 1, NULL },
    { 10, PRESCAN_U64, 0, 1, NULL },
    { 11, PRESCAN_U64, 0, 1, NULL },
    { 12, PRESCAN_U64, 0, 1, NULL },
    { 13, PRESCAN_BOOL, 0, 1, NULL },
};
static const struct prescan_table status_health = TABLE(status_health_fields);

static const struct prescan_field status_peer_fields[] = {
    { 1, PRESCAN_BYTES, LABEL_SIZE_MAX, 1, NULL },
    { 2, PRESCAN_BYTES, LABEL_SIZE_MAX, 1, NULL },
    { 3, PRESCAN_BYTES, 2, 1, NULL },
    { 4, PRESCAN_BOOL, 0, 1, NULL },
    { 5, PRESCAN_BOOL, 0, 1, NULL },
    { 6, PRESCAN_U64, 0, 1, NULL },
    { 7, PRESCAN_U64, 0, 1, NULL },
    { 8, PRESCAN_U64, 0, 1, NULL },
    { 9, PRESCAN_U64, 0, 1, NULL },
    { 10, PRESCAN_BYTES, SHORT_TEXT_SIZE_MAX, 1, NULL },
    { 11, PRESCAN_U32, 0, 1, NULL },
    { 12, PRESCAN_BOOL, 0, 1, NULL },
    { 13, PRESCAN_U64, 0, 1, NULL },
    { 14, PRESCAN_U64, 0, 1, NULL },
    { 15, PRESCAN_U64, 0, 1, NULL },
    { 16, PRESCAN_U64, 0, 1, NULL },
    { 17, PRESCAN_SUB, 0, 1, &status_proofs },
};
static const struct prescan_table status_peer = TABLE(status_peer_fields);

static const struct prescan_field status_ledger_fields[] = {
    { 1, PRESCAN_BYTES, ORIGIN_TEXT_SIZE, 1, NULL },
    { 2, PRESCAN_U64, 0, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL },
    { 4, PRESCAN_U64, 0, 1, NULL },
    { 5, PRESCAN_BOOL, 0, 1, NULL },
    { 6, PRESCAN_BOOL, 0, 1, NULL },
};
static const struct prescan_table status_ledger = TABLE(status_ledger_fields);

static const struct prescan_field status_alarm_fields[] = {
    { 1, PRESCAN_BYTES, SHORT_TEXT_SIZE_MAX, 1, NULL },
    { 2, PRESCAN_BYTES, ORIGIN_TEXT_SIZE + SHORT_TEXT_SIZE_MAX, 1, NULL },
    { 3, PRESCAN_BYTES, WHY_SIZE, 1, NULL },
    { 4, PRESCAN_U64, 0, 1, NULL },
    { 5, PRESCAN_BOOL, 0, 1, NULL },
};
static const struct prescan_table status_alarm = TABLE(status_alarm_fields);

static const struct prescan_table status = { NULL, 0 };

static const struct prescan_field status_reply_fields[] = {
    { 1, PRESCAN_BYTES, LABEL_SIZE_MAX, 1, NULL },
    { 2, PRESCAN_BYTES, LABEL_SIZE_MAX, 1, NULL },
    { 3, PRESCAN_BYTES, 2, 1, NULL },
    { 4, PRESCAN_BYTES, SHORT_TEXT_SIZE_MAX, 1, NULL },
    { 5, PRESCAN_BYTES, SHORT_TEXT_SIZE_MAX, 1, NULL },
    { 6, PRESCAN_U64, 0, 1, NULL },
    { 7, PRESCAN_BYTES, 32, 1, NULL },
    { 8, PRESCAN_U32, 0, 1, NULL },
    { 9, PRESCAN_U64, 0, 1, NULL },
    { 10, PRESCAN_U64, 0, 1, NULL },
    { 11, PRESCAN_U64, 0, 1, NULL },
    { 12, PRESCAN_U64, 0, 1, NULL },
    { 13, PRESCAN_U64, 0, 1, NULL },
    { 14, PRESCAN_U64, 0, 1, NULL },
    { 15, PRESCAN_U64, 0, 1, NULL },
    { 16, PRESCAN_U64, 0, 1, NULL },
    { 17, PRESCAN_U64, 0, 1, NULL },
    { 18, PRESCAN_BOOL, 0, 1, NULL },
    { 19, PRESCAN_SUB, 0, NODE_COUNT_MAX, &status_peer },
    { 20, PRESCAN_SUB, 0, STATUS_LEDGERS_MAX, &status_ledger },
    { 21, PRESCAN_SUB, 0, STATUS_ALARMS_MAX, &status_alarm },
    { 22, PRESCAN_SIZES, 4 * (MEMBER_COUNT_MAX + 1), 1, NULL },
    { 23, PRESCAN_U64, 0, 1, NULL },
    { 24, PRESCAN_U64, 0, 1, NULL },
    { 25, PRESCAN_U64, 0, 1, NULL },
    { 26, PRESCAN_BOOL, 0, 1, NULL },
    { 27, PRESCAN_U64, 0, 1, NULL },
    { 28, PRESCAN_U64, 0, 1, NULL },
    { 29, PRESCAN_U64, 0, 1, NULL },
    { 30, PRESCAN_U32, 0, 1, NULL },
    { 31, PRESCAN_U64, 0, 1, NULL },
    { 32, PRESCAN_SUB, 0, 1, &status_health },
};
static const struct prescan_table status_reply = TABLE(status_reply_fields);

static const struct prescan_table reload = { NULL, 0 };

static const struct prescan_field reload_reply_fields[] = {
    { 1, PRESCAN_BYTES, RELOAD_TEXT_SIZE_MAX, 1, NULL },
};
static const struct prescan_table reload_reply = TABLE(reload_reply_fields);

static const struct prescan_field open_ledger_fields[] = {
    { 1, PRESCAN_BYTES, LABEL_SIZE_MAX, 1, NULL },
};
static const struct prescan_table open_ledger = TABLE(open_ledger_fields);

static const struct prescan_field open_ledger_reply_fields[] = {
    { 1, PRESCAN_BYTES, ORIGIN_TEXT_SIZE, 1, NULL },
    { 2, PRESCAN_BYTES, ORIGIN_TEXT_SIZE, 1, NULL },
};
static const struct prescan_table open_ledger_reply =
    TABLE(open_ledger_reply_fields);

static const struct prescan_field scrub_fields[] = {
    { 1, PRESCAN_BOOL, 0, 1, NULL },
    { 2, PRESCAN_BOOL, 0, 1, NULL },
};
static const struct prescan_table scrub = TABLE(scrub_fields);

static const struct prescan_field scrub_reply_fields[] = {
    { 1, PRESCAN_BOOL, 0, 1, NULL }, { 2, PRESCAN_BOOL, 0, 1, NULL },
    { 3, PRESCAN_U64, 0, 1, NULL },  { 4, PRESCAN_U64, 0, 1, NULL },
    { 5, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table scrub_reply = TABLE(scrub_reply_fields);

static const struct prescan_field events_fields[] = {
    { 1, PRESCAN_U64, 0, 1, NULL },
};
static const struct prescan_table events = TABLE(events_fields);

static const struct prescan_field events_reply_fields[] = {
    { 1, PRESCAN_U64, 0, 1, NULL },
    { 2, PRESCAN_BYTES, EVENT_TEXT_SIZE_MAX, EVENTS_PER_REPLY_MAX, NULL },
};
static const struct prescan_table events_reply = TABLE(events_reply_fields);

static const struct prescan_field refusal_fields[] = {
    { 1, PRESCAN_U64, 0, 1, NULL },
    { 2, PRESCAN_BYTES, SHORT_TEXT_SIZE_MAX, 1, NULL },
    { 3, PRESCAN_BYTES, WHY_SIZE, 1, NULL },
};
static const struct prescan_table refusal = TABLE(refusal_fields);

static const struct schema schemas[] = {
    { MESSAGE_SYNC, &holdfast__sync__descriptor, &sync,
      &holdfast__sync_reply__descriptor, &sync_reply },
    { MESSAGE_GET_NOTES, &holdfast__get_notes__descriptor, &get_notes,
      &holdfast__get_notes_reply__descriptor, &get_notes_reply },
    { MESSAGE_PUT_NOTES, &holdfast__put_notes__descriptor, &put_notes,
      &holdfast__put_reply__descriptor, &put_reply },
    { MESSAGE_PUT_RECORDS, &holdfast__get_records_reply__descriptor,
      &get_records_reply, &holdfast__put_reply__descriptor, &put_reply },
    { MESSAGE_PUT_BLOCKS, &holdfast__put_blocks__descriptor, &put_blocks,
      &holdfast__put_reply__descriptor, &put_reply },
    { MESSAGE_CHALLENGE, &holdfast__challenge__descriptor, &challenge,
      &holdfast__proofs__descriptor, &proofs },
    { MESSAGE_PUT_PROOFS, &holdfast__proofs__descriptor, &proofs,
      &holdfast__put_reply__descriptor, &put_reply },
    { MESSAGE_VERIFY, &holdfast__verify__descriptor, &verify,
      &holdfast__verify_reply__descriptor, &verify_reply },
    { MESSAGE_GET_RECORDS, &holdfast__get_records__descriptor, &get_records,
      &holdfast__get_records_reply__descriptor, &get_records_reply },
    { MESSAGE_GET_NAMES, &holdfast__get_names__descriptor, &get_names,
      &holdfast__get_names_reply__descriptor, &get_names_reply },
    { MESSAGE_GET_BLOCKS, &holdfast__get_blocks__descriptor, &get_blocks,
      &holdfast__get_blocks_reply__descriptor, &get_blocks_reply },
    { MESSAGE_DEPOSIT, &holdfast__deposit__descriptor, &deposit,
      &holdfast__deposit_reply__descriptor, &deposit_reply },
    { MESSAGE_LIST, &holdfast__list__descriptor, &list,
      &holdfast__list_reply__descriptor, &list_reply },
    { MESSAGE_STATUS, &holdfast__status__descriptor, &status,
      &holdfast__status_reply__descriptor, &status_reply },
    { MESSAGE_RELOAD, &holdfast__reload__descriptor, &reload,
      &holdfast__reload_reply__descriptor, &reload_reply },
    { MESSAGE_OPEN_LEDGER, &holdfast__open_ledger__descriptor, &open_ledger,
      &holdfast__open_ledger_reply__descriptor, &open_ledger_reply },
    { MESSAGE_RECEIPTS, &holdfast__receipts__descriptor, &receipts,
      &holdfast__deposit_reply__descriptor, &deposit_reply },
    { MESSAGE_SCRUB, &holdfast__scrub__descriptor, &scrub,
      &holdfast__scrub_reply__descriptor, &scrub_reply },
    { MESSAGE_EVENTS, &holdfast__events__descriptor, &events,
      &holdfast__events_reply__descriptor, &events_reply },
    { MESSAGE_REFUSAL, NULL, NULL, &holdfast__refusal__descriptor, &refusal },
};

const struct schema *schema_find(unsigned kind)
{
    for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
        if ((unsigned)schemas[i].kind == kind) {
            return &schemas[i];
        }
    }
    return NULL;
}
