/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints over real sockets on 127.0.0.1: what honest peers do. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "net/resolve.h"
#include "peer.h"

static struct peer alice; /* dials */
static struct peer bob;   /* listens */
static struct peer *both[2] = { &alice, &bob };
static char bob_address[32];

static void setup(void)
{
    shift_ms = 0;
    peer_init(&alice, &(struct endpoint_options){ .context_count = 0 });
    peer_init(&bob, NULL);
    peer_listen(&bob, bob_address);
    peers_acquaint(&alice, &bob);
}

static void teardown(void)
{
    peer_done(&alice);
    peer_done(&bob);
}

TestSuite(endpoint, .init = setup, .fini = teardown, .timeout = 60);

/* A link to bob with a session. */
static struct link *connect_bob(void)
{
    struct link *link = peer_dial(&alice, &bob, bob_address);

    run_count(both, 2, &alice.ready_count, 1, "handshake");
    return link;
}

/* A handshake, a small question, a large one, and a large answer. */
Test(endpoint, asks_and_answers)
{
    struct link *link = connect_bob();
    char text[ADDRESS_SIZE_MAX + 1];
    uint32_t pipe_id = 0;

    cr_assert_eq(peer_ask(&alice, link, 1, 10, TIMEOUT_CONTROL_MS), ERR_OK);
    run_count(both, 2, &alice.reply_count, 1, "small");
    cr_assert_eq(alice.last_token, 1);
    cr_assert_eq(alice.last_reply_size, 10);
    cr_assert_eq(peer_ask(&alice, link, 2, BLOCK_SIZE_MAX, TIMEOUT_BLOCK_MS),
                 ERR_OK);
    run_count(both, 2, &alice.reply_count, 2, "large");
    cr_assert_eq(alice.last_token, 2);
    cr_assert_eq(alice.last_reply_size, BLOCK_SIZE_MAX);
    cr_assert_eq(bob.dropped_count, 0);
    cr_assert(link_is_up(link, &pipe_id));
    endpoint_pipe_address(pipe_id, text);
    cr_assert_str_eq(text, bob_address);
    endpoint_pipe_address(pipe_id + 1, text);
}

/* The largest frame passes the receive limit. */
Test(endpoint, largest_frame)
{
    struct link *link = connect_bob();
    struct packet *packet;

    cr_assert_eq(peer_ask(&alice, link, 1,
                          MESSAGE_SIZE_MAX - FRAME_HEAD_SIZE - AEAD_TAG_SIZE,
                          TIMEOUT_BLOCK_MS),
                 ERR_OK);
    bob.reply_size = 1;
    run_count(both, 2, &alice.reply_count, 1, "largest");
    cr_assert_eq(
        packet_new(MESSAGE_SIZE_MAX - FRAME_HEAD_SIZE - AEAD_TAG_SIZE + 1,
                   &packet),
        ERR_TOO_BIG);
}

/* A link takes its bound of requests, then says that it is busy; each is
 * answered, in whatever order the answers come. */
Test(endpoint, requests_are_bounded)
{
    struct link *link = connect_bob();
    uint64_t token;

    bob.holds = true;
    for (token = 0; token < LINK_SLOTS; token++) {
        cr_assert_eq(peer_ask(&alice, link, token, 100, TIMEOUT_CONTROL_MS),
                     ERR_OK);
    }
    cr_assert_eq(peer_ask(&alice, link, token, 100, TIMEOUT_CONTROL_MS),
                 ERR_BUSY);
    run_count(both, 2, &bob.call_count, LINK_SLOTS, "all asked");
    bob.reply_size = 5;
    peer_answer(&bob, 7); /* out of order */
    run_count(both, 2, &alice.reply_count, 1, "one reply");
    cr_assert_eq(peer_ask(&alice, link, token, 100, TIMEOUT_CONTROL_MS),
                 ERR_OK);
    run_count(both, 2, &bob.call_count, LINK_SLOTS, "asked again");
    while (bob.call_count > 0) {
        peer_answer(&bob, 0);
    }
    run_count(both, 2, &alice.reply_count, LINK_SLOTS + 1, "all replies");
    cr_assert_eq(alice.failed_count, 0);
}

/* When every context is taken, requests wait and are served later. */
Test(endpoint, contexts_run_out)
{
    struct peer carol;
    struct peer dora;
    struct peer *all[3] = { &alice, &dora, &carol };
    struct endpoint_options few = { .context_count = 4 };
    char address[32];
    struct link *from_alice;
    struct link *from_dora;

    peer_init(&carol, &few);
    peer_init(&dora, &(struct endpoint_options){ .context_count = 0 });
    peers_acquaint(&alice, &carol);
    peers_acquaint(&dora, &carol);
    peer_listen(&carol, address);
    from_alice = peer_dial(&alice, &carol, address);
    from_dora = peer_dial(&dora, &carol, address);
    run_count(all, 3, &alice.ready_count, 1, "alice");
    run_count(all, 3, &dora.ready_count, 1, "dora");

    carol.holds = true;
    for (uint64_t token = 0; token < 6; token++) {
        cr_assert_eq(
            peer_ask(&alice, from_alice, token, 10, TIMEOUT_CONTROL_MS),
            ERR_OK);
    }
    run_count(all, 3, &carol.call_count, 4, "all contexts");
    cr_assert_eq(peer_ask(&dora, from_dora, 1, 10, TIMEOUT_CONTROL_MS), ERR_OK);
    run_for(all, 3, 100);
    cr_assert_eq(carol.call_count, 4);
    cr_assert_eq(dora.reply_count, 0);
    carol.holds = false;
    while (carol.call_count > 0) {
        peer_answer(&carol, 0);
    }
    run_count(all, 3, &dora.reply_count, 1, "dora is served");
    run_count(all, 3, &alice.reply_count, 6, "alice is served");
    peer_done(&carol);
    peer_done(&dora);
}

/* A stranger gets silence; after three time-outs in a row he hangs up. */
Test(endpoint, strangers_get_silence)
{
    struct peer eve;
    struct peer *all[2] = { &eve, &bob };

    peer_init(&eve, &(struct endpoint_options){ .context_count = 0 });
    (void)peer_dial(&eve, &bob, bob_address);
    run_count(all, 2, &bob.dropped_count, 1, "hello");
    cr_assert_eq(bob.drop_err, ERR_NOT_A_MEMBER);
    run_for(all, 2, 50);
    cr_assert_eq(eve.ready_count + eve.reply_count + eve.failed_count, 0);
    shift_ms += TIMEOUT_HANDSHAKE_MS;
    run_count(all, 2, &eve.failed_count, 1, "time-out");
    cr_assert_eq(eve.last_token, TOKEN_HANDSHAKE);
    /* Ten seconds without a session: the pipe is closed, too. */
    run_count(all, 2, &eve.down_count, 1, "closed");
    run_count(all, 2, &bob.gone_count, 1, "gone");
    peer_done(&eve);
}

/* A frame that was seen before is dropped, and changes nothing. */
Test(endpoint, replayed_frames_are_dropped)
{
    struct link *link = connect_bob();
    struct session *session;
    struct sealing sealing;
    struct packet *packet;
    struct packet *again;
    uint32_t pipe_id = 0;

    cr_assert(link_is_up(link, &pipe_id));
    session = sessions_of_pipe(alice.sessions, pipe_id);
    cr_assert_eq(
        packet_make(&(struct span){ (const uint8_t *)"hi", 2 }, 1, &packet),
        ERR_OK);
    cr_assert_eq(session_reserve(session, 2, &sealing), ERR_OK);
    packet_seal(packet, &sealing, &alice.aead);
    sealing_done(&sealing);
    cr_assert_eq(packet_copy(packet_span(packet), &again), ERR_OK);
    cr_assert_eq(link_send(link, pipe_id, 1, packet, 1000, now_ms()), ERR_OK);
    run_count(both, 2, &alice.reply_count, 1, "first");
    cr_assert_eq(link_send(link, pipe_id, 2, again, 1000, now_ms()), ERR_OK);
    run_count(both, 2, &bob.dropped_count, 1, "replay");
    cr_assert_eq(bob.drop_err, ERR_CONFLICT);
    shift_ms += 1000;
    run_count(both, 2, &alice.failed_count, 1, "no answer");
    cr_assert_eq(alice.last_err, ERR_TIMEOUT);
    cr_assert_eq(peer_ask(&alice, link, 3, 10, 1000), ERR_OK);
    run_count(both, 2, &alice.reply_count, 2, "still fine");
}

/* A request without an answer ends when its time is over, not before; three in
 * a row close the pipe, and the link comes back. */
Test(endpoint, time_outs)
{
    struct link *link = connect_bob();

    bob.holds = true;
    cr_assert_eq(peer_ask(&alice, link, 1, 10, TIMEOUT_CONTROL_MS), ERR_OK);
    run_count(both, 2, &bob.call_count, 1, "asked");
    shift_ms += TIMEOUT_CONTROL_MS - 5000;
    run_for(both, 2, 50);
    cr_assert_eq(alice.failed_count, 0);
    shift_ms += 5000;
    run_count(both, 2, &alice.failed_count, 1, "time-out");
    cr_assert_eq(alice.last_err, ERR_TIMEOUT);
    cr_assert_eq(alice.last_token, 1);
    cr_assert_eq(alice.down_count, 0);
    peer_answer(&bob, 0); /* too late: nobody hears of it */
    cr_assert_eq(peer_ask(&alice, link, 2, 10, 1000), ERR_OK);
    cr_assert_eq(peer_ask(&alice, link, 3, 10, 1000), ERR_OK);
    run_count(both, 2, &bob.call_count, 2, "asked again");
    shift_ms += 1000;
    run_count(both, 2, &alice.down_count, 1, "pipe closed");
    run_count(both, 2, &alice.failed_count, 3, "all ended");
    cr_assert_eq(alice.reply_count, 0);
    run_count(both, 2, &bob.gone_count, 1, "bob sees it");
    peer_ignore(&bob, 0);
    peer_ignore(&bob, 0);
    bob.holds = false;
    run_count(both, 2, &alice.ready_count, 2, "back again");
    cr_assert_eq(peer_ask(&alice, link, 4, 10, 1000), ERR_OK);
    run_count(both, 2, &alice.reply_count, 1, "works again");
}

/* A frame that was sealed for a pipe that is gone is not sent on another. */
Test(endpoint, frames_stay_on_their_pipe)
{
    struct link *link = connect_bob();
    struct packet *packet;
    uint32_t pipe_id = 0;

    cr_assert(link_is_up(link, &pipe_id));
    cr_assert_eq(packet_new(5, &packet), ERR_OK);
    cr_assert_eq(link_send(link, pipe_id + 1, 1, packet, 1000, now_ms()),
                 ERR_UNREACHABLE);
    endpoint_pipe_close(alice.endpoint, pipe_id);
    run_count(both, 2, &alice.down_count, 1, "down");
    cr_assert_eq(packet_new(5, &packet), ERR_OK);
    cr_assert_eq(link_send(link, pipe_id, 1, packet, 1000, now_ms()),
                 ERR_UNREACHABLE);
    run_count(both, 2, &alice.ready_count, 2, "back again");
}

/* The listener goes away with a request in flight, and comes back. */
Test(endpoint, listener_goes_and_comes)
{
    struct link *link = connect_bob();
    struct endpoint_options options = { .context_count = 32 };
    struct x25519_pair pair;
    struct why why;

    bob.holds = true;
    cr_assert_eq(peer_ask(&alice, link, 1, 10, TIMEOUT_BLOCK_MS), ERR_OK);
    run_count(both, 2, &bob.call_count, 1, "asked");
    pair = bob.pair;
    bob.pair = (struct x25519_pair){ 0 };
    peer_done(&bob);
    bob.endpoint = NULL;
    run_count(both, 2, &alice.down_count, 1, "down");
    run_count(both, 2, &alice.failed_count, 1, "request failed");
    cr_assert_eq(alice.last_err, ERR_UNREACHABLE);
    cr_assert_eq(peer_ask(&alice, link, 2, 10, 1000), ERR_UNREACHABLE);

    peer_init(&bob, &options);
    x25519_pair_done(&bob.pair);
    bob.pair = pair;
    bob.known[bob.known_count++] = &alice;
    cr_assert_eq(endpoint_listen(bob.endpoint, bob_address, &why), ERR_OK, "%s",
                 why.text);
    run_count(both, 2, &alice.ready_count, 2, "back again");
    cr_assert_eq(peer_ask(&alice, link, 3, 10, 1000), ERR_OK);
    run_count(both, 2, &alice.reply_count, 1, "works again");
}

/* The wall clock jumps an hour: what is under way is cancelled, dialers and
 * listeners are made anew, and all works again. */
static void jump(int64_t ms, bool all)
{
    struct link *link = connect_bob();
    uint16_t port = endpoint_port(bob.endpoint, 0);

    leaks_are_expected = true;
    bob.holds = true;
    cr_assert_eq(peer_ask(&alice, link, 1, 10, TIMEOUT_BLOCK_MS), ERR_OK);
    run_count(both, 2, &bob.call_count, 1, "asked");
    alice.wall_shift_ms += ms;
    bob.wall_shift_ms += all ? ms : 0;
    run_count(both, 2, &alice.failed_count, 1, "cancelled");
    run_count(both, 2, &alice.down_count, 1, "down");
    peer_answer(&bob, 0);
    bob.holds = false;
    run_count(both, 2, &alice.ready_count, 2, "back again");
    cr_assert_eq(endpoint_port(bob.endpoint, 0), port);
    cr_assert_eq(peer_ask(&alice, link, 2, 10, 1000), ERR_OK);
    run_count(both, 2, &alice.reply_count, 1, "works again");
}

/* Backwards, on both machines. */
Test(endpoint, wall_clock_jumps_back)
{
    jump(-3600000, true);
}

/* Forwards, on the dialling one. */
Test(endpoint, wall_clock_jumps_forward)
{
    jump(3600000, false);
}

/* A step of half a second is no jump. */
Test(endpoint, wall_clock_drifts)
{
    (void)connect_bob();
    alice.wall_shift_ms += 500;
    bob.wall_shift_ms -= 500;
    run_for(both, 2, 50);
    cr_assert_eq(alice.down_count, 0);
}

/* 90 s without a word end a pipe, on both sides; the link comes back. */
Test(endpoint, silent_pipes_are_closed)
{
    struct link *link = connect_bob();

    cr_assert_eq(peer_ask(&alice, link, 1, 10, TIMEOUT_CONTROL_MS), ERR_OK);
    run_count(both, 2, &alice.reply_count, 1, "confirmed");
    shift_ms += PIPE_SILENT_MS - 10000;
    run_for(both, 2, 50);
    cr_assert_eq(alice.down_count, 0);
    shift_ms += 10000;
    run_count(both, 2, &alice.down_count, 1, "down");
    run_count(both, 2, &bob.gone_count, 1, "gone");
    run_count(both, 2, &alice.ready_count, 2, "back again");
}

/* While a block may still be on its way, the pipe is not silent. */
Test(endpoint, slow_blocks_keep_a_pipe)
{
    struct link *link = connect_bob();

    bob.holds = true;
    cr_assert_eq(peer_ask(&alice, link, 1, 10, TIMEOUT_BLOCK_MS), ERR_OK);
    run_count(both, 2, &bob.call_count, 1, "asked");
    shift_ms += PIPE_SILENT_MS + 1000;
    run_for(both, 2, 50);
    cr_assert_eq(alice.down_count, 0);
    peer_answer(&bob, 0);
    run_count(both, 2, &alice.reply_count, 1, "answered");
}

/* Of several addresses the one that answers wins, wherever it stands. */
Test(endpoint, several_addresses)
{
    const char *addresses[3] = { "127.0.0.1:1", "[::1]:1", bob_address };
    const char *bad[1] = { "nowhere" };
    struct link *link;
    struct why why;

    cr_assert_eq(
        link_new(alice.endpoint, addresses, 3, 0, now_ms(), &link, &why),
        ERR_OK);
    run_count(both, 2, &alice.ready_count, 1, "handshake");
    cr_assert_eq(peer_ask(&alice, link, 1, 10, 1000), ERR_OK);
    run_count(both, 2, &alice.reply_count, 1, "reply");
    run_for(both, 2, 1000);
    cr_assert_eq(alice.up_count, 1);
    cr_assert_eq(link_set_addresses(link, addresses, 3, now_ms()), ERR_OK);
    cr_assert_eq(link_set_addresses(link, bad, 1, now_ms()), ERR_MALFORMED);
    cr_assert_eq(link_new(alice.endpoint, bad, 1, 0, now_ms(), &link, &why),
                 ERR_MALFORMED);
}

/* New addresses count at once when the link is down. */
Test(endpoint, addresses_change)
{
    const char *old[1] = { "127.0.0.1:1" };
    const char *new[1] = { bob_address };
    struct link *link;
    struct why why;

    cr_assert_eq(link_new(alice.endpoint, old, 1, 0, now_ms(), &link, &why),
                 ERR_OK);
    run_for(both, 2, 50);
    cr_assert_eq(alice.up_count, 0);
    cr_assert_eq(link_set_addresses(link, new, 1, now_ms()), ERR_OK);
    run_count(both, 2, &alice.ready_count, 1, "handshake");
}

/* A freed link is silent, also about what was in flight; the next link takes
 * its socket over. */
Test(endpoint, links_are_used_again)
{
    struct link *link = connect_bob();
    struct link *next;

    bob.holds = true;
    cr_assert_eq(peer_ask(&alice, link, 1, 10, TIMEOUT_CONTROL_MS), ERR_OK);
    run_count(both, 2, &bob.call_count, 1, "asked");
    link_free(link);
    run_count(both, 2, &alice.gone_count, 1, "gone");
    run_count(both, 2, &bob.gone_count, 1, "bob sees it");
    peer_answer(&bob, 0);
    run_now(both, 2);
    cr_assert_eq(alice.failed_count, 0);
    cr_assert_eq(alice.down_count, 0);
    bob.holds = false;
    /* NNG may dial again at once; after a moment its dialer is closed. */
    run_for(both, 2, 50);
    shift_ms += RECONNECT_MIN_MS;
    run_for(both, 2, 50);
    next = peer_dial(&alice, &bob, bob_address);
    cr_assert_eq(next, link);
    run_count(both, 2, &alice.ready_count, 2, "handshake");
    cr_assert_eq(peer_ask(&alice, next, 2, 10, TIMEOUT_CONTROL_MS), ERR_OK);
    run_count(both, 2, &alice.reply_count, 1, "reply");
    cr_assert_eq(alice.last_token, 2);
}

/* Links are bounded. */
Test(endpoint, link_count)
{
    struct link *links[LINK_COUNT_MAX];
    struct link *more;
    struct why why;

    for (size_t index = 0; index < LINK_COUNT_MAX; index++) {
        cr_assert_eq(
            link_new(alice.endpoint, NULL, 0, 0, now_ms(), &links[index], &why),
            ERR_OK);
    }
    cr_assert_eq(link_new(alice.endpoint, NULL, 0, 0, now_ms(), &more, &why),
                 ERR_FULL);
    link_free(links[9]);
    run_now(both, 2);
    cr_assert_eq(link_new(alice.endpoint, NULL, 0, 0, now_ms(), &more, &why),
                 ERR_OK);
    cr_assert_eq(more, links[9]);
}

/* Are only the calls left whose answers wait for budget? */
static bool two_calls_left(const void *ctx)
{
    struct endpoint_counts counts;

    (void)ctx;
    endpoint_counts(bob.endpoint, &counts);
    return counts.calls == 2;
}

/* Large answers wait for upload budget; small ones pass them. */
Test(endpoint, upload_limit)
{
    struct link *link = connect_bob();
    struct endpoint_counts counts;

    endpoint_set_upload_max(bob.endpoint, 100000);
    bob.holds = true;
    for (uint64_t token = 1; token <= 4; token++) {
        cr_assert_eq(peer_ask(&alice, link, token, 10, TIMEOUT_BLOCK_MS),
                     ERR_OK);
    }
    run_count(both, 2, &bob.call_count, 4, "asked");
    bob.reply_size = 1000000;
    peer_answer(&bob, 0); /* takes what was saved, and nine seconds */
    peer_answer(&bob, 0);
    peer_answer(&bob, 0);
    bob.reply_size = 100;
    peer_answer(&bob, 0);
    run_count(both, 2, &alice.reply_count, 2, "the first and the small one");
    run_until(both, 2, two_calls_left, NULL, "two are held");
    endpoint_counts(bob.endpoint, &counts);
    cr_assert_gt(counts.held_bytes, 2000000);
    cr_assert_lt(counts.held_bytes, 2001000);
    shift_ms += 9100;
    run_count(both, 2, &alice.reply_count, 3, "the second");
    shift_ms += 10100;
    run_count(both, 2, &alice.reply_count, 4, "the third");
    cr_assert_eq(alice.last_reply_size, 1000000);
}

/* A request that waits for budget ends like any other. */
Test(endpoint, held_requests_time_out)
{
    struct link *link = connect_bob();

    endpoint_set_upload_max(alice.endpoint, 1000);
    cr_assert_eq(peer_ask(&alice, link, 1, 100000, TIMEOUT_BLOCK_MS), ERR_OK);
    cr_assert_eq(peer_ask(&alice, link, 2, 100000, 1000), ERR_OK);
    run_count(both, 2, &alice.reply_count, 1, "the first");
    shift_ms += 1000;
    run_count(both, 2, &alice.failed_count, 1, "time-out");
    cr_assert_eq(alice.last_token, 2);
    cr_assert_eq(alice.last_err, ERR_TIMEOUT);
    cr_assert_eq(peer_ask(&alice, link, 3, 10, 1000), ERR_OK);
    run_count(both, 2, &alice.reply_count, 2, "small ones pass");
}

/* What cannot be listened on is an error with a sentence. */
Test(endpoint, bad_listeners)
{
    struct why why;

    cr_assert_eq(endpoint_listen(alice.endpoint, "127.0.0.1:0", &why),
                 ERR_UNSUPPORTED);
    cr_assert_eq(endpoint_listen(bob.endpoint, "127.0.0.1", &why),
                 ERR_MALFORMED);
    cr_assert_eq(endpoint_listen(bob.endpoint, bob_address, &why), ERR_IO);
    cr_assert(strstr(why.text, bob_address) != NULL);
    cr_assert_eq(endpoint_listen(bob.endpoint, "192.0.2.1:0", &why), ERR_IO);
    cr_assert_eq(endpoint_port(bob.endpoint, 1), 0);
}

/* [::] takes callers of both families. */
Test(endpoint, dual_stack)
{
    struct link *link;
    struct why why;
    char text[32];

    if (endpoint_listen(bob.endpoint, "[::]:0", &why) != ERR_OK) {
        cr_skip_test("no IPv6 here: %s", why.text);
    }
    (void)snprintf(text, sizeof(text), "127.0.0.1:%u",
                   endpoint_port(bob.endpoint, 1));
    link = peer_dial(&alice, &bob, text);
    run_count(both, 2, &alice.ready_count, 1, "IPv4");
    (void)snprintf(text, sizeof(text), "[::1]:%u",
                   endpoint_port(bob.endpoint, 1));
    (void)peer_dial(&alice, &bob, text);
    run_count(both, 2, &alice.ready_count, 2, "IPv6");
    cr_assert_eq(peer_ask(&alice, link, 1, 10, 1000), ERR_OK);
    run_count(both, 2, &alice.reply_count, 1, "reply");
}

/* A literal address resolves to itself, a bad one is refused, and a list is
 * never longer than its room. */
Test(endpoint, resolving)
{
    struct net_address list[2];
    struct why why;
    size_t count = 0;

    cr_assert_eq(resolve_address("127.0.0.1:7711", list, 2, &count, &why),
                 ERR_OK);
    cr_assert_eq(resolve_address("127.0.0.1:7711", list, 2, &count, &why),
                 ERR_OK);
    cr_assert_eq(count, 1);
    cr_assert_str_eq(list[0].text, "127.0.0.1:7711");
    cr_assert_eq(resolve_address("[::1]:7711", list, 2, &count, &why), ERR_OK);
    cr_assert_str_eq(list[1].text, "[::1]:7711");
    cr_assert_eq(resolve_address("127.0.0.2:7711", list, 2, &count, &why),
                 ERR_OK);
    cr_assert_eq(count, 2);
    cr_assert_eq(resolve_address("no port", list, 2, &count, &why),
                 ERR_MALFORMED);
}
