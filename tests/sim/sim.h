/* SPDX-License-Identifier: Apache-2.0 */
/* One simulated run: some nodes, real cores, real records and signatures; time,
 * network and disks are made up from one seed. First a while with faults, then
 * all is healed and the honest nodes must agree. Equal options give an equal
 * trace hash. */
#ifndef HF_SIM_SIM_H
#define HF_SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/digest.h"

struct sim_options {
    uint64_t seed;
    unsigned nodes;
    unsigned dial;       /* the last ones: nobody can dial them */
    bool calm;           /* no faults; in the end the first disk is lost */
    unsigned copies;     /* that the rule wants; 0: on every node */
    bool hollow;         /* no faults, but the last one deletes its blocks */
    bool flood;          /* the last one deposits far over its quota */
    unsigned hours;      /* with faults */
    unsigned faults;     /* enum sim_fault of the core */
    bool forgetful_disk; /* says "durable" before it is */
    bool verbose;        /* every alarm and fault on stdout */
};

struct sim_result {
    struct digest trace;
    uint64_t steps;
    uint64_t deposits; /* answered with a receipt */
    uint64_t crashes;
    uint64_t moved;      /* bytes of blocks that crossed lines, */
    uint64_t needed;     /* and that had to */
    bool broken;         /* an invariant was violated */
    char violation[256]; /* the first one */
};

void sim_run(const struct sim_options *options, struct sim_result *ret_result);

#endif
