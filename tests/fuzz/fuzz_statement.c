/* SPDX-License-Identifier: Apache-2.0 */
/* What is taken as a statement is written again as it was, and what it claims
 * lies within its ledgers. The text alone, and the text of a note. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "ledger/note.h"
#include "model/runs.h"
#include "model/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BITS 200

static void holds_check(const struct statement_holds *holds)
{
    static const uint8_t placed[BITS_BYTES(BITS)] = { 0x5a, 0xff, 0x01 };
    uint8_t bits[BITS_BYTES(BITS)];

    CHECK(holds->size > 0);
    CHECK(holds->form != HOLDS_NONE || holds->except.size == 0);
    CHECK(holds->form != HOLDS_ALL || holds->plus.size == 0);
    statement_holds_bits(holds, placed, BITS, bits);
    for (uint64_t index = holds->size; index < BITS; index++) {
        CHECK((bits[index / 8] >> (index % 8) & 1) == 0);
    }
    statement_holds_bits(holds, NULL, BITS, bits);
}

static void read_it(struct span text)
{
    struct statement statement;
    struct buf again;

    if (statement_parse(text, &statement, NULL) != ERR_OK) {
        return;
    }
    buf_init(&again, STATEMENT_SIZE_MAX);
    statement_format(&again, &statement);
    CHECK(span_equal(buf_span(&again), text));
    for (size_t index = 0; index < statement.holds_count; index++) {
        const struct statement_holds *holds = &statement.holds[index];

        CHECK(statement_find_holds(&statement, &holds->origin) == holds);
        holds_check(holds);
    }
    buf_done(&again);
    statement_done(&statement);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of(data, size);
    struct note note;

    read_it(bytes);
    if (note_parse(bytes, NOTE_SIZE_MAX, &note, NULL) == ERR_OK) {
        read_it(note.text);
    }
    return 0;
}
