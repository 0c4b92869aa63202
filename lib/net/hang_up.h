/* SPDX-License-Identifier: Apache-2.0 */
/* End a connection below NNG.
 *
 * NNG 1.5.2 must not be told to close a pipe while part of a large message is
 * on its way through it: when the close meets the callback that asks for the
 * rest, that request is lost, and the one thread that takes all pipes apart
 * waits for it for ever (nanomsg/nng pull request 1636, fixed after 1.5.2).
 * Measured here: about one in 200 closings under load. So we shut the TCP
 * connection down first; NNG then sees its end like a peer's, and when nothing
 * can be under way any more, nng_pipe_close() is safe. Inside of net. */
#ifndef HF_NET_HANG_UP_H
#define HF_NET_HANG_UP_H

#include <nng/nng.h>

/* Any thread. Nothing happens when the connection is not found: then it has
 * ended already. */
void hang_up(nng_pipe pipe);

#endif
