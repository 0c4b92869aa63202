/* SPDX-License-Identifier: Apache-2.0 */
/* The digest that a Sync carries: two nodes whose digests are equal have the
 * same rosters, heads, cosignatures and notes to tell of, and the same held
 * counts. Everything that an answer with a summary tells goes into it, and
 * news_changed() makes it anew. Loop thread. */
#ifndef HF_CORE_SUMMARY_H
#define HF_CORE_SUMMARY_H

#include "crypto/digest.h"

struct node;

struct digest summary_digest(struct node *node);

#endif
