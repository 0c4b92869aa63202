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

/* Sizes of the consortium. */
#define NODE_COUNT_MAX 30
#define MEMBER_COUNT_MAX 30
#define CLIENT_COUNT_MAX 240
#define ADDRESS_COUNT_MAX 8
#define ADDRESS_SIZE_MAX 262     /* characters of HOST:PORT */
#define LEDGERS_PER_NODE_MAX 16  /* opened with one key under one roster */
#define LEDGERS_PER_OWNER_MAX 32 /* of one node in all */
#define LEDGER_COUNT_MAX (NODE_COUNT_MAX * LEDGERS_PER_OWNER_MAX)
#define EARLIER_COUNT_MAX 64

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

#endif
