/* SPDX-License-Identifier: Apache-2.0 */
/* Ways to be broken on purpose, each of which the simulator must catch. They
 * exist only in its own copy of the core, compiled with HF_SIM_FAULTS. */
#ifndef HF_CORE_FAULTS_H
#define HF_CORE_FAULTS_H

#ifdef HF_SIM_FAULTS
enum sim_fault {
    SIM_FAULT_TWO_ROOTS = 1, /* signs before the leaves are durable, and does
                                not believe the mark */
    SIM_FAULT_EARLY_RECEIPT = 2, /* answers before anything is durable */
    SIM_FAULT_NO_VERIFY = 4,     /* takes header objects unverified */
    SIM_FAULT_GIVE_UP = 8,       /* never asks again after a failure */
    SIM_FAULT_FLOOD = 16,        /* more block requests than the limit */
    SIM_FAULT_BOAST = 32,        /* states that it holds everything */
    SIM_FAULT_EAGER = 64,        /* cosigns before the leaves are durable */
    SIM_FAULT_TWO_LEASES = 128,  /* leases the same to several peers */
    SIM_FAULT_NO_QUOTA = 256,    /* knows no quota */
    SIM_FAULT_NO_CHALLENGE_CHECK = 512, /* takes every proof for right */
    SIM_FAULT_KEEP_BAD = 1024           /* goes on counting what is bad */
};
#endif

#endif
