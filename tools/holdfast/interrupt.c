/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

static volatile sig_atomic_t stop_signal;
static volatile sig_atomic_t progress_wanted;

static void stop(int number)
{
    stop_signal = number;
}

static void want_progress(int number)
{
    (void)number;
    progress_wanted = 1;
}

void interrupt_install(void)
{
    struct sigaction action;

    /* No SA_RESTART: a wait ends at once. SA_RESETHAND: the second Ctrl-C is
     * the system's. */
    memset(&action, 0, sizeof(action));
    sigemptyset(&action.sa_mask);
    action.sa_handler = stop;
    action.sa_flags = SA_RESETHAND;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = want_progress;
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    action.sa_handler = SIG_IGN;
    action.sa_flags = 0;
    sigaction(SIGPIPE, &action, NULL);
}

bool interrupted(void)
{
    return stop_signal != 0;
}

int interrupt_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    struct timespec time = { .tv_sec = timeout_ms / 1000,
                             .tv_nsec = timeout_ms % 1000 * 1000000L };
    sigset_t stops;
    sigset_t before;
    int ready;
    int number;

    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGTERM);
    sigprocmask(SIG_BLOCK, &stops, &before);
    if (interrupted()) {
        ready = -1;
        number = EINTR;
    } else {
        /* Between the look and the wait the signals are blocked: none is
         * lost. */
        ready = ppoll(fds, count, timeout_ms < 0 ? NULL : &time, &before);
        number = errno;
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = number;
    return ready;
}

enum exit_code interrupt_exit_code(void)
{
    return stop_signal == SIGTERM ? EXIT_TERMINATED : EXIT_INTERRUPTED;
}

bool interrupt_take_progress(void)
{
    bool wanted = progress_wanted != 0;

    progress_wanted = 0;
    return wanted;
}

int interrupt_finish(struct output *output)
{
    struct problem problem = {
        .exit_code = interrupt_exit_code(),
        .code = "INTERRUPTED",
        .state = "nothing is broken.",
        .action = "run the same command again to continue",
    };

    return output_problem(output, &problem, "interrupted");
}
