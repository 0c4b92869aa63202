/* SPDX-License-Identifier: Apache-2.0 */
/* Ctrl-C and SIGTERM set a flag, and every wait ends on it; the work at hand
 * stops at a place where the same command can go on. A second Ctrl-C ends the
 * program at once. SIGUSR1 asks for one line of progress. The flags are the
 * only mutable globals of the command: a signal handler has no other place. */
#ifndef HF_TOOLS_INTERRUPT_H
#define HF_TOOLS_INTERRUPT_H

#include <poll.h>
#include <stdbool.h>

#include "tools/holdfast/output.h"

/* Once, first thing in main. Also ignores SIGPIPE. */
void interrupt_install(void);
/* Has somebody asked us to stop? Any thread. */
bool interrupted(void);
/* poll(2) that cannot miss a signal: one that came since the last look at
 * interrupted() ends the wait too, with -1 and EINTR. */
int interrupt_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
/* EXIT_INTERRUPTED or EXIT_TERMINATED, by what arrived. */
enum exit_code interrupt_exit_code(void);
/* Since the last call: did somebody ask for progress? */
bool interrupt_take_progress(void);
/* The end of a command that was interrupted: says that the same command goes
 * on. Gives the exit code. */
int interrupt_finish(struct output *output);

#endif
