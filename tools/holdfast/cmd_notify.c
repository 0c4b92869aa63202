/* SPDX-License-Identifier: Apache-2.0 */
/* notify: one message when the state has changed; run by a timer. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/holdfast/cmd.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/file.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/local.h"
#include "tools/holdfast/notify.h"
#include "tools/holdfast/tool.h"

#define SENDMAIL "/usr/sbin/sendmail"
#define MEMORY_PATH_SIZE 4096

extern char **environ;

/* The state, and the name for the subject; a node that does not answer is a
 * state, too. */
static void look(struct tool *tool, struct notify_state *ret_state,
                 char name[static NOTIFY_LINE_SIZE])
{
    struct message request = { .kind = MESSAGE_STATUS };
    struct message reply;
    char code[LINE_CODE_SIZE];
    struct line *line = NULL;
    struct why why = { "" };
    const char *path = tool->options.socket != NULL ? tool->options.socket
                                                    : tool->config.socket;
    enum err err = local_connect(path, tool->options.timeout_ms, &line, &why);

    snprintf(name, NOTIFY_LINE_SIZE, "%s", tool->config.name);
    if (err == ERR_OK) {
        err = line_ask(line, &request, &reply, code, &why);
    }
    if (err == ERR_OK) {
        struct span cid = reply.status_reply.consortium;

        if (cid.size > 17) { /* without the digits that make it unique */
            snprintf(name, NOTIFY_LINE_SIZE, "%.*s", (int)cid.size - 17,
                     (const char *)cid.data);
        }
        notify_state_of(&reply.status_reply, ret_state);
    } else {
        notify_state_silent(why.text[0] != '\0' ? why.text : err_text(err),
                            ret_state);
    }
    line_free(line);
}

static int write_all(int fd, struct span bytes)
{
    while (bytes.size > 0) {
        ssize_t size = write(fd, bytes.data, bytes.size);

        if (size < 0 && errno != EINTR) {
            return errno;
        }
        bytes = span_part(bytes, size < 0 ? 0 : (size_t)size, bytes.size);
    }
    return 0;
}

/* Run a program with these bytes on its standard input. */
static enum err hand_over(char *const words[], struct span message,
                          struct why *ret_why)
{
    posix_spawn_file_actions_t actions;
    int ends[2];
    pid_t pid;
    int status = 0;

    if (pipe2(ends, O_CLOEXEC) != 0 ||
        posix_spawn_file_actions_init(&actions) != 0) {
        return why_set(ret_why, ERR_IO, "no pipe: %s", strerror(errno));
    }
    (void)posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);

    int error = posix_spawn(&pid, words[0], &actions, NULL, words, environ);

    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[0]);
    if (error != 0) {
        (void)close(ends[1]);
        return why_set(ret_why, ERR_IO, "%s: %s", words[0], strerror(error));
    }
    (void)signal(SIGPIPE, SIG_IGN);    /* it may not read all of it */
    (void)write_all(ends[1], message); /* its exit code says */
    (void)close(ends[1]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return why_set(ret_why, ERR_IO, "%s ended with %s %d", words[0],
                       WIFEXITED(status) ? "code" : "signal",
                       WIFEXITED(status) ? WEXITSTATUS(status)
                                         : WTERMSIG(status));
    }
    return ERR_OK;
}

static enum err deliver(const struct tool *tool, struct span message,
                        struct why *ret_why)
{
    const struct config *config = &tool->config;
    char *command[] = { (char *)config->notify_command, NULL };
    char *sendmail[] = { (char *)SENDMAIL,
                         (char *)"-i",
                         (char *)"-f",
                         (char *)config->notify_from,
                         (char *)"--",
                         (char *)config->notify_to,
                         NULL };

    return hand_over(config->notify_command[0] != '\0' ? command : sendmail,
                     message, ret_why);
}

/* Where it is kept what was said last: the unit's, else the user's. */
static enum err memory_path(char path[static MEMORY_PATH_SIZE],
                            struct why *ret_why)
{
    const char *unit = getenv("STATE_DIRECTORY");
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int size;

    if (unit != NULL && unit[0] == '/') {
        size = snprintf(path, MEMORY_PATH_SIZE, "%s/last", unit);
    } else if (state != NULL && state[0] == '/') {
        size = snprintf(path, MEMORY_PATH_SIZE, "%s/holdfast/notify", state);
    } else if (home != NULL && home[0] == '/') {
        size = snprintf(path, MEMORY_PATH_SIZE,
                        "%s/.local/state/holdfast/notify", home);
    } else {
        return why_set(ret_why, ERR_NOT_FOUND,
                       "neither $STATE_DIRECTORY nor $XDG_STATE_HOME nor $HOME "
                       "says where to keep what was said last");
    }
    return size < MEMORY_PATH_SIZE
               ? ERR_OK
               : why_set(ret_why, ERR_TOO_BIG, "too long a path");
}

static void remember(const char *path, const struct notify_state *state,
                     enum notify_reason reason, uint64_t now,
                     struct notify_memory *memory, struct output *output)
{
    struct why why = { "" };
    struct buf text;
    char folder[MEMORY_PATH_SIZE];

    memory->is_there = true;
    memory->level = state->level;
    snprintf(memory->headline, sizeof(memory->headline), "%s", state->headline);
    memory->sent_s = now;
    if (reason == NOTIFY_ALL_WELL || reason == NOTIFY_SOLVED) {
        memory->all_well_s = now;
    }
    snprintf(folder, sizeof(folder), "%s", path);
    *strrchr(folder, '/') = '\0';
    buf_init(&text, 4 * NOTIFY_LINE_SIZE);
    notify_memory_format(memory, &text);
    if (tool_folders_make(folder, 0700, &why) != ERR_OK ||
        tool_file_replace(path, buf_span(&text), 0600, &why) != ERR_OK) {
        output_warning(output,
                       "what was sent cannot be kept (%s): the same "
                       "message will come again",
                       why.text);
    }
    buf_done(&text);
}

static void recall(const char *path, struct notify_memory *ret_memory)
{
    struct buf text;

    *ret_memory = (struct notify_memory){ 0 };
    buf_init(&text, 4 * NOTIFY_LINE_SIZE);
    /* Nothing there, or nothing that can be read: nothing was ever said. */
    if (tool_file_read(path, 4 * NOTIFY_LINE_SIZE, &text, NULL) == ERR_OK) {
        notify_memory_parse(buf_span(&text), ret_memory);
    }
    buf_done(&text);
}

static int finish(struct tool *tool, const struct notify_state *state,
                  bool sent)
{
    json_t *data = json_object();

    output_say(&tool->output, "%s: %s\n", sent ? "sent" : "nothing to say",
               state->headline);
    json_put(data, "sent", json_boolean(sent));
    json_put(data, "headline", json_string(state->headline));
    return output_finish(&tool->output, EXIT_DONE, data);
}

static enum notify_reason reason_now(const struct tool *tool,
                                     const struct notify_state *state,
                                     const struct notify_memory *memory,
                                     uint64_t now)
{
    struct config_weekly weekly;
    uint64_t week_s = 0;

    /* The configuration was read, so it is one. */
    if (config_weekly_parse(span_str(tool->config.notify_all_well), &weekly) ==
        ERR_OK) {
        week_s = notify_week(&weekly, now);
    }
    return notify_reason_of(state, memory, tool->config.notify_repeat_ms / 1000,
                            week_s, now);
}

static int run_notify(struct tool *tool, const struct arguments *arguments)
{
    struct problem problem = { .exit_code = EXIT_CONFIG, .code = "CONFIG" };
    struct notify_state state;
    struct notify_memory memory;
    enum notify_reason reason = NOTIFY_TEST;
    char path[MEMORY_PATH_SIZE];
    char name[NOTIFY_LINE_SIZE];
    struct why why = { "" };
    struct buf message;
    uint64_t now = now_s();
    int code = tool_config(tool, true);

    if (code != EXIT_DONE) {
        return code;
    }
    if (!tool->config.has_notify) {
        return output_problem(&tool->output, &problem,
                              "no section [notify] in %s", tool->config.file);
    }
    if (memory_path(path, &why) != ERR_OK) {
        return output_problem(&tool->output, &problem, "%s", why.text);
    }
    look(tool, &state, name);
    recall(path, &memory);
    if (!argument_given(arguments, "--test")) {
        reason = reason_now(tool, &state, &memory, now);
    }
    if (reason == NOTIFY_NOTHING) {
        return finish(tool, &state, false);
    }
    buf_init(&message, NOTIFY_MESSAGE_SIZE_MAX);
    notify_message(&tool->config, name, &state, reason, &message);

    enum err err = deliver(tool, buf_span(&message), &why);

    buf_done(&message);
    if (err != ERR_OK) {
        return output_err(&tool->output, err, &why, "send the message");
    }
    if (reason != NOTIFY_TEST) {
        remember(path, &state, reason, now, &memory, &tool->output);
    }
    return finish(tool, &state, true);
}

static const struct flag notify_flags[] = {
    { "--test", NULL, "send one now, whatever the state is", false },
    { NULL, NULL, NULL, false },
};

static const struct exit_text notify_exits[] = {
    { EXIT_DONE, "sent, or there was nothing to say" },
    { EXIT_FAILED, "the message could not be handed over; it is tried again" },
    { EXIT_CONFIG, "no section [notify], or it cannot be used" },
    { 0, NULL },
};

const struct command cmd_notify = {
    .name = "notify",
    .synopsis = "",
    .summary = "one mail when the state has changed; run by a timer",
    .example = "$ holdfast notify --test",
    .text = "Compares the state with what it said last and hands one plain "
            "text to sendmail(8), or to the program of [notify] command. One "
            "message a change, again each [notify] repeat while it is "
            "critical, one when it is solved, and once a week that all is "
            "well. A node that does not answer is a change too. No ids, "
            "names or cases stand in it.",
    .takes = TAKES_CONFIG | TAKES_LOCAL,
    .words_min = 0,
    .words_max = 0,
    .flags = notify_flags,
    .exits = notify_exits,
    .run = run_notify,
};
