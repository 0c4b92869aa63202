/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/driver.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "crypto/secret.h"
#include "daemon/control.h"
#include "daemon/log.h"
#include "model/clients.h"
#include "model/roster_chain.h"
#include "seal/deposit.h"
#include "support/rosters.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/frame.h"

#define ROUNDS 8
#define BLOCKS 4 /* of an item */
#define TRIES_MAX 100000

/* A client of the driver, in a thread of its own. It asserts nothing there: it
 * remembers the first line that went wrong. */
struct depositor {
    const char *path;
    const char *reload_text; /* what RELOAD shall say */
    int fd;
    int failed; /* a line, 0 = none */
    struct local_reader reader;
    struct arena arena;
    struct message reply;
};

#define NEED(cond)                                                             \
    do {                                                                       \
        if (!(cond)) {                                                         \
            if (client->failed == 0) {                                         \
                client->failed = __LINE__;                                     \
            }                                                                  \
            return false;                                                      \
        }                                                                      \
    } while (0)

static bool client_connect(struct depositor *client)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    strcpy(address.sun_path, client->path);
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    NEED(client->fd >= 0);
    NEED(connect(client->fd, (struct sockaddr *)&address, sizeof(address)) ==
         0);
    local_reader_init(&client->reader);
    NEED(arena_init(&client->arena, ARENA_SIZE_MAX) == ERR_OK);
    return true;
}

static bool client_send(struct depositor *client, const struct message *message)
{
    struct buf frame;
    size_t done = 0;

    buf_init(&frame, LOCAL_HEAD_SIZE + MESSAGE_SIZE_MAX);

    size_t place = local_frame_begin(&frame);

    NEED(message_encode(message, &frame) == ERR_OK);
    NEED(local_frame_end(&frame, place) == ERR_OK);
    while (done < frame.size) {
        ssize_t size = write(client->fd, frame.data + done, frame.size - done);

        NEED(size > 0);
        done += (size_t)size;
    }
    buf_done(&frame);
    return true;
}

static bool client_receive(struct depositor *client, enum message_kind kind)
{
    struct span message;

    local_reader_next(&client->reader);
    while (!local_reader_frame(&client->reader, &message)) {
        size_t room;
        uint8_t *at = local_reader_room(&client->reader, &room);
        ssize_t size;

        NEED(at != NULL);
        size = read(client->fd, at, room);
        NEED(size > 0);
        NEED(local_reader_filled(&client->reader, (size_t)size) == ERR_OK);
    }
    arena_reset(&client->arena);
    NEED(message_decode_reply(message, kind, &client->arena, &client->reply,
                              NULL) == ERR_OK);
    return true;
}

static bool client_ask(struct depositor *client, const struct message *message)
{
    return client_send(client, message) &&
           client_receive(client, message->kind);
}

static bool wait_ready(struct depositor *client)
{
    struct message request = { .kind = MESSAGE_STATUS };

    for (int i = 0; i < TRIES_MAX; i++) {
        NEED(client_ask(client, &request));
        NEED(client->reply.kind == MESSAGE_STATUS);
        if (client->reply.status_reply.phase == OWN_READY) {
            return true;
        }
    }
    NEED(false);
}

/* An item of four blocks; what a depositor knows of it. */
struct sealed {
    struct block_id names[BLOCKS];
    uint8_t *blocks[BLOCKS];
    size_t sizes[BLOCKS];
    uint8_t header[200];
    struct deposit_item item;
};

static bool seal(struct depositor *client, struct sealed *sealed)
{
    static const uint8_t plain[BLOCK_PLAIN_SIZE];
    uint8_t file_key[AGE_FILE_KEY_SIZE];
    uint8_t nonce[AGE_NONCE_SIZE];
    struct deposit_plan plan;
    struct sealer *sealer;

    randombytes_buf(file_key, sizeof(file_key));
    randombytes_buf(nonce, sizeof(nonce));
    randombytes_buf(sealed->header, sizeof(sealed->header));
    NEED(deposit_plan(3 * BLOCK_PLAIN_SIZE, &plan) == ERR_OK);
    NEED(plan.block_count == BLOCKS);
    NEED(sealer_new(&sealer) == ERR_OK);
    sealer_start(sealer, &plan, file_key, nonce);
    for (size_t i = 0; i < BLOCKS; i++) {
        sealed->blocks[i] = malloc(BLOCK_SIZE_MAX);
        NEED(sealed->blocks[i] != NULL);
        NEED(sealer_block(sealer, i,
                          span_of(plain, deposit_block_plain_size(&plan, i)),
                          sealed->blocks[i], &sealed->sizes[i],
                          &sealed->names[i]) == ERR_OK);
    }
    sealer_free(sealer);
    sealed->item = (struct deposit_item){
        .size = plan.padded_size,
        .header_bytes = span_of(sealed->header, sizeof(sealed->header)),
        .names = sealed->names,
        .names_count = BLOCKS,
    };
    payload_root_of(sealed->names, BLOCKS, &sealed->item.root);
    NEED(header_name(sealed->item.header_bytes, &sealed->item.header) ==
         ERR_OK);
    randombytes_buf(sealed->item.commitment.bytes, DIGEST_SIZE);
    return true;
}

/* Blocks in requests of their own and the item right behind them, none of them
 * waited for: the item must find its blocks. */
static bool deposit(struct depositor *client, struct sealed *sealed)
{
    NEED(seal(client, sealed));
    for (size_t i = 0; i < BLOCKS; i++) {
        struct span block = span_of(sealed->blocks[i], sealed->sizes[i]);
        struct message request = { .kind = MESSAGE_DEPOSIT };

        request.deposit.names = &sealed->names[i];
        request.deposit.blocks = &block;
        request.deposit.blocks_count = 1;
        NEED(client_send(client, &request));
    }

    struct message request = { .kind = MESSAGE_DEPOSIT };

    request.deposit.items = &sealed->item;
    request.deposit.items_count = 1;
    NEED(client_send(client, &request));
    for (size_t i = 0; i < BLOCKS; i++) {
        NEED(client_receive(client, MESSAGE_DEPOSIT));
        NEED(client->reply.kind == MESSAGE_DEPOSIT);
        NEED(client->reply.deposit_reply.results_count == 0);
    }
    NEED(client_receive(client, MESSAGE_DEPOSIT));
    NEED(client->reply.kind == MESSAGE_DEPOSIT);
    NEED(client->reply.deposit_reply.results_count == 1);
    NEED(client->reply.deposit_reply.results[0].outcome == DEPOSIT_REGISTERED);
    return true;
}

/* A block whose bytes are not its name's. */
static bool refused(struct depositor *client, const struct sealed *sealed)
{
    struct span block = span_of(sealed->blocks[0], sealed->sizes[0]);
    struct message request = { .kind = MESSAGE_DEPOSIT };

    request.deposit.names = &sealed->names[1];
    request.deposit.blocks = &block;
    request.deposit.blocks_count = 1;
    NEED(client_ask(client, &request));
    NEED(client->reply.kind == MESSAGE_REFUSAL);
    NEED(client->reply.refusal.code == ERR_WRONG_HASH);
    return true;
}

/* Somebody asks much and hangs up without a look at the answers. */
static bool hang_up(const struct depositor *other, struct depositor *client)
{
    struct message request = { .kind = MESSAGE_STATUS };

    memset(client, 0, sizeof(*client));
    client->path = other->path;
    NEED(client_connect(client));
    for (int i = 0; i < CONTROL_REQUESTS_MAX; i++) {
        NEED(client_send(client, &request));
    }
    close(client->fd);
    local_reader_done(&client->reader);
    arena_done(&client->arena);
    return true;
}

static bool read_back(struct depositor *client, const struct sealed *sealed)
{
    struct message get = { .kind = MESSAGE_GET_BLOCKS };
    struct message list = { .kind = MESSAGE_LIST };
    struct message receipts = { .kind = MESSAGE_RECEIPTS };
    struct message reload = { .kind = MESSAGE_RELOAD };

    get.get_blocks.names = &sealed->names[BLOCKS - 1];
    get.get_blocks.count = 1;
    NEED(client_ask(client, &get));
    NEED(client->reply.kind == MESSAGE_GET_BLOCKS);
    NEED(span_equal(
        client->reply.get_blocks_reply.blocks[0],
        span_of(sealed->blocks[BLOCKS - 1], sealed->sizes[BLOCKS - 1])));
    list.list.count = RECORDS_BATCH_COUNT_MAX;
    NEED(client_ask(client, &list));
    NEED(client->reply.kind == MESSAGE_LIST);
    NEED(client->reply.list_reply.count == ROUNDS);
    receipts.receipts.items = &sealed->item;
    receipts.receipts.count = 1;
    NEED(client_ask(client, &receipts));
    NEED(client->reply.kind == MESSAGE_RECEIPTS);
    NEED(client->reply.deposit_reply.results[0].outcome == DEPOSIT_REGISTERED);
    NEED(client_ask(client, &reload));
    NEED(client->reply.kind == MESSAGE_RELOAD);
    NEED(span_equal(client->reply.reload_reply.text,
                    span_str(client->reload_text)));
    return true;
}

static bool client_story(struct depositor *client)
{
    struct sealed sealed;
    struct depositor other;

    NEED(client_connect(client));
    NEED(wait_ready(client));
    NEED(hang_up(client, &other));
    for (int round = 0; round < ROUNDS; round++) {
        memset(&sealed, 0, sizeof(sealed));
        NEED(deposit(client, &sealed));
        if (round == ROUNDS - 1) {
            NEED(refused(client, &sealed));
            NEED(read_back(client, &sealed));
        }
        for (size_t i = 0; i < BLOCKS; i++) {
            free(sealed.blocks[i]);
        }
    }
    return true;
}

static void client_thread(void *arg)
{
    struct depositor *client = arg;

    (void)client_story(client); /* client->failed says where */
    close(client->fd);
    local_reader_done(&client->reader);
    arena_done(&client->arena);
    kill(getpid(), SIGTERM);
}

/* ---- a node in a folder of its own ---- */

struct fixture {
    char folder[64];
    char data[128];
    struct config config;
    struct node_key key;
    struct roster_chain *chain;
};

static void make_keys(struct fixture *fixture)
{
    uint8_t seed[32];

    rosters_seed("ledger", "viasna-1", seed);
    cr_assert_eq(sign_key_init(&fixture->key.ledger, seed), ERR_OK);
    rosters_seed("witness", "viasna-1", seed);
    cr_assert_eq(sign_key_init(&fixture->key.witness, seed), ERR_OK);
    rosters_seed("session", "viasna-1", seed);
    cr_assert_eq(x25519_pair_init(&fixture->key.session, seed), ERR_OK);
}

static void make_roster(struct fixture *fixture)
{
    struct buf text;
    struct buf note;
    struct cid cid;

    buf_init(&text, ROSTER_SIZE_MAX);
    buf_init(&note, ROSTER_NOTE_SIZE_MAX);
    rosters_put_head(&text, 1, NULL, NULL, NULL);
    rosters_put_member(&text, "viasna");
    rosters_put_node(&text, "viasna-1", "viasna", "store", "LT", "listen");
    rosters_cid(&text, &cid);
    rosters_sign(&note, &text, &cid, "viasna");
    cr_assert_eq(roster_chain_new(buf_span(&note), &fixture->chain, NULL),
                 ERR_OK);
    FILE *file = fopen(fixture->config.roster, "w");

    cr_assert_not_null(file);
    cr_assert_eq(fwrite(note.data, 1, note.size, file), note.size);
    cr_assert_eq(fclose(file), 0);
    buf_done(&text);
    buf_done(&note);
}

static void make_node(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    cr_assert_eq(crypto_init(), ERR_OK);
    strcpy(fixture->folder, "/tmp/hf-driver-XXXXXX");
    cr_assert_not_null(mkdtemp(fixture->folder));
    snprintf(fixture->data, sizeof(fixture->data), "%s/data", fixture->folder);
    cr_assert_eq(mkdir(fixture->data, 0700), 0);
    cr_assert_eq(
        store_create(fixture->data, "viasna-1", span_str("read me\n"), NULL),
        ERR_OK);
    config_init(&fixture->config);
    fixture->config.has_node = true;
    strcpy(fixture->config.name, "viasna-1");
    strcpy(fixture->config.data, fixture->data);
    snprintf(fixture->config.file, sizeof(fixture->config.file),
             "%s/holdfast.conf", fixture->folder);
    snprintf(fixture->config.socket, sizeof(fixture->config.socket),
             "%s/socket", fixture->folder);
    snprintf(fixture->config.roster, sizeof(fixture->config.roster),
             "%s/roster", fixture->folder);
    fixture->config.min_free = 1 << 20;
    make_keys(fixture);
    make_roster(fixture);
    log_set_level(LOG_LEVEL_ERROR);
}

static void remove_node(struct fixture *fixture)
{
    char command[256];

    node_key_done(&fixture->key);
    snprintf(command, sizeof(command), "rm -r %s", fixture->folder);
    cr_assert_eq(system(command), 0);
}

/* Gives what driver_new() or driver_listen() says. */
static enum err start(struct fixture *fixture, struct store **ret_store,
                      struct driver **ret_driver, struct why *ret_why)
{
    struct store_opened opened;

    cr_assert_eq(store_open(fixture->data, "viasna-1", fixture->config.min_free,
                            ret_store, &opened, ret_why),
                 ERR_OK, "%s", ret_why->text);

    static const struct clients nobody = { .count = 0 };
    struct driver_options options = {
        .config = &fixture->config,
        .config_path = "/nonexistent",
        .key = &fixture->key,
        .clients = &nobody,
        .chain = fixture->chain,
        .store = *ret_store,
        .opened = &opened,
    };

    enum err err = driver_new(&options, ret_driver, ret_why);

    if (err == ERR_OK) {
        err = driver_listen(*ret_driver, ret_why);
        if (err != ERR_OK) {
            driver_free(*ret_driver);
            *ret_driver = NULL;
        }
    }
    return err;
}

/* A whole node takes deposits over its socket, finds every item's blocks
 * however closely the item follows them, gives all back, outlives a caller that
 * hangs up before its answers, and ends with 0. */
Test(driver, serves_and_ends)
{
    struct fixture fixture;
    struct store *store;
    struct driver *driver;
    struct why why = { "" };
    uv_thread_t thread;

    make_node(&fixture);
    char reload_text[256];
    struct depositor client = { .path = fixture.config.socket,
                                .reload_text = reload_text,
                                .fd = -1 };

    snprintf(reload_text, sizeof(reload_text),
             "configuration not taken, the old one holds:\n"
             "/nonexistent: No such file or directory\n"
             "roster file %s read; version 1 is in force\n"
             "clients read: 0\n",
             fixture.config.roster);
    cr_assert_eq(start(&fixture, &store, &driver, &why), ERR_OK, "%s",
                 why.text);
    cr_assert_eq(uv_thread_create(&thread, client_thread, &client), 0);
    cr_assert_eq(driver_run(driver), 0);
    uv_thread_join(&thread);
    cr_assert_eq(client.failed, 0, "the client stopped at line %d",
                 client.failed);
    driver_free(driver);
    store_close(store);
    remove_node(&fixture);
}

/* A client that leaves requests in hand when the node ends. */
static void leaver_thread(void *arg)
{
    struct depositor *client = arg;
    struct sealed sealed = { .sizes = { 0 } };

    if (client_connect(client) && wait_ready(client) && seal(client, &sealed)) {
        for (int i = 0; i < 8; i++) {
            struct span block = span_of(sealed.blocks[0], sealed.sizes[0]);
            struct message request = { .kind = MESSAGE_DEPOSIT };

            request.deposit.names = &sealed.names[0];
            request.deposit.blocks = &block;
            request.deposit.blocks_count = 1;
            (void)client_send(client, &request);
        }
    }
    kill(getpid(), SIGTERM);
    kill(getpid(), SIGHUP);
    kill(getpid(), SIGTERM); /* does not wait for what is in hand */
    for (size_t i = 0; i < BLOCKS; i++) {
        free(sealed.blocks[i]);
    }
}

/* Told twice to end, it ends at once, in the middle of everything. */
Test(driver, ends_at_once)
{
    struct fixture fixture;
    struct store *store;
    struct driver *driver;
    struct why why = { "" };
    uv_thread_t thread;

    make_node(&fixture);

    struct depositor client = { .path = fixture.config.socket, .fd = -1 };

    cr_assert_eq(start(&fixture, &store, &driver, &why), ERR_OK, "%s",
                 why.text);
    cr_assert_eq(uv_thread_create(&thread, leaver_thread, &client), 0);
    cr_assert_eq(driver_run(driver), 0);
    uv_thread_join(&thread);
    cr_assert_eq(client.failed, 0, "the client stopped at line %d",
                 client.failed);
    driver_free(driver);
    close(client.fd);
    local_reader_done(&client.reader);
    arena_done(&client.arena);
    store_close(store);
    remove_node(&fixture);
}

/* What cannot be opened is said, and nothing of it stays behind. */
Test(driver, refuses_what_it_cannot_open)
{
    struct fixture fixture;
    struct store *store = NULL;
    struct driver *driver = NULL;
    struct why why = { "" };

    make_node(&fixture);

    struct config good = fixture.config;

    strcpy(fixture.config.socket, "/nonexistent/socket");
    cr_assert_eq(start(&fixture, &store, &driver, &why), ERR_IO);
    cr_assert_not_null(strstr(why.text, "/nonexistent/socket"));
    store_close(store);
    make_roster(&fixture);
    fixture.config = good;
    strcpy(fixture.config.listen, "256.256.256.256:1");
    cr_assert_neq(start(&fixture, &store, &driver, &why), ERR_OK);
    cr_assert_not_null(strstr(why.text, "[network] listen"));
    store_close(store);
    make_roster(&fixture);
    strcpy(fixture.config.name, "stranger-1");
    cr_assert_eq(start(&fixture, &store, &driver, &why), ERR_NOT_A_MEMBER);
    store_close(store);
    remove_node(&fixture);
}
