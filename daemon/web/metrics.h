/* SPDX-License-Identifier: Apache-2.0 */
/* A status as Prometheus text, format 0.0.4. Every state and every known alarm
 * is always there, also at 0; no item's id is a label. Pure; one thread. */
#ifndef HF_WEB_METRICS_H
#define HF_WEB_METRICS_H

#include "base/buf.h"

struct web_view;

void metrics_put(struct buf *to, const struct web_view *view);

#endif
