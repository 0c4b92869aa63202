/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of `restore` share: the items of a run and what becomes of
 * each.
 *
 *   LISTED  -> PLANNED | LOCKED | MISSING | PASSED_OVER  [restore_open]
 *   PLANNED -> PASSED_OVER | THERE | MISSING             [restore_plan]
 *   PLANNED -> AT_WORK -> WRITTEN | THERE | MISSING      [restore_run]
 *
 * An item is written by one thread at a time: the command's own, or the worker
 * that has it in hand. */
#ifndef HF_TOOLS_RESTORE_H
#define HF_TOOLS_RESTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "crypto/age_key.h"
#include "crypto/digest.h"
#include "model/id.h"
#include "model/record.h"
#include "seal/open.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/progress.h"
#include "tools/holdfast/tool.h"

#define RESTORE_IN_FLIGHT 16
#define RESTORE_DETAIL_MAX 20 /* items told one by one to people */
#define RESTORE_SUMS_MAX (1ULL << 30)

struct arguments;
struct roster_chain;
struct secret;
struct target;

enum restore_mode {
    RESTORE_PLAIN,  /* the files themselves */
    RESTORE_EXPORT, /* --ciphertext with a key: ID.age */
    RESTORE_SEALED  /* --ciphertext without one: ID.header, ID.payload */
};

enum restore_scope {
    RESTORE_IDS,
    RESTORE_CASE,
    RESTORE_ALL
};

enum restore_state {
    RESTORE_LISTED,
    RESTORE_PLANNED,
    RESTORE_AT_WORK,
    RESTORE_WRITTEN,
    RESTORE_THERE, /* an earlier run wrote it: compared byte for byte by hash */
    RESTORE_LOCKED, /* no key given opens it */
    RESTORE_MISSING,
    RESTORE_PASSED_OVER /* not asked for */
};

/* Why an item is missing; stable words in JSON. */
#define RESTORE_NOT_HELD "not-held"
#define RESTORE_NO_KEY "no-key"
#define RESTORE_DAMAGED "damaged"
#define RESTORE_CHECK_FAILED "check-failed"
#define RESTORE_EXISTS "exists"
#define RESTORE_NOT_WRITTEN "not-written"
#define RESTORE_STOPPED "stopped"

struct restore_item {
    struct deposit deposit;
    uint64_t time;   /* POSIX seconds; the registering node's clock */
    uint32_t origin; /* index of the ledger in restore->origins */
    bool held;       /* the node says that it has all of it */
    bool alone;      /* ask for it in a request of its own */
    bool opened;     /* by a key given */
    bool renamed;    /* does not have its deposited name */
    bool unverified; /* a check failed: what came out is PATH.unverified */
    enum restore_state state;
    const char *reason; /* MISSING: one of the words above */
    char *sentence;     /* owned; MISSING: more about it; may be NULL */
    /* What was kept of the opened item; in the mode SEALED only path and
     * size. With it a block can be opened without the header object. */
    char *path;        /* owned; where it goes, below DIR; bytes */
    uint64_t size;     /* of what is written */
    uint64_t modified; /* POSIX seconds */
    uint64_t deposited;
    bool has_modified;
    uint8_t payload_nonce[AGE_NONCE_SIZE];
    size_t head_size;    /* of the header object: what an export begins
                                 with */
    uint64_t plain_size; /* of the file, as all of these are described */
    struct digest sha256;
    struct digest512 *sha512; /* owned; NULL: not described */
    item_checks failed;       /* checks of the description */
};

struct restore_counts {
    uint64_t written;
    uint64_t written_bytes;
    uint64_t there;
    uint64_t missing;
    uint64_t locked;
    uint64_t opened; /* by a key given, wanted or not */
};

struct restore {
    struct tool *tool;
    const struct arguments *arguments;
    enum restore_mode mode;
    enum restore_scope scope;
    const char *dir;       /* --to */
    const char *case_name; /* --case; NULL */
    bool overwrite;

    struct line *line;             /* owned */
    char node[LABEL_SIZE_MAX + 1]; /* who answers */
    bool has_cid;
    struct cid cid;
    struct roster_chain *chain;      /* owned; NULL: not known here */
    struct age_identity *identities; /* owned */
    size_t identity_count;

    struct restore_item *items; /* owned; as the node lists them */
    size_t count;
    size_t room;
    struct origin *origins; /* owned */
    size_t origin_count;
    struct secret **file_keys; /* owned; restore_file_key() */
    size_t file_keys_count;

    struct target *target; /* owned; NULL in a dry run of a new folder */
    uint64_t planned;      /* files and bytes still to write */
    uint64_t planned_bytes;
    struct restore_counts counts;
    struct buf sums; /* owned; lines of SHA256SUMS */
    struct progress progress;
    size_t said; /* items told to people one by one */

    enum err err;              /* what ended the run early, or ERR_OK */
    char code[LINE_CODE_SIZE]; /* its stable name, or "" */
    struct why why;
};

/* The run ends; the first reason counts. */
void restore_stop(struct restore *restore, enum err err, const char *code,
                  const struct why *why);
/* It cannot be had: sets state, reason and sentence (copied, may be NULL). */
void restore_miss(struct restore_item *item, const char *reason,
                  const char *sentence);
/* Whose keys open what this ledger's node registered at that time: "viasna 2026
 * or dignity 2026". As the roster says, or the node's name without one. */
void restore_needs(const struct restore *restore,
                   const struct restore_item *item, struct buf *to);
/* Why it is missing or locked, in words for people. */
void restore_put_why(const struct restore *restore,
                     const struct restore_item *item, struct buf *to);
/* Room for the file keys of all items. */
MUST_USE enum err restore_file_keys_new(struct restore *restore);
/* Borrow that of the index-th item. */
uint8_t *restore_file_key(const struct restore *restore, size_t index);
/* Receive the reply to the oldest request; a refusal stops the run, as any
 * other failure does. False when stopped. */
bool restore_receive(struct restore *restore, struct message *ret_reply);
/* Requests that may be under way: as many as both we and the line want. */
size_t restore_in_flight_max(const struct restore *restore);
/* Send; a failure stops the run. */
bool restore_send(struct restore *restore, const struct message *request);

#endif
