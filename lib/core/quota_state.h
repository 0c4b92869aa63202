/* SPDX-License-Identifier: Apache-2.0 */
/* The part of core/state.h that core/quota.h needs. Loop thread. */
#ifndef HF_CORE_QUOTA_STATE_H
#define HF_CORE_QUOTA_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "model/id.h"

/* What was counted for one member. */
struct quota_use {
    bool used;
    struct label member;
    bool running;      /* something is counted: */
    uint64_t until_ms; /* its day ends then */
    uint64_t bytes;
    uint64_t records;
    bool unsaved;
    bool over;    /* something did not fit, */
    bool alarmed; /* and OVER-QUOTA was said */
    bool ended;   /* a day ended in this step */
};

struct quota {
    struct quota_use uses[QUOTA_USES_MAX];
    bool own_waits; /* a deposit here does */
};

#endif
