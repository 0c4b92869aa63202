/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing items from a copy to a node: both are played here, the copy by a
 * source, the node by a thread at the other end of a socket. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "model/batch.h"
#include "model/block.h"
#include "model/padme.h"
#include "tools/holdfast/import_state.h"
#include "tools/holdfast/local.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/frame.h"

#define ITEMS 3
#define TALL 1 /* an item of two pages; no byte of it is ever read */
#define ORIGIN "test-0123456789abcdef/node-a/00112233445566778899aabbccddeeff"

struct item_of_test {
    struct deposit deposit;
    char header[24];
    struct block_id *names; /* owned */
    size_t count;
    uint8_t *payload; /* owned; NULL: only names */
    bool here;        /* the node was brought it */
};

struct scene {
    char path[64];
    int listener;
    pthread_t node;
    struct item_of_test items[ITEMS];
    /* What the node saw. */
    size_t offered;
    size_t blocks;
    size_t pages;
    bool refuses;      /* it is an observer */
    const char *wrong; /* what it did not expect; NULL */
    /* What the copy does. */
    const struct block_id *damaged; /* other bytes under this name */
    bool without_names;
    bool wrong_names;
    bool wrong_header;
    /* The tool's side. */
    struct tool tool;
    struct import import;
    char *out;
    size_t out_size;
};

static struct scene *scene;

/* ---- the copy ---- */

static const struct item_of_test *find_root(const struct payload_root *root)
{
    for (size_t i = 0; i < ITEMS; i++) {
        if (payload_root_equal(&scene->items[i].deposit.payload_root, root)) {
            return &scene->items[i];
        }
    }
    return NULL;
}

static enum err copy_block(void *ctx, const struct block_id *name,
                           struct buf *bytes)
{
    (void)ctx;
    for (size_t i = 0; i < ITEMS; i++) {
        const struct item_of_test *item = &scene->items[i];
        struct block_id header = block_id_of_header(&item->deposit.header_id);

        if (block_id_equal(&header, name)) {
            buf_put_str(bytes, scene->wrong_header ? "?" : item->header);
            return bytes->err;
        }
        for (size_t at = 0; item->payload != NULL && at < item->count; at++) {
            size_t size = payload_block_size(item->deposit.payload_size, at);
            size_t before = bytes->size;

            if (!block_id_equal(&item->names[at], name)) {
                continue;
            }
            buf_put_data(bytes, item->payload + at * BLOCK_SIZE_MAX, size);
            if (scene->damaged != NULL &&
                block_id_equal(scene->damaged, name)) {
                bytes->data[before + size / 2] ^= 1;
            }
            return bytes->err;
        }
    }
    return ERR_NOT_FOUND;
}

static enum err copy_have(void *ctx, const struct block_id *name)
{
    (void)ctx;
    (void)name;
    return ERR_OK;
}

static enum err copy_names(void *ctx, const struct payload_root *root,
                           uint32_t page, struct buf *bytes)
{
    const struct item_of_test *item = find_root(root);
    size_t pages;

    (void)ctx;
    if (item == NULL || scene->without_names) {
        return ERR_NOT_FOUND;
    }
    pages = payload_page_count(item->deposit.payload_size);
    if (page != NAMES_PAGE_ROOTS) {
        size_t from = (size_t)page * NAMES_PER_PAGE;

        buf_put_data(bytes, &item->names[from],
                     32 * payload_page_names(item->deposit.payload_size, page));
        bytes->data[0] ^= scene->wrong_names;
        return bytes->err;
    }
    for (size_t at = 0; at < pages; at++) {
        struct digest digest;

        names_page_root(&item->names[at * NAMES_PER_PAGE],
                        payload_page_names(item->deposit.payload_size, at),
                        &digest);
        buf_put_data(bytes, digest.bytes, sizeof(digest.bytes));
    }
    return bytes->err;
}

static const struct source copy = { .block = copy_block,
                                    .have = copy_have,
                                    .names = copy_names };

/* ---- the node ---- */

/* An assertion must not jump out of its thread. */
#define expect(condition)                                                      \
    do {                                                                       \
        if (!(condition)) {                                                    \
            scene->wrong = #condition;                                         \
        }                                                                      \
    } while (0)

static void answer(int fd, const struct message *reply)
{
    struct buf frame;
    size_t place;

    buf_init(&frame, LOCAL_HEAD_SIZE + MESSAGE_SIZE_MAX);
    place = local_frame_begin(&frame);
    if (scene->refuses && reply->kind == MESSAGE_DEPOSIT) {
        expect(refusal_encode(ERR_REFUSED, "NOT-A-STORE", "no", &frame) ==
               ERR_OK);
    } else {
        expect(message_encode(reply, &frame) == ERR_OK);
    }
    expect(local_frame_end(&frame, place) == ERR_OK);
    /* Nobody may be there any more to hear it. */
    (void)send(fd, frame.data, frame.size, MSG_NOSIGNAL);
    buf_done(&frame);
}

/* One item an answer, so that several are asked for. */
static void answer_list(int fd, const struct msg_list *asked)
{
    struct message reply = { .kind = MESSAGE_LIST, .reply = true };
    struct item_of_test *item = &scene->items[asked->index];
    struct record *record = calloc(1, sizeof(*record));
    struct list_entry entry = { .origin = span_str(ORIGIN),
                                .index = asked->index + 1 };
    struct buf leaf;

    expect(asked->index < ITEMS);
    record->kind = RECORD_DEPOSIT;
    expect(origin_parse(span_str(ORIGIN), &record->origin) == ERR_OK);
    record->time = 1;
    record->has_roster = true;
    record->deposit = item->deposit;
    buf_init(&leaf, LEAF_SIZE_MAX);
    record_format(&leaf, record);
    entry.leaf = buf_span(&leaf);
    entry.held = item->here;
    reply.list_reply.entries = &entry;
    reply.list_reply.count = 1;
    reply.list_reply.more = asked->index + 1 < ITEMS;
    reply.list_reply.index = asked->index + 1;
    answer(fd, &reply);
    buf_done(&leaf);
    free(record);
}

/* It lacks the blocks of which there are bytes. */
static void look_at_offer(const struct msg_deposit *deposit, uint8_t *lacks)
{
    for (size_t i = 0; i < deposit->offer_count; i++) {
        struct buf bytes;

        buf_init(&bytes, BLOCK_SIZE_MAX);
        lacks[i] = copy_block(NULL, &deposit->offer[i], &bytes) == ERR_OK;
        buf_done(&bytes);
    }
    scene->offered += deposit->offer_count;
}

static void answer_deposit(int fd, const struct msg_deposit *deposit)
{
    struct message reply = { .kind = MESSAGE_DEPOSIT, .reply = true };
    uint8_t lacks[DEPOSIT_OFFER_MAX];
    struct deposit_result results[DEPOSIT_ITEMS_PER_REQUEST_MAX];

    look_at_offer(deposit, lacks);
    for (size_t i = 0; i < deposit->blocks_count; i++) {
        expect(block_verify(deposit->blocks[i], &deposit->names[i]) == ERR_OK);
        scene->blocks++;
    }
    for (size_t i = 0; i < deposit->pages_count; i++) {
        scene->pages += deposit->pages[i].page != NAMES_PAGE_ROOTS;
    }
    for (size_t i = 0; i < deposit->items_count; i++) {
        const struct deposit_item *sent = &deposit->items[i];
        struct item_of_test *item =
            (struct item_of_test *)find_root(&sent->root);
        bool tall = item == &scene->items[TALL];

        expect(span_is(sent->header_bytes, item->header));
        expect(sent->size == item->deposit.payload_size);
        expect(sent->names_count ==
               (tall || item->count == 1 ? 0 : item->count));
        expect(!tall || scene->pages == 2);
        item->here = true;
        results[i] = (struct deposit_result){ DEPOSIT_REGISTERED,
                                              span_str("a receipt") };
    }
    reply.deposit_reply.lacks = lacks;
    reply.deposit_reply.lacks_count = deposit->offer_count;
    reply.deposit_reply.results = results;
    reply.deposit_reply.results_count = deposit->items_count;
    answer(fd, &reply);
}

static void *play_node(void *ctx)
{
    int fd = accept(scene->listener, NULL, NULL);
    struct local_reader reader;
    struct arena arena;

    expect(fd >= 0);
    expect(arena_init(&arena, ARENA_SIZE_MAX) == ERR_OK);
    local_reader_init(&reader);
    for (;;) {
        struct span frame;
        struct message message;
        size_t room;
        uint8_t *to = local_reader_room(&reader, &room);
        ssize_t size = read(fd, to, room);

        if (size <= 0) {
            break;
        }
        expect(local_reader_filled(&reader, (size_t)size) == ERR_OK);
        if (!local_reader_frame(&reader, &frame)) {
            continue;
        }
        arena_reset(&arena);
        expect(message_decode_request(frame, &arena, &message, NULL) == ERR_OK);
        if (message.kind == MESSAGE_LIST) {
            answer_list(fd, &message.list);
        } else {
            expect(message.kind == MESSAGE_DEPOSIT);
            answer_deposit(fd, &message.deposit);
        }
        local_reader_next(&reader);
    }
    local_reader_done(&reader);
    arena_done(&arena);
    close(fd);
    return ctx;
}

/* ---- a scene ---- */

static void make_item(size_t number, uint64_t least, bool with_bytes)
{
    struct item_of_test *item = &scene->items[number];
    uint64_t size;

    cr_assert_eq(padme(least, &size), ERR_OK);
    item->deposit.payload_size = size;
    item->count = (size_t)payload_block_count(size);
    item->names = calloc(item->count, sizeof(*item->names));
    if (with_bytes) {
        item->payload = calloc(1, size);
    }
    for (size_t at = 0; at < item->count; at++) {
        memcpy(item->names[at].bytes, &at, sizeof(at));
        item->names[at].bytes[31] = (uint8_t)(number + 1);
        if (with_bytes) {
            uint8_t *block = item->payload + at * BLOCK_SIZE_MAX;

            block[0] = (uint8_t)(number + 1);
            block[1] = (uint8_t)at;
            cr_assert_eq(
                block_name(span_of(block, payload_block_size(size, at)),
                           &item->names[at]),
                ERR_OK);
        }
    }
    payload_root_of(item->names, item->count, &item->deposit.payload_root);
    (void)snprintf(item->header, sizeof(item->header), "header %zu", number);
    item->deposit.header_size = strlen(item->header);
    cr_assert_eq(header_name(span_str(item->header), &item->deposit.header_id),
                 ERR_OK);
}

static void setup(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct why why;

    cr_assert_eq(crypto_init(), ERR_OK);
    scene = calloc(1, sizeof(*scene));
    make_item(0, PAYLOAD_SIZE_MIN, true);
    make_item(TALL, (NAMES_PER_PAGE + 1ULL) * BLOCK_SIZE_MAX, false);
    make_item(2, 5 * BLOCK_SIZE_MAX / 2, true);
    (void)snprintf(scene->path, sizeof(scene->path), "/tmp/hf-import-%d",
                   getpid());
    (void)unlink(scene->path);
    memcpy(address.sun_path, scene->path, sizeof(scene->path));
    scene->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(
        bind(scene->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(listen(scene->listener, 1), 0);
    cr_assert_eq(pthread_create(&scene->node, NULL, play_node, NULL), 0);
    output_init(&scene->tool.output, stdout,
                open_memstream(&scene->out, &scene->out_size), true);
    scene->import.tool = &scene->tool;
    scene->import.source = &copy;
    scene->import.record = calloc(1, sizeof(struct record));
    scene->import.inner = calloc(1, sizeof(struct record));
    progress_start(&scene->import.progress, &scene->tool.output, ITEMS, 0);
    cr_assert_eq(local_connect(scene->path, 20000, &scene->import.line, &why),
                 ERR_OK);
}

/* Bring all that there is, and hang up. */
static const struct import *bring(void)
{
    import_items(&scene->import);
    line_free(scene->import.line);
    scene->import.line = NULL;
    cr_assert_eq(pthread_join(scene->node, NULL), 0);
    cr_assert_null(scene->wrong, "the node did not find: %s", scene->wrong);
    (void)fflush(scene->tool.output.err);
    return &scene->import;
}

static void teardown(void)
{
    (void)fclose(scene->tool.output.err);
    output_done(&scene->tool.output);
    free(scene->out);
    free(scene->import.record);
    free(scene->import.inner);
    close(scene->listener);
    unlink(scene->path);
    for (size_t i = 0; i < ITEMS; i++) {
        free(scene->items[i].names);
        free(scene->items[i].payload);
    }
    free(scene);
}

TestSuite(import, .init = setup, .fini = teardown, .timeout = 120);

/* Every name is offered once, the blocks that lack are sent, and each item goes
 * behind its blocks; an item of two pages behind its pages. */
Test(import, brings_items)
{
    const struct import *import = bring();
    uint64_t bytes = scene->items[0].deposit.payload_size +
                     scene->items[2].deposit.payload_size;

    cr_assert_eq(import->err, ERR_OK, "%s", import->why.text);
    cr_assert_eq(scene->items[2].count, 3);
    cr_assert_gt(scene->items[TALL].count, NAMES_PER_PAGE);
    cr_assert_eq(scene->offered, 4 + scene->items[TALL].count);
    cr_assert_eq(scene->blocks, 4);
    cr_assert_eq(scene->pages, 2);
    for (size_t i = 0; i < ITEMS; i++) {
        cr_assert(scene->items[i].here, "%zu", i);
    }
    cr_assert_eq(import->items_done, ITEMS);
    cr_assert_eq(import->blocks_sent, 4);
    cr_assert_eq(import->bytes_sent, bytes);
    cr_assert_eq(import->bytes_passed,
                 bytes + scene->items[TALL].deposit.payload_size);
    cr_assert_eq(import->left_out, 0);
}

/* What the node holds is not even offered. */
Test(import, leaves_what_is_held)
{
    scene->items[TALL].here = true;
    scene->items[2].here = true;
    cr_assert_eq(bring()->items_done, 1);
    cr_assert_eq(scene->offered, 1);
}

/* A block whose bytes are another's is named and not sent, nor is its item; the
 * item's other blocks are. */
Test(import, leaves_a_damaged_block_out)
{
    const struct import *import;

    scene->damaged = &scene->items[2].names[1];
    scene->items[TALL].here = true;
    import = bring();
    cr_assert_eq(import->err, ERR_OK, "%s", import->why.text);
    cr_assert_eq(scene->blocks, 3);
    cr_assert(scene->items[0].here);
    cr_assert_not(scene->items[2].here);
    cr_assert_eq(import->items_damaged, 1);
    cr_assert_eq(import->blocks_damaged, 1);
    cr_assert_not_null(strstr(scene->out, "block 1 of HF-"), "%s", scene->out);
}

/* Names that do not give the payload's root are not offered. */
Test(import, leaves_damaged_names_out)
{
    const struct import *import;

    scene->wrong_names = true;
    import = bring();
    cr_assert_eq(import->err, ERR_OK, "%s", import->why.text);
    cr_assert_eq(scene->offered, 1);
    cr_assert(scene->items[0].here);
    cr_assert_eq(import->items_damaged, 2);
    cr_assert_eq(import->items_done, 1);
}

/* An item whose names the copy does not have is incomplete, not damaged: its
 * node had not got it yet. */
Test(import, counts_what_the_copy_lacks)
{
    const struct import *import;

    scene->without_names = true;
    import = bring();
    cr_assert_eq(import->items_partly, 2);
    cr_assert_eq(import->items_damaged, 0);
    cr_assert_eq(import->left_out, 0);
}

/* A header object that is not its item's stays where it is. */
Test(import, leaves_a_damaged_header_out)
{
    const struct import *import;

    scene->wrong_header = true;
    scene->items[TALL].here = true;
    import = bring();
    cr_assert_eq(scene->blocks, 4);
    cr_assert_eq(import->items_done, 0);
    cr_assert_eq(import->items_damaged, 2);
}

/* A node that holds no blocks says so once, and that is the end. */
Test(import, stops_at_an_observer)
{
    const struct import *import;

    scene->refuses = true;
    import = bring();
    cr_assert(import->holds_no_blocks);
    cr_assert_eq(import->items_done, 0);
    cr_assert_eq(import->left_out, 0);
}
