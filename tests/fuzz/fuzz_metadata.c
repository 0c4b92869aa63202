/* SPDX-License-Identifier: Apache-2.0 */
/* What is taken as metadata or as a pass is written again as it was. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "crypto/secret.h"
#include "model/metadata.h"
#include "model/pass.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_of(data, size);
    struct metadata metadata;
    struct pass pass;
    struct span note;
    struct buf again;

    CHECK(crypto_init() == ERR_OK);
    if (metadata_parse(text, &metadata, NULL) == ERR_OK) {
        buf_init(&again, size);
        CHECK(metadata_name_valid(metadata.name));
        CHECK(metadata_format(&metadata, &again) == ERR_OK);
        CHECK(span_equal(buf_span(&again), text));
        buf_done(&again);
        metadata_done(&metadata);
    }
    (void)!pass_parse(text, &pass, NULL);
    (void)!pass_parse_note(text, &pass, NULL);
    if (metadata_unpad(text, &note) == ERR_OK) {
        CHECK(metadata_padded_size(note.size) == size);
    }
    return 0;
}
