/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

#include "model/batch.h"

#define TEXT(text)                                                             \
    {                                                                          \
        (const uint8_t *)(text), sizeof(text) - 1                              \
    }
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CID "watch-0123456789abcdef"
#define ORIGIN_A CID "/oslo/00112233445566778899aabbccddeeff"
#define ORIGIN_B CID "/bern-2/ffeeddccbbaa99887766554433221100"

static const struct head heads[] = {
    { { ORIGIN_A }, 1, { { 1, 2, 3 } }, 0, 0, false },
    { { ORIGIN_B }, (1ULL << 63) - 1, { { 0xff } }, 17, UINT32_MAX, true },
};
static const struct statement_ref statements[] = {
    { { "oslo" }, { ORIGIN_A }, 1 },
    { { "bern-2" }, { ORIGIN_B }, UINT64_MAX },
};
static const struct label labels[] = { { "oslo" }, { "bern-2" } };
static const struct lease leases[] = {
    { LEASE_BLOCK, { { 1 } }, 0, 65552 },
    { LEASE_HEADER, { { 2, 2 } }, 0, BLOCK_SIZE_MAX },
    { LEASE_NAMES, { { 3 } }, NAME_PAGES_MAX - 1, 0 },
};
static const uint8_t put_results[] = { PUT_TAKEN, PUT_REFUSED, PUT_NOT_LEASED,
                                       PUT_NO_ROOM };
static const struct span put_texts[] = { TEXT("a\n"), TEXT("bb\n"),
                                         TEXT("ccc\n") };
static const struct note_ref refs[] = {
    { NOTE_ROSTER, { NULL, 0 }, 7 },
    { NOTE_CHECKPOINT, TEXT(ORIGIN_A), 0 },
    { NOTE_FORK, TEXT(ORIGIN_B), 300 },
};
static const struct span texts[] = {
    TEXT("first\n"),
    TEXT(""),
    TEXT("and a third one\n"),
};
static const struct digest digests[] = { { { 9 } }, { { 0, 8 } }, { { 7 } } };
static const struct block_id names[] = { { { 4 } }, { { 5 } }, { { 6, 6 } } };
static const struct deposit_page pages[] = {
    { { { 1, 1 } }, NAMES_PAGE_ROOTS, names, 2 },
    { { { 1, 1 } }, NAME_PAGES_MAX - 1, names, 3 },
};
static const struct deposit_item items[] = {
    { { { 11 } }, 65552, { { 12 } }, TEXT("header"), { { 13 } }, NULL, 0 },
    { { { 21 } }, 1ULL << 40, { { 22 } }, TEXT("h"), { { 23 } }, names, 3 },
};
static const struct deposit_item asked[] = {
    { { { 11 } }, 65552, { { 12 } }, { NULL, 0 }, { { 13 } }, NULL, 0 },
};
static const uint8_t lacks[] = { 0, 1, 1 };
static const struct deposit_result results[] = {
    { DEPOSIT_REGISTERED, TEXT("holdfast receipt 1\n") },
    { DEPOSIT_PENDING, TEXT("pending\n") },
    { DEPOSIT_REFUSED, TEXT("") },
};
static const struct list_entry entries[] = {
    { TEXT(ORIGIN_A), 0, true, TEXT("leaf"), { 0 } },
    { TEXT(ORIGIN_A), 70000, false, TEXT("another leaf"), { 0 } },
    { TEXT(ORIGIN_B), 3, true, TEXT("third"), { 0 } },
    { TEXT(ORIGIN_A), 4, false, TEXT(""), { 0 } },
};
static const struct list_reason reasons[] = {
    { REASON_BAD, 1, 86400 },
    { REASON_NOT_REREAD, 0, 0 },
};
static const struct label list_members[] = { { "nhc" }, { "track" } };
static const struct label list_nodes[] = { { "bern-2" }, { "oslo" } };
static const struct list_entry judged[] = {
    { TEXT(ORIGIN_A), 1, true, TEXT("leaf"),
      .state = { 3, 60, 1, 2, reasons, COUNT(reasons) } },
    { TEXT(ORIGIN_B), 2, false, TEXT("other"), .state = { 5, 0, 0, 3 } },
};
static const struct status_problem problems[] = {
    { TEXT("LAST-COPY"), true, 2, 9000, TEXT(""), TEXT("2 items"),
      TEXT("copying"), TEXT("nothing yet"), 1500 },
    { TEXT("PEER-SILENT"), false, 0, 1, TEXT("node=oslo"), TEXT("silent"),
      TEXT(""), TEXT(""), 0 },
};
static const struct status_loss losses[] = {
    { TEXT("CH"), 0, 14, 12424 },
    { TEXT("NO"), 1, 0, UINT64_MAX },
};
static const struct status_day days[] = {
    { 20781, { 1, 2, 3, 4, 5, 6 } },
    { 20782, { UINT32_MAX, 0, 0, 0, 0, 0 } },
};
static const struct status_peer peers[] = {
    { TEXT("oslo"), TEXT("nhc"), TEXT("NO"), true, true, 3, 40, 39, 1,
      TEXT("0.1.0"), ROLE_STORE, true, 60, 38, 1ULL << 40, 0,
      .proofs = { 1764000000, 1763000000, 412, 400, 2, 10, 1763999999 } },
    { TEXT("bern-2"),
      TEXT("track"),
      TEXT("CH"),
      false,
      true,
      86400,
      4,
      3,
      2,
      TEXT("0.2.0"),
      ROLE_LEAVING,
      false,
      0,
      0,
      0,
      14,
      { 0 } },
};
static const struct status_alarm alarms[] = {
    { TEXT("FORK"), TEXT("ledger=" ORIGIN_B), TEXT("two histories"), 7, true },
    { TEXT("CLOCK"), TEXT(""), TEXT("ahead"), 0, false },
};
static const uint32_t copies[] = { 0, 4, UINT32_MAX };
static const struct status_ledger ledgers[] = {
    { TEXT(ORIGIN_A), 9, 8, 7, true, true },
    { TEXT(ORIGIN_B), 6, 5, 4, false, false },
};

static const struct challenge questions[] = {
    { { { 1 } }, 5, { { 2 } }, false },
    { { { 3 } }, PAYLOAD_SIZE_MAX / SLICE_SIZE, { { 4 } }, true },
};
static const struct slice_proof proofs[] = {
    { .kind = PROOF_MAC, .nonce = { { 2 } }, .mac = { { 9 } } },
    { .kind = PROOF_SLICE,
      .nonce = { { 4 } },
      .path = digests,
      .path_count = COUNT(digests),
      .slice = TEXT("a slice") },
    { .kind = PROOF_NOT_HELD, .nonce = { { 5 } } },
};
static const struct verify_holder holders[] = {
    { TEXT("oslo"), TEXT("nhc"), TEXT("NO"), true, VERIFY_GOOD, 1, 1, 0 },
    { TEXT("vilna"), TEXT("v"), TEXT("LT"), false, VERIFY_NO_ANSWER, 20, 3, 7 },
};

static const struct span event_texts[] = { TEXT("one"), TEXT("two\n") };

static const struct sample samples[] = {
    { "sync",
      { .kind = MESSAGE_SYNC,
        .sync = { UINT64_MAX,
                  12,
                  { { 3 } },
                  1795000000,
                  TEXT("0.1.0"),
                  true,
                  true,
                  heads,
                  COUNT(heads),
                  true,
                  true,
                  true,
                  heads,
                  COUNT(heads) } } },
    { "sync, later", { .kind = MESSAGE_SYNC, .sync = { .instance = 1 } } },
    { "sync reply",
      { .kind = MESSAGE_SYNC,
        .reply = true,
        .sync_reply = { 5,          6,
                        7,          TEXT("0.1.0"),
                        true,       heads,
                        1,          true,
                        3,          { { 8 } },
                        heads,      COUNT(heads),
                        statements, COUNT(statements),
                        digests,    COUNT(digests),
                        leases,     COUNT(leases),
                        labels,     COUNT(labels),
                        questions,  COUNT(questions),
                        heads,      1 } } },
    { "sync reply, leases alone",
      { .kind = MESSAGE_SYNC,
        .reply = true,
        .sync_reply = { .leases = leases, .leases_count = 1 } } },
    { "challenge",
      { .kind = MESSAGE_CHALLENGE,
        .challenge = { questions, COUNT(questions) } } },
    { "challenge reply",
      { .kind = MESSAGE_CHALLENGE,
        .reply = true,
        .proofs = { proofs, COUNT(proofs) } } },
    { "put proofs",
      { .kind = MESSAGE_PUT_PROOFS, .proofs = { proofs, COUNT(proofs) } } },
    { "put proofs reply",
      { .kind = MESSAGE_PUT_PROOFS,
        .reply = true,
        .put_reply = { put_results, COUNT(put_results), 0 } } },
    { "verify",
      { .kind = MESSAGE_VERIFY,
        .verify = { { { 4 } }, VERIFY_PIECES_MAX, 256 } } },
    { "verify reply",
      { .kind = MESSAGE_VERIFY,
        .reply = true,
        .verify_reply = { true, 70000, 1, 1, holders, COUNT(holders) } } },
    { "verify reply, not found", { .kind = MESSAGE_VERIFY, .reply = true } },
    { "scrub", { .kind = MESSAGE_SCRUB, .scrub = { true, true } } },
    { "scrub reply",
      { .kind = MESSAGE_SCRUB,
        .reply = true,
        .scrub_reply = { true, true, 1, 2, 3 } } },
    { "events", { .kind = MESSAGE_EVENTS, .events = { 7 } } },
    { "events reply",
      { .kind = MESSAGE_EVENTS,
        .reply = true,
        .events_reply = { 9, event_texts, COUNT(event_texts) } } },
    { "put notes",
      { .kind = MESSAGE_PUT_NOTES,
        .put_notes = { refs, put_texts, COUNT(refs) } } },
    { "put notes reply",
      { .kind = MESSAGE_PUT_NOTES,
        .reply = true,
        .put_reply = { put_results, 3, 0 } } },
    { "put records",
      { .kind = MESSAGE_PUT_RECORDS,
        .put_records = { { ORIGIN_B },
                         1000,
                         TEXT("checkpoint\n"),
                         digests,
                         COUNT(digests),
                         texts,
                         COUNT(texts) } } },
    { "put records reply",
      { .kind = MESSAGE_PUT_RECORDS,
        .reply = true,
        .put_reply = { put_results, 1, 1003 } } },
    { "put blocks",
      { .kind = MESSAGE_PUT_BLOCKS,
        .put_blocks = { names, texts, COUNT(names), pages, COUNT(pages) } } },
    { "put blocks, a page alone",
      { .kind = MESSAGE_PUT_BLOCKS,
        .put_blocks = { .pages = pages, .pages_count = 1 } } },
    { "put blocks reply",
      { .kind = MESSAGE_PUT_BLOCKS,
        .reply = true,
        .put_reply = { put_results, COUNT(put_results), 0 } } },
    { "sync reply, nothing new",
      { .kind = MESSAGE_SYNC, .reply = true, .sync_reply = { .news = 6 } } },
    { "get notes",
      { .kind = MESSAGE_GET_NOTES, .get_notes = { refs, COUNT(refs) } } },
    { "get notes reply",
      { .kind = MESSAGE_GET_NOTES,
        .reply = true,
        .get_notes_reply = { texts, COUNT(texts) } } },
    { "get records",
      { .kind = MESSAGE_GET_RECORDS,
        .get_records = { { ORIGIN_B }, 1000, RECORDS_BATCH_COUNT_MAX } } },
    { "get records reply",
      { .kind = MESSAGE_GET_RECORDS,
        .reply = true,
        .get_records_reply = { { ORIGIN_B },
                               1000,
                               TEXT("checkpoint\n"),
                               digests,
                               COUNT(digests),
                               texts,
                               COUNT(texts) } } },
    { "get records reply, nothing",
      { .kind = MESSAGE_GET_RECORDS,
        .reply = true,
        .get_records_reply = { .origin = { ORIGIN_A }, .from = 5 } } },
    { "get names",
      { .kind = MESSAGE_GET_NAMES, .get_names = { { { 31 } }, 2 } } },
    { "get names reply",
      { .kind = MESSAGE_GET_NAMES,
        .reply = true,
        .get_names_reply = { { { 31 } },
                             2,
                             true,
                             digests,
                             COUNT(digests),
                             names,
                             COUNT(names) } } },
    { "get names reply, nothing",
      { .kind = MESSAGE_GET_NAMES,
        .reply = true,
        .get_names_reply = { .root = { { 31 } } } } },
    { "get blocks",
      { .kind = MESSAGE_GET_BLOCKS, .get_blocks = { names, 3, NULL } } },
    { "get blocks reply",
      { .kind = MESSAGE_GET_BLOCKS,
        .reply = true,
        .get_blocks_reply = { texts, COUNT(texts) } } },
    { "deposit",
      { .kind = MESSAGE_DEPOSIT,
        .deposit = { names, 2, names, texts, 3, pages, COUNT(pages), items,
                     COUNT(items) } } },
    { "deposit, nothing", { .kind = MESSAGE_DEPOSIT } },
    { "deposit reply",
      { .kind = MESSAGE_DEPOSIT,
        .reply = true,
        .deposit_reply = { lacks, COUNT(lacks), results, COUNT(results), 1,
                           2 } } },
    { "receipts",
      { .kind = MESSAGE_RECEIPTS, .receipts = { asked, COUNT(asked) } } },
    { "receipts reply",
      { .kind = MESSAGE_RECEIPTS,
        .reply = true,
        .deposit_reply = { NULL, 0, results, 1, 0, 0 } } },
    { "list",
      { .kind = MESSAGE_LIST, .list = { 2, 3, 1000, TEXT("ab"), 13 } } },
    { "list reply",
      { .kind = MESSAGE_LIST,
        .reply = true,
        .list_reply = { entries, COUNT(entries), true, 4, 5 } } },
    { "list with states",
      { .kind = MESSAGE_LIST, .list = { 0, 0, 256, TEXT(""), 0, 0x3f } } },
    { "list reply with states",
      { .kind = MESSAGE_LIST,
        .reply = true,
        .list_reply = { judged, COUNT(judged), false, 1, 0, list_members,
                        COUNT(list_members), list_nodes, COUNT(list_nodes),
                        9 } } },
    { "status", { .kind = MESSAGE_STATUS } },
    { "status reply",
      { .kind = MESSAGE_STATUS,
        .reply = true,
        .status_reply = { TEXT("oslo"),
                          TEXT("nhc"),
                          TEXT("NO"),
                          TEXT(CID),
                          TEXT("0.1.0"),
                          1,
                          { { 2 } },
                          OWN_READY,
                          4,
                          5,
                          6,
                          7,
                          8,
                          9,
                          10,
                          11,
                          12,
                          true,
                          peers,
                          COUNT(peers),
                          ledgers,
                          COUNT(ledgers),
                          alarms,
                          COUNT(alarms),
                          copies,
                          COUNT(copies),
                          3,
                          2,
                          4,
                          true,
                          301,
                          0,
                          5,
                          ROLE_OBSERVER,
                          3,
                          .health = { { 1, 2, 3, 4, 5, UINT32_MAX },
                                      7,
                                      8,
                                      2592000,
                                      problems,
                                      COUNT(problems),
                                      losses,
                                      COUNT(losses),
                                      days,
                                      COUNT(days),
                                      1763500000,
                                      3,
                                      2,
                                      1,
                                      999,
                                      true } } } },
    { "reload", { .kind = MESSAGE_RELOAD } },
    { "reload reply",
      { .kind = MESSAGE_RELOAD,
        .reply = true,
        .reload_reply = { TEXT("clients: 3\n") } } },
    { "open ledger",
      { .kind = MESSAGE_OPEN_LEDGER, .open_ledger = { TEXT("oslo") } } },
    { "open ledger reply",
      { .kind = MESSAGE_OPEN_LEDGER,
        .reply = true,
        .open_ledger_reply = { { ORIGIN_A }, { ORIGIN_B } } } },
    { "refusal",
      { .kind = MESSAGE_REFUSAL,
        .reply = true,
        .refusal = { 16, TEXT("STORE-FULL"), TEXT("the store is full") } } },
};

size_t sample_count(void)
{
    return COUNT(samples);
}

const struct sample *sample_at(size_t index)
{
    return &samples[index];
}
