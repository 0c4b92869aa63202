/* SPDX-License-Identifier: Apache-2.0 */
#include "reread_fixture.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/limits.h"
#include "fixture.h"

static void take(struct pass *pass, const struct reread_found *found)
{
    for (size_t i = 0; i < found->bad_count && pass->bad_count < 64; i++) {
        if (found->bad[i].cause == BAD_ASIDE) {
            pass->aside++;
        } else {
            pass->bad[pass->bad_count++] = found->bad[i];
        }
    }
    for (size_t i = 0; i < found->users_count && pass->users_count < 64; i++) {
        if (found->bad[found->users[i].bad].cause != BAD_ASIDE) {
            pass->users[pass->users_count++] = found->users[i];
        }
    }
    pass->left += found->left;
    pass->bytes += found->bytes;
    pass->steps++;
    pass->has_note = pass->has_note || found->note.text[0] != '\0';
    if (found->lost_row > pass->lost_row_max) {
        pass->lost_row_max = found->lost_row;
    }
}

/* As the core: what is bad is set aside before anything else is done. */
void set_aside(struct store *store, const struct reread_found *found)
{
    struct batch batch;
    struct why why;

    batch_init(&batch, 1 << 20);
    for (size_t i = 0; i < found->bad_count; i++) {
        const struct bad_block *bad = &found->bad[i];
        struct batch_op op = { .kind = bad->header ? BATCH_HEADER_GONE
                                       : bad->cause == BAD_BACK
                                           ? BATCH_BLOCK_BACK
                                           : BATCH_BLOCK_ASIDE,
                               .index = bad->file,
                               .level = bad->position };

        memcpy(op.id, bad->name.bytes, 32);
        batch_add(&batch, &op, span_of(NULL, 0), span_of(NULL, 0));
    }
    cr_assert_eq(store_commit(store, NULL, &batch, &why), ERR_OK, "%s",
                 why.text);
    batch_done(&batch);
}

void go_on(struct store *store, struct store_reread *reread, uint64_t piece,
           struct pass *pass)
{
    struct reread_found found = { .ended = false };
    struct why why;

    while (!found.ended) {
        cr_assert_eq(store_reread_step(reread, piece, &found, &why), ERR_OK,
                     "%s", why.text);
        take(pass, &found);
        if (found.bad_count > 0) {
            set_aside(store, &found);
        }
    }
    cr_assert_eq(found.done_permille, 1000);
}

struct pass pass_over(struct store *store)
{
    struct store_reread *reread = store_reread_new(store);
    struct pass pass = { .steps = 0 };

    cr_assert_eq(store_reread_begin(reread, span_of(NULL, 0), NULL), ERR_OK);
    go_on(store, reread, PIECE, &pass);
    store_reread_free(reread);
    return pass;
}

bool is_held(struct store *store, uint64_t seed)
{
    const struct source *source = store_source(store);
    struct block_of_test block;
    enum err err;

    block_make(&block, seed, BLOCK_SIZE_MAX);
    err = source->have(source->ctx, &block.name);
    block_done(&block);
    return err == ERR_OK;
}

bool names(const struct pass *pass, uint64_t seed, size_t size)
{
    struct block_of_test block;
    bool found = false;

    block_make(&block, seed, size);
    for (size_t i = 0; i < pass->bad_count; i++) {
        found = found || block_id_equal(&pass->bad[i].name, &block.name);
    }
    block_done(&block);
    return found;
}
