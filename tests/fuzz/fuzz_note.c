/* SPDX-License-Identifier: Apache-2.0 */
/* A note that is parsed consists of its text, an empty line and its lines;
 * combining keeps nothing that does not verify; verifier keys are written again
 * as they were read. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "ledger/note.h"

#define ROOM (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note_check(struct span bytes)
{
    static const uint8_t public_key[32] = { 1 };
    struct note_matches matches;
    struct note_key key;
    struct note note;
    struct buf again;

    if (note_parse(bytes, NOTE_SIZE_MAX, &note, NULL) != ERR_OK) {
        return;
    }
    CHECK(note.line_count >= 1 && note.line_count <= NOTE_LINES_MAX);
    CHECK(note.text.data[note.text.size - 1] == '\n');
    buf_init(&again, ROOM);
    buf_put(&again, note.text);
    buf_put_str(&again, "\n");
    for (size_t index = 0; index < note.line_count; index++) {
        buf_put(&again, note.lines[index].bytes);
    }
    CHECK(span_equal(buf_span(&again), bytes));
    buf_done(&again);
    CHECK(note_key_init(&key, "o", NOTE_KEY_COSIGNATURE, public_key) == ERR_OK);
    if (note_verify(&note, &key, 1, &matches, NULL) == ERR_OK) {
        CHECK(matches.count == 0);
    }
}

static void key_check(struct span text)
{
    struct note_key key;
    struct buf again;

    if (note_key_parse(text, &key) != ERR_OK) {
        return;
    }
    buf_init(&again, ROOM);
    note_key_format(&again, &key);
    CHECK(span_equal(buf_span(&again), text));
    buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    note_check(span_of(data, size));
    key_check(span_of(data, size));
    return 0;
}
