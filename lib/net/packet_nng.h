/* SPDX-License-Identifier: Apache-2.0 */
/* A packet is an NNG message. Inside of net only. */
#ifndef HF_NET_PACKET_NNG_H
#define HF_NET_PACKET_NNG_H

#include <nng/nng.h>

struct packet;

nng_msg *packet_to_msg(struct packet *packet);
struct packet *packet_of_msg(nng_msg *msg);

#endif
