/* SPDX-License-Identifier: Apache-2.0 */
/* The roster: who the members are, which nodes they run, what the rule is
 * (holdfast.md 6 and 16). A struct roster is made from one text and never
 * changes; it holds that text, and its spans and strings live as long as it.
 * It is always well-formed, but says nothing about signatures: that is the
 * business of model/roster_chain.h. May be read by several threads. */
#ifndef HF_MODEL_ROSTER_H
#define HF_MODEL_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/age_key.h"
#include "crypto/digest.h"
#include "crypto/sign.h"
#include "crypto/x25519.h"
#include "ledger/note.h"
#include "model/id.h"
#include "model/key_name.h"

#define ROSTER_PREVIOUS_MAX 2

enum node_role {
    NODE_STORE,    /* holds blocks */
    NODE_OBSERVER, /* holds ledgers, no block and no evidence */
    NODE_LEAVING,  /* still holds, gets nothing new */
};

struct roster_member {
    struct label label;
    struct public_key governance;
    /* The members to whom this one seals, as indices, ascending; none: this
     * member deposits nothing. */
    size_t seal_count;
    uint8_t seals[MEMBER_COUNT_MAX];
    /* Its part of roster->recipients, years ascending. */
    size_t recipient_first;
    size_t recipient_count;
    bool has_quota;
    uint64_t quota_bytes;   /* a day */
    uint64_t quota_records; /* a day */
};

struct roster_recipient {
    uint16_t year;
    struct age_recipient key;
    struct span text; /* age1..., in the roster's text */
};

struct roster_node {
    struct label label;
    size_t member; /* index */
    enum node_role role;
    char country[3];
    uint8_t weight; /* 1 to 16 */
    bool listens;   /* else it only dials */
    struct public_key ledger;
    struct public_key witness;
    struct x25519_key session;
    size_t address_count;
    struct span addresses[ADDRESS_COUNT_MAX]; /* in the roster's text */
};

/* A ledger with an end: later leaves of it are shown as disputed. */
struct roster_closed {
    struct origin origin;
    uint64_t size;
    struct digest root;
};

struct roster {
    struct buf text;    /* owned; the exact text, which is canonical */
    struct digest hash; /* of the text */
    struct label consortium;
    uint64_t version;      /* from 1 */
    size_t previous_count; /* 0 in version 1, else 1, or 2 that it heals */
    struct digest previous[ROSTER_PREVIOUS_MAX]; /* sorted */
    bool has_supersedes;
    struct digest supersedes;
    uint64_t copies;        /* C: members that must hold an item */
    uint64_t jurisdictions; /* J: countries; 1 <= J <= C <= members */
    uint64_t cosigners;     /* K < members */
    uint64_t wait_seconds;
    uint64_t proof_age_seconds;
    size_t member_count;                            /* >= 1 */
    struct roster_member members[MEMBER_COUNT_MAX]; /* sorted by label */
    size_t recipient_count;
    struct roster_recipient *recipients; /* owned; grouped by member */
    size_t node_count;
    struct roster_node nodes[NODE_COUNT_MAX]; /* sorted by label */
    size_t closed_count;
    struct roster_closed *closed; /* owned; sorted by origin */
    struct span extra;            /* the x- lines, in the text */
};

/* Every rule of one roster for itself. ERR_MALFORMED with a sentence that
 * names the line, ERR_UNREADABLE for another version of the format,
 * ERR_TOO_BIG, ERR_NO_MEMORY. The caller frees with roster_free(). */
MUST_USE enum err roster_parse(struct span text, struct roster **ret_roster,
                               struct why *ret_why);
/* NULL is fine. */
void roster_free(struct roster *roster);
/* The one way to write it; equal to roster->text. */
void roster_format(const struct roster *roster, struct buf *to);

/* Borrowed, or NULL. Valid as long as the roster. */
const struct roster_node *roster_find_node(const struct roster *roster,
                                           struct span label);
const struct roster_member *roster_find_member(const struct roster *roster,
                                               struct span label);
/* By the session key (X25519) of a peer. */
const struct roster_node *roster_find_session(const struct roster *roster,
                                              const struct x25519_key *session);
/* The member's recipient of that year, or NULL. */
const struct roster_recipient *roster_find_recipient(
    const struct roster *roster, const struct roster_member *member,
    uint64_t year);
/* The end of this ledger, or NULL when it is not closed. */
const struct roster_closed *roster_find_closed(const struct roster *roster,
                                               const struct origin *origin);

/* Indices into roster->nodes and roster->members. */
size_t roster_node_index(const struct roster *roster,
                         const struct roster_node *node);
size_t roster_member_index(const struct roster *roster,
                           const struct roster_member *member);
/* The member that runs this node. */
const struct roster_member *roster_member_of(const struct roster *roster,
                                             const struct roster_node *node);
/* How many members run a node, this one not counted. With store_only, a node
 * of role `store`. */
size_t roster_count_other_members(const struct roster *roster,
                                  const struct roster_member *self,
                                  bool store_only);
/* How many governance keys a successor needs: more than half. */
size_t roster_quorum_need(const struct roster *roster);

/* The keys by which notes are verified, with their names. */
void roster_governance_key(const struct cid *cid,
                           const struct roster_member *member,
                           struct note_key *ret_key);
void roster_node_key(const struct cid *cid, const struct roster_node *node,
                     struct note_key *ret_key);
void roster_witness_key(const struct cid *cid, const struct roster_node *node,
                        struct note_key *ret_key);

/* "store", "observer", "leaving". */
const char *node_role_text(enum node_role role);

#endif
