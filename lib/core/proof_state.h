/* SPDX-License-Identifier: Apache-2.0 */
/* The part of struct node that challenges need; the rules stand in
 * core/challenges.h, core/proofs.h, core/proving.h and core/verify.h. Included
 * by core/state.h only. Loop thread. */
#ifndef HF_CORE_PROOF_STATE_H
#define HF_CORE_PROOF_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "core/event.h"
#include "crypto/digest.h"
#include "model/challenge.h"
#include "model/checks.h"
#include "wire/message.h"

#define QUESTIONS_MAX 128 /* under way, to all peers together */
#define ORDERS_MAX 4      /* VERIFY requests under way */

enum question_state {
    QUESTION_FREE,
    QUESTION_NEW,     /* its slice and the right answer are to be loaded */
    QUESTION_LOADING, /* and are being loaded */
    QUESTION_READY,
    QUESTION_ASKED, /* in a CHALLENGE of ours */
    QUESTION_GIVEN  /* in our answer to a Sync */
};

struct question {
    enum question_state state;
    uint32_t slot;   /* of the peer */
    uint32_t ledger; /* slot */
    uint64_t index;
    uint64_t pick;     /* chooses the slice */
    uint32_t order;    /* that it belongs to; SLOT_NONE: none */
    uint64_t since_ms; /* READY, ASKED, GIVEN */
    uint64_t token;    /* of the load, or of the ask */
    struct challenge question;
    uint64_t size; /* of the payload */
    bool has_mac;  /* else the slice itself is asked for */
    struct digest mac;
};

/* One peer, by its slot. */
struct proof_peer {
    bool used;
    struct checks checks;
    bool changed; /* since it was kept, */
    bool urgent;  /* by more than a number */
    uint64_t kept_ms;
    /* Of each failure: asked again then, and the wait after that. */
    uint64_t again_ms[CHECKS_FAILURES_MAX];
    uint64_t wait_ms[CHECKS_FAILURES_MAX];
    /* Asking. */
    uint64_t at_ms; /* the next question; 0: not begun */
    uint64_t backoff_ms;
    /* Proving to it: how much more it may ask now. */
    unsigned allowed;
    uint64_t allowed_ms; /* as it was then */
    struct challenge given[CHALLENGES_PER_REQUEST_MAX];
    size_t given_count;
    uint64_t given_until_ms;
};

enum order_state {
    ORDER_FREE,
    ORDER_NEW,     /* to be looked up and read */
    ORDER_FINDING, /* which is under way */
    ORDER_ASKING
};

/* One holder of the item of an order. */
struct order_holder {
    bool used;
    bool here;       /* it can be asked */
    uint32_t ledger; /* slot, and index: where it claims the item */
    uint64_t index;
    uint64_t asked;
    uint64_t done;
    uint64_t good;
    uint64_t bad;
    uint64_t denied;
};

struct order {
    enum order_state state;
    uint64_t request;
    struct msg_verify what;
    uint64_t token;
    uint64_t until_ms;
    uint64_t size;
    bool held; /* here */
    uint64_t read_to;
    uint64_t read_good;
    bool read_bad;
    bool read_lacking;
    struct order_holder holders[NODE_COUNT_MAX]; /* by slot */
};

struct proofs {
    struct digest seed; /* of questions and their times */
    uint64_t drawn;     /* so many numbers were made from it */
    struct question questions[QUESTIONS_MAX];
    size_t active; /* of them not free, or more */
    struct proof_peer peers[NODE_COUNT_MAX];
    struct order orders[ORDERS_MAX];
    uint64_t load_token; /* of questions; 0: none in flight */
    size_t load_count;
    uint16_t loading[PROVE_TASKS_MAX];
};

#endif
