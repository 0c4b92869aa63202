/* SPDX-License-Identifier: Apache-2.0 */
/* The texts that init puts into a data directory, so that somebody who finds
 * the disk in twenty years knows what it is and how to read it. */
#ifndef HF_TOOLS_INIT_TEXTS_H
#define HF_TOOLS_INIT_TEXTS_H

#include "base/buf.h"
#include "base/span.h"

struct roster;
struct roster_node;

/* README, in plain words. */
void init_readme(const struct roster *roster, const struct roster_node *node,
                 struct buf *to);
/* proto/README.md as it was when this program was built. Constant. */
struct span init_formats(void);

#endif
