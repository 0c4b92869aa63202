/* SPDX-License-Identifier: Apache-2.0 */
/* Every bound in one place (holdfast.md 14, specs nng and rocksdb), checked
 * against each other below. Sizes in bytes, times in milliseconds. */
#ifndef HF_BASE_LIMITS_H
#define HF_BASE_LIMITS_H

/* Item (proto/README.md, Items). */
#define CHUNK_SIZE 65536 /* plaintext of one slice */
#define SLICE_SIZE 65552 /* chunk and its tag */
#define BLOCK_SLICES 16
#define BLOCK_SIZE_MAX (SLICE_SIZE * BLOCK_SLICES) /* 1,048,832 */
#define HEADER_SIZE_MAX BLOCK_SIZE_MAX
#define PAYLOAD_SIZE_MIN SLICE_SIZE
#define PAYLOAD_SIZE_MAX (1ULL << 44)
#define NAMES_PER_PAGE 32768
#define NAME_PAGES_MAX 512
#define METADATA_SIZE_MIN 1024

/* Texts. */
#define LEAF_SIZE_MAX 16384
#define LEAF_DEPOSIT_SIZE_MAX 8192
#define STATEMENT_SIZE_MAX 32768 /* of the note */
#define FORK_SIZE_MAX 8192
#define FORK_NOTE_SIZE_MAX 512 /* a checkpoint with one line */
#define ROSTER_SIZE_MAX 262144
#define NOTE_SIZE_MAX 65536
#define NOTE_LINES_MAX 100
#define ROSTER_NOTE_SIZE_MAX 262144
#define ROSTER_CHAIN_VERSIONS_MAX 1000
#define TREE_PATH_MAX 63
#define AGE_HEADER_SIZE_MAX 1048576
#define AGE_STANZAS_MAX 1024
#define AGE_FIELD_SIZE_MAX 8192
#define AGE_IDENTITIES_MAX 256
#define AGE_SCRYPT_LOG_N_MAX 22
#define AGE_SCRYPT_LOG_N_DAEMON_MAX 20
#define AGE_SCRYPT_LOG_N_WRITE 18

/* Messages. */
#define MESSAGE_SIZE_MAX 1310720
#define PROTOBUF_SIZE_MAX 65536
#define FRAME_HANDSHAKE_1_SIZE 101
#define FRAME_HANDSHAKE_2_SIZE 57
#define FRAME_TRANSPORT_SIZE_MIN 29
#define FRAME_HEAD_SIZE 13 /* type, index, counter */
#define AEAD_TAG_SIZE 16
#define REPLY_COUNTER_SIZE 8
#define MESSAGE_HEAD_SIZE 5 /* kind, protobuf length */
#define RECORDS_BATCH_COUNT_MAX 1000
#define RECORDS_BATCH_SIZE_MAX 1048576
#define BLOCKS_PER_REQUEST_MAX 64
#define NOTES_PER_REQUEST_MAX 64
#define DEPOSIT_ITEMS_PER_REQUEST_MAX 64

/* Lists in messages. */
#define SYNC_HEADS_MAX 256
#define SYNC_COSIGNED_MAX 64
#define SYNC_OTHERS_MAX 8 /* rosters out of force */
#define SYNC_LEASES_MAX 64
#define CHALLENGES_PER_REQUEST_MAX 8 /* of one Sync's answer, too */
#define VERIFY_PIECES_MAX 64
#define STATUS_ALARMS_MAX 16
#define STATUS_LEDGERS_MAX 256
#define LIST_ORIGINS_MAX 256
#define DEPOSIT_OFFER_MAX 1024 /* names in one question */
#define NAME_PAGES_PER_REQUEST_MAX 4

/* Sizes of the consortium. */
#define NODE_COUNT_MAX 30
#define MEMBER_COUNT_MAX 30
#define CLIENT_COUNT_MAX (8 * NODE_COUNT_MAX) /* of one node: 8 for each */
#define ADDRESS_COUNT_MAX 8
#define ADDRESS_SIZE_MAX 262     /* characters of HOST:PORT */
#define LEDGERS_PER_NODE_MAX 16  /* opened with one key under one roster */
#define LEDGERS_PER_OWNER_MAX 32 /* of one node in all */
#define LEDGER_COUNT_MAX (NODE_COUNT_MAX * LEDGERS_PER_OWNER_MAX)
#define EARLIER_COUNT_MAX 64

#define SYNC_STATEMENTS_MAX NODE_COUNT_MAX

/* In flight, per peer. */
#define PEER_BLOCK_REQUESTS_MAX 8
#define PEER_OTHER_REQUESTS_MAX 4

/* Time-outs (specs nng 6, 7). */
#define TIMEOUT_HANDSHAKE_MS 10000
#define TIMEOUT_CONTROL_MS 20000
#define TIMEOUT_SYNC_MS 45000
#define TIMEOUT_BLOCK_MS 150000
#define SYNC_WAIT_MS 30000
#define PROOF_MS 10000 /* a later answer to a challenge is none */
#define LEASE_MS 60000
#define PIPE_SILENT_MS 90000
#define RECONNECT_MIN_MS 1000
#define RECONNECT_MAX_MS 60000
#define SESSION_AGE_MS_MAX 3600000
#define SESSION_BYTES_MAX (64ULL << 30)
#define TIMEOUTS_IN_A_ROW_MAX 3  /* then the pipe is closed */
#define REPLY_STUCK_MS 2000      /* nobody reads it, and contexts are short */
#define MEMBER_SILENT_MS 3600000 /* holdfast.md 5: one of three, after 1 h */

/* Clients that are connected to one node (proto/README.md, Bounds). Each has
 * far fewer requests under way than a node: one of its may hold 1.25 MiB. */
#define CLIENTS_CONNECTED_MAX 16
#define CLIENT_CONNECTIONS_MAX 4 /* of one key */
#define CLIENT_REQUESTS_MAX 4    /* of one connection */

/* Strangers (specs nng 4). */
#define PIPES_MAX (64 + CLIENTS_CONNECTED_MAX)
#define PIPES_STRANGER_MAX 24
#define PIPES_PER_ADDRESS_MAX 8
#define STRANGER_BYTES_MAX 256 /* on a pipe without a session */

/* Store. */
#define GROUP_SIZE_MAX (256ULL << 20)
#define GROUP_YOUNG_SIZE_MAX (4ULL << 20)
#define YOUNG_SIZE_MAX (64ULL << 20)
#define STORE_FORMAT_VERSION 1

/* Statements (holdfast.md 7). */
#define STATEMENT_PERIOD_MS 60000   /* at most one of a node in that time */
#define STATEMENT_AGE_S_MAX 172800  /* older: nothing it claims is a copy */
#define STATEMENT_AHEAD_S_MAX 600   /* dated later than our clock: not fresh */
#define STATEMENT_SEAL_S_MAX 604800 /* older: no reason to trust a roster */
#define ISOLATED_S 604800           /* nothing new for so long: alarm */

/* Core. */
#define WANT_COUNT_MAX 1024
#define DEPOSITS_PENDING_MAX 65536
/* What nobody has is looked for again, ever more seldom. */
#define WANT_BACKOFF_MIN_MS 1000
#define WANT_BACKOFF_MAX_MS 86400000ULL
#define QUOTA_USES_MAX (4 * MEMBER_COUNT_MAX) /* of members that left, too */
#define QUOTA_DAY_MS 86400000ULL
#define QUOTA_DAYS_MAX 3 /* so much is counted of what others vouch for */

_Static_assert(FRAME_HEAD_SIZE + AEAD_TAG_SIZE + REPLY_COUNTER_SIZE +
                       MESSAGE_HEAD_SIZE + PROTOBUF_SIZE_MAX + BLOCK_SIZE_MAX <=
                   MESSAGE_SIZE_MAX,
               "a block and its protobuf part fit in a message");
_Static_assert(RECORDS_BATCH_SIZE_MAX + PROTOBUF_SIZE_MAX + 64 <=
                   MESSAGE_SIZE_MAX,
               "a batch of records fits in a message");
_Static_assert(NAMES_PER_PAGE * 32 <= BLOCK_SIZE_MAX,
               "a page of names fits where a block does");
_Static_assert(PAYLOAD_SIZE_MAX / BLOCK_SIZE_MAX + 1 <=
                   1ULL * NAMES_PER_PAGE * NAME_PAGES_MAX,
               "the largest payload has names for all of its blocks");
_Static_assert(LEAF_DEPOSIT_SIZE_MAX * 4 / 3 + 2048 <= LEAF_SIZE_MAX,
               "a leaf can be carried");
_Static_assert(STATEMENT_SIZE_MAX <= NOTE_SIZE_MAX, "a statement is a note");
_Static_assert(ROSTER_SIZE_MAX <= ROSTER_NOTE_SIZE_MAX, "a roster is a note");
_Static_assert(FORK_SIZE_MAX <= NOTE_SIZE_MAX &&
                   FORK_NOTE_SIZE_MAX * 2 <= FORK_SIZE_MAX,
               "a fork proof holds two checkpoints");
_Static_assert(ROSTER_NOTE_SIZE_MAX <=
                   MESSAGE_SIZE_MAX - PROTOBUF_SIZE_MAX - FRAME_HEAD_SIZE -
                       AEAD_TAG_SIZE - REPLY_COUNTER_SIZE - MESSAGE_HEAD_SIZE,
               "the largest note fits in a message");
_Static_assert(NODE_COUNT_MAX <= 32 && MEMBER_COUNT_MAX <= 32,
               "sets of nodes and of members are 32 bits");
_Static_assert(NODE_COUNT_MAX <= NOTE_LINES_MAX &&
                   MEMBER_COUNT_MAX <= NOTE_LINES_MAX,
               "everybody may sign a note");
_Static_assert(LEDGERS_PER_NODE_MAX <= LEDGERS_PER_OWNER_MAX &&
                   LEDGERS_PER_OWNER_MAX <= EARLIER_COUNT_MAX,
               "an open record names all ledgers of its node");
_Static_assert(NODE_COUNT_MAX + PIPES_STRANGER_MAX + CLIENTS_CONNECTED_MAX <=
                   PIPES_MAX,
               "strangers and clients leave room for every node");
_Static_assert(SYNC_WAIT_MS < TIMEOUT_SYNC_MS && SYNC_WAIT_MS < PIPE_SILENT_MS,
               "a parked Sync is answered before anybody gives up");
_Static_assert(TIMEOUT_HANDSHAKE_MS < TIMEOUT_CONTROL_MS &&
                   RECONNECT_MAX_MS < PIPE_SILENT_MS,
               "who tries again is back before it counts as silent");
_Static_assert(STATEMENT_PERIOD_MS <= STATEMENT_AGE_S_MAX * 1000ULL / 2,
               "a node states anew before its statement is too old");
_Static_assert(WANT_COUNT_MAX >=
                   PEER_BLOCK_REQUESTS_MAX * BLOCKS_PER_REQUEST_MAX,
               "one peer can be kept busy");
_Static_assert(WANT_BACKOFF_MAX_MS == 86400000ULL, "back-off up to a day");

#endif
