/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "crypto/secret.h"
#include "seal/journal.h"

static void init(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(journal, .init = init);

static const struct journal_stamp stamp = { 5, 1764000000123456789, 7 };

/* Two files: one on its way with two blocks, one done. */
static void make(struct buf *text)
{
    struct cid cid;
    struct journal_attempt attempt = { .file_key = { 1 }, .salt = { 2 } };
    struct block_id name = { .bytes = { 3 } };
    struct payload_root root = { .bytes = { 4 } };
    struct digest commitment = { .bytes = { 5 } };

    buf_init(text, 1 << 20);
    cr_assert(cid_parse(span_str("test-0123456789abcdef"), &cid) == ERR_OK);
    journal_put_head(text, &cid);
    journal_put_file(text, 0, &stamp, span_str("a b\n\xff"));
    journal_put_file(text, 1, &stamp, span_str("c"));
    journal_put_attempt(text, 0, &attempt);
    journal_put_attempt(text, 1, &attempt);
    journal_put_block(text, 0, 1, &name);
    journal_put_block(text, 0, 0, &name);
    journal_put_header(text, 1, &commitment, &root, span_str("header"));
    journal_put_done(text, 1);
}

/* Everything that was written is known again. */
Test(journal, round_trip)
{
    struct buf text;
    struct buf again;
    struct journal journal;
    const struct journal_file *file;
    struct why why = { .text = "" };

    make(&text);
    cr_assert(journal_parse(buf_span(&text), &journal, &why) == ERR_OK, "%s",
              why.text);
    cr_assert_eq(journal.count, 2);
    cr_assert_eq(journal.size, text.size);
    file = journal_find(&journal, span_str("a b\n\xff"), &stamp);
    cr_assert_eq(file, &journal.files[0]);
    cr_assert(file->has_attempt && !file->has_header && !file->done);
    cr_assert_eq(file->attempt.file_key[0], 1);
    cr_assert_eq(journal_find_block(file, 1)->bytes[0], 3);
    cr_assert_null(journal_find_block(file, 2));
    file = journal_find(&journal, span_str("c"), &stamp);
    cr_assert(file->done && file->has_header);
    cr_assert(span_is(buf_span(&file->header), "header"));
    cr_assert_null(journal_find(&journal, span_str("b"), &stamp));
    buf_init(&again, 1 << 20);
    journal_format(&journal, &again);
    journal_done(&journal);
    cr_assert(journal_parse(buf_span(&again), &journal, NULL) == ERR_OK);
    cr_assert_eq(journal.files[0].block_count, 2);
    journal_done(&journal);
    buf_done(&again);
    buf_done(&text);
}

/* A file that changed is another one, and the newest line of a path counts. */
Test(journal, tells_files_by_their_stamp)
{
    struct journal_stamp other = stamp;
    struct journal journal;
    struct buf text;

    make(&text);
    other.mtime_ns++;
    journal_put_file(&text, 2, &other, span_str("c"));
    journal_put_file(&text, 3, &stamp, span_str("c"));
    cr_assert(journal_parse(buf_span(&text), &journal, NULL) == ERR_OK);
    cr_assert_eq(journal_find(&journal, span_str("c"), &other),
                 &journal.files[2]);
    cr_assert_eq(journal_find(&journal, span_str("c"), &stamp),
                 &journal.files[3]);
    other.size++;
    cr_assert_null(journal_find(&journal, span_str("c"), &other));
    journal_done(&journal);
    buf_done(&text);
}

/* A new attempt forgets what belonged to the one before. */
Test(journal, begins_again)
{
    struct journal_attempt attempt = { .file_key = { 9 } };
    struct journal journal;
    struct buf text;

    make(&text);
    journal_put_attempt(&text, 0, &attempt);
    cr_assert(journal_parse(buf_span(&text), &journal, NULL) == ERR_OK);
    cr_assert_eq(journal.files[0].attempt.file_key[0], 9);
    cr_assert_eq(journal.files[0].block_count, 0);
    journal_done(&journal);
    buf_done(&text);
}

/* A write may have been cut off anywhere: what was whole counts. */
Test(journal, takes_a_torn_end)
{
    struct buf text;

    make(&text);
    for (size_t size = 0; size < text.size; size++) {
        struct span part = span_part(buf_span(&text), 0, size);
        struct journal journal;
        enum err err = journal_parse(part, &journal, NULL);

        if (err == ERR_NOT_FOUND) {
            continue;
        }
        cr_assert(err == ERR_OK, "%zu: %s", size, err_name(err));
        cr_assert_leq(journal.size, size);
        cr_assert(size - journal.size < 300);
        journal_done(&journal);
    }
    buf_done(&text);
}

/* What cannot have been written by us is refused with its line. */
Test(journal, refuses_nonsense)
{
    static const char *const bad[] = {
        "file 5 1 2 3 x\n",
        "file 2 1 2 x\n",
        "file 2 1 2 3 %41\n",
        "block 9 0 00\n",
        "block 1 0 "
        "0000000000000000000000000000000000000000000000000000000000000000\n",
        "done 0 1\n",
        "header 0 00 00 AAAA\n",
        "nothing\n",
        "\n",
    };

    for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++) {
        struct journal journal;
        struct why why = { .text = "" };
        struct buf text;

        make(&text);
        buf_put_str(&text, bad[index]);
        cr_assert(journal_parse(buf_span(&text), &journal, &why) ==
                      ERR_MALFORMED,
                  "%s", bad[index]);
        cr_assert_eq(strncmp(why.text, "line 11: ", 9), 0, "%s", why.text);
        buf_done(&text);
    }
}

/* One block has one name in one attempt. */
Test(journal, refuses_two_names)
{
    struct block_id other = { .bytes = { 8 } };
    struct journal journal;
    struct buf text;

    make(&text);
    journal_put_block(&text, 0, 1, &other);
    cr_assert(journal_parse(buf_span(&text), &journal, NULL) == ERR_MALFORMED);
    buf_done(&text);
}
