/* SPDX-License-Identifier: Apache-2.0 */
/* The records of items as a node lists them, and what a reader's key
 * says about them. Names and cases come from header objects that are opened
 * here, on the reader's machine; they are wiped by listing_done(). What the
 * node says is judged: what is no record, or was not asked for, is left out
 * with a warning. Blocking; one thread. */
#ifndef HF_TOOLS_LISTING_H
#define HF_TOOLS_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "crypto/age_key.h"
#include "crypto/digest.h"
#include "model/id.h"
#include "model/item_id.h"
#include "model/record.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/stated.h"
#include "tools/holdfast/tool.h"
#include "wire/health.h"

enum listed_opened {
    LISTED_NOT_ASKED, /* nobody looked */
    LISTED_OPENED,
    LISTED_OTHER_KEY, /* the keys given do not open it */
    LISTED_ABSENT,    /* the node does not have its description yet */
    LISTED_DAMAGED    /* or it breaks a rule: nothing in it is believed */
};

/* What its description says. Owned texts: bytes of the depositor. */
struct listed_facts {
    struct buf name;
    struct buf case_name; /* may be empty */
    char depositor[LABEL_SIZE_MAX + 1];
    uint64_t size; /* of the file */
    bool checked;  /* it is the registered one, signed by its depositor */
};

/* What the node says of its state: its word. */
struct listed_state {
    uint32_t state;  /* enum item_state of model/health.h */
    uint64_t since;  /* seconds ago */
    uint32_t proven; /* bit i: listing->members[i] has a proven copy, */
    uint32_t open;   /* or only claims one */
    struct list_reason reasons[LIST_REASONS_MAX];
    size_t reasons_count;
};

struct listed {
    struct deposit deposit;
    uint64_t time;              /* claimed; POSIX seconds, the node's clock */
    uint64_t index;             /* of the leaf in its ledger */
    uint32_t origin;            /* index in listing->origins: that ledger */
    struct digest roster;       /* that the node knew */
    bool is_carried;            /* the leaf carries an older one: */
    uint32_t from;              /* of this ledger, as origin */
    uint64_t from_index;        /* with this index */
    bool held;                  /* the node has all of it */
    uint32_t holders;           /* nodes that state that they hold it */
    struct listed_state *state; /* owned; NULL: the node does not say */
    enum listed_opened opened;
    struct listed_facts *facts; /* owned; NULL unless LISTED_OPENED */
};

struct listing {
    struct tool *tool;             /* borrowed */
    struct line *line;             /* owned */
    char node[LABEL_SIZE_MAX + 1]; /* who answers */
    struct listed *items;          /* owned */
    size_t count;
    size_t room;
    struct origin *origins; /* owned */
    size_t origin_count;
    uint64_t unreadable; /* records of kinds that the node does not know */
    uint32_t states; /* ask for these, and what is known of them; bit i: enum
                        item_state; 0: for all */
    struct label members[MEMBER_COUNT_MAX]; /* of what the states speak */
    size_t member_count;
    struct label nodes[NODE_COUNT_MAX];
    size_t node_count;
    bool cut;                   /* more fit the prefix than the node lists */
    struct roster_chain *chain; /* owned; NULL: no roster is known here */
    struct stated *stated;      /* owned; NULL: as above */
};

/* What was typed. EXIT_DONE, or EXIT_USAGE with a problem that was said; asks
 * nobody. */
int listing_prefix(struct tool *tool, const char *word,
                   struct item_prefix *ret_prefix);
/* Connect, ask who answers, and for the statements of all nodes. Without a
 * roster nobody's word can be verified: that is said, and nobody counts. The
 * caller calls listing_done(), also after a failure. EXIT_DONE, or the exit
 * code of a problem that was said. */
int listing_open(struct tool *tool, struct listing *ret_listing);
/* Ask for all records, or those of a prefix (NULL: all). As above. */
int listing_ask(struct listing *listing, const struct item_prefix *prefix);
/* listing_find.c: connect and ask for the records of the one item that was
 * typed. As above; items[0] is one of them. */
int listing_find(struct tool *tool, const char *word,
                 struct listing *ret_listing);
/* Says that the node knows no such item; its exit code. */
int listing_not_found(const struct listing *listing, const char *word);
/* Each deposit once, the newest first: a record that was carried over, or
 * registered twice, is shown as the first one. As above. */
int listing_sort(struct listing *listing);
/* Open the descriptions of items[0 .. count). As above. */
int listing_read(struct listing *listing, size_t count,
                 const struct age_identities *identities);
void listing_done(struct listing *listing);

/* Remove those that the filter does not want. */
void listing_keep(struct listing *listing,
                  bool (*wanted)(const struct listed *item, const void *ctx),
                  const void *ctx);
const struct origin *listing_origin(const struct listing *listing,
                                    const struct listed *item);
/* listing_state.c: keep whom the states of a reply speak of, and one state.
 * False when memory is out. */
void listing_take_names(struct listing *listing,
                        const struct msg_list_reply *reply);
bool listed_take_state(const struct listing *listing,
                       const struct list_state *state, struct listed *item);
/* "state", "since", "counted" and "reasons": the node's word. */
void listed_put_state(json_t *object, const struct listing *listing,
                      const struct listed_state *state);
/* "fjord vilna": members that `mask` names. The caller calls free(). */
char *listed_members(const struct listing *listing, uint32_t mask);
/* "wisla-1: copy was bad, 2 more"; or "". The caller calls free(). */
char *listed_why(const struct listing *listing, const struct listed *item);
/* The part of the JSON that `list` and `show` share. */
json_t *listed_json(const struct listing *listing, const struct listed *item);
/* Does its record, or the one that it carries, stand behind the end that the
 * newest roster known here gives to that ledger? */
bool listed_disputed(const struct listing *listing, const struct listed *item);
/* "3 of 3", or "?" without a roster. */
void listed_copies(const struct listing *listing, const struct listed *item,
                   char text[static TEXT_SIZE]);
/* "fjord-1", at most `columns` wide. `text` has columns + 1 bytes. */
void listed_node(const struct listing *listing, const struct listed *item,
                 char *text, size_t columns);

#endif
