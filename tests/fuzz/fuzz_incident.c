/* SPDX-License-Identifier: Apache-2.0 */
/* An incident that is accepted is written again as it was. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "model/incident.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_of(data, size);
    struct incident incident;
    struct buf again;

    if (incident_parse(text, &incident, NULL) != ERR_OK) {
        return 0;
    }
    buf_init(&again, INCIDENT_SIZE_MAX);
    incident_format(&again, &incident);
    CHECK(again.err == ERR_OK && span_equal(buf_span(&again), text));
    buf_done(&again);
    return 0;
}
