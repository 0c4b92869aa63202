/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "tools/holdfast/interrupt.h"

#define BAR_EVERY_MS 200
#define LINE_EVERY_MS 600000
#define SAMPLE_MS 2000
#define BAR_CELLS 18

uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static size_t terminal_columns(FILE *to)
{
    struct winsize size;

    if (ioctl(fileno(to), TIOCGWINSZ, &size) == 0 && size.ws_col > 20 &&
        size.ws_col < OUTPUT_COLUMNS) {
        return size.ws_col;
    }
    return OUTPUT_COLUMNS;
}

static unsigned percent(const struct progress *progress, uint64_t bytes_done)
{
    if (progress->bytes_total == 0) {
        return 0;
    }
    if (bytes_done >= progress->bytes_total) {
        return 100;
    }
    return (unsigned)((double)bytes_done * 100 / (double)progress->bytes_total);
}

bool progress_left(const struct progress *progress, uint64_t bytes_done,
                   uint64_t *ret_seconds)
{
    if (progress->rate < 1 || progress->bytes_total < bytes_done ||
        progress->bytes_total == 0) {
        return false;
    }
    *ret_seconds = (uint64_t)((double)(progress->bytes_total - bytes_done) /
                                  progress->rate +
                              0.5);
    return true;
}

/* A new sample every SAMPLE_MS; the rate is a mean that forgets slowly. */
static void measure(struct progress *progress, uint64_t bytes_done,
                    uint64_t now)
{
    uint64_t elapsed = now - progress->sample_ms;
    double rate;

    if (elapsed < SAMPLE_MS || bytes_done < progress->sample_bytes) {
        return;
    }
    rate =
        (double)(bytes_done - progress->sample_bytes) * 1000 / (double)elapsed;
    progress->rate =
        progress->rate < 1 ? rate : 0.7 * progress->rate + 0.3 * rate;
    progress->sample_ms = now;
    progress->sample_bytes = bytes_done;
}

static void rate_format(const struct progress *progress, uint64_t bytes_done,
                        char text[static 2 * TEXT_SIZE])
{
    char rate[TEXT_SIZE];
    char left[TEXT_SIZE];
    uint64_t seconds;

    text[0] = '\0';
    if (progress->rate < 1) {
        return;
    }
    if (progress_left(progress, bytes_done, &seconds) && seconds > 0) {
        snprintf(text, 2 * TEXT_SIZE, "  %s/s  %s left",
                 text_size(rate, (uint64_t)progress->rate),
                 text_span(left, seconds));
    } else {
        snprintf(text, 2 * TEXT_SIZE, "  %s/s",
                 text_size(rate, (uint64_t)progress->rate));
    }
}

/* The last columns of a name that do not fit are cut: bytes, but whole
 * characters. */
static void put_name(FILE *to, const char *name, size_t columns)
{
    struct span left = span_str(name);
    size_t used = 0;

    while (left.size > 0 && used + 1 < columns) {
        size_t size = utf8_length(left);

        fwrite(left.data, 1, size == 0 ? 1 : size, to);
        left = span_part(left, size == 0 ? 1 : size, left.size);
        used++;
    }
    if (left.size > 0) {
        fputc('~', to);
        used++;
    }
    fprintf(to, "%*s", (int)(columns - used), "");
}

static void show_bar(struct progress *progress, const struct progress_at *at)
{
    FILE *to = progress->output->err;
    unsigned done = percent(progress, at->bytes_done);
    char bar[BAR_CELLS + 1];
    char rate[2 * TEXT_SIZE];
    char tail[200];
    char head[64];
    size_t used;

    for (unsigned cell = 0; cell < BAR_CELLS; cell++) {
        bar[cell] = cell * 100 < done * BAR_CELLS ? '#' : '.';
    }
    bar[BAR_CELLS] = '\0';
    rate_format(progress, at->bytes_done, rate);
    snprintf(head, sizeof(head), "%3llu/%llu ",
             (unsigned long long)at->files_done,
             (unsigned long long)progress->files_total);
    snprintf(tail, sizeof(tail), " [%s] %3u %%%s", bar, done, rate);
    used = strlen(head) + strlen(tail);
    fputs("\r\033[K", to);
    fputs(head, to);
    if (used + 4 < progress->columns) {
        char *name = visible_str(at->name == NULL ? "" : at->name);

        put_name(to, name, progress->columns - 1 - used);
        free(name);
        fputs(tail, to);
    } else {
        fprintf(to, "%3u %%", done);
    }
    fflush(to);
    progress->bar = true;
}

static void show_line(struct progress *progress, const struct progress_at *at,
                      const char *word)
{
    char bytes[TEXT_SIZE];
    char total[TEXT_SIZE];
    char rate[2 * TEXT_SIZE];
    char files[2 * TEXT_SIZE];
    char many[TEXT_SIZE];

    rate_format(progress, at->bytes_done, rate);
    snprintf(files, sizeof(files), "%s of ", text_count(many, at->files_done));
    text_count(many, progress->files_total);
    output_note(progress->output, "%s: %s%s %s, %s of %s, %u %%%s", word, files,
                many, progress->things, text_size(bytes, at->bytes_done),
                text_size(total, progress->bytes_total),
                percent(progress, at->bytes_done), rate);
    fflush(progress->output->err);
}

static void show_json(struct progress *progress, const struct progress_at *at)
{
    json_t *object = json_object();
    uint64_t seconds;

    json_put(object, "type", json_string("progress"));
    json_put(object, "files_done", json_count(at->files_done));
    json_put(object, "bytes_done", json_count(at->bytes_done));
    if (progress_left(progress, at->bytes_done, &seconds)) {
        json_put(object, "seconds_left", json_count(seconds));
    }
    output_line(progress->output, object);
}

static void show(struct progress *progress, const struct progress_at *at,
                 const char *word)
{
    if (progress->output->json) {
        show_json(progress, at);
    } else if (!progress->output->quiet) {
        progress_clear(progress);
        show_line(progress, at, word);
    }
}

void progress_start(struct progress *progress, struct output *output,
                    uint64_t files_total, uint64_t bytes_total)
{
    progress_start_of(progress, output, "files", files_total, bytes_total);
}

void progress_start_of(struct progress *progress, struct output *output,
                       const char *things, uint64_t total, uint64_t bytes_total)
{
    struct progress_at at = { 0, 0, NULL };

    memset(progress, 0, sizeof(*progress));
    progress->output = output;
    progress->things = things;
    progress->terminal =
        !output->json && !output->quiet && isatty(fileno(output->err)) == 1;
    progress->columns = terminal_columns(output->err);
    progress->files_total = total;
    progress->bytes_total = bytes_total;
    progress->started_ms = now_ms();
    progress->shown_ms = progress->started_ms;
    progress->sample_ms = progress->started_ms;
    if (!progress->terminal) {
        show(progress, &at, "start");
    }
}

void progress_update_at(struct progress *progress, const struct progress_at *at,
                        uint64_t now)
{
    unsigned quarter = percent(progress, at->bytes_done) / 25;

    measure(progress, at->bytes_done, now);
    if (interrupt_take_progress()) {
        show(progress, at, "now");
    }
    if (progress->terminal) {
        if (now - progress->shown_ms >= BAR_EVERY_MS) {
            progress->shown_ms = now;
            show_bar(progress, at);
        }
        return;
    }
    if ((quarter > progress->quarter && quarter < 4) ||
        now - progress->shown_ms >= LINE_EVERY_MS) {
        progress->quarter = quarter;
        progress->shown_ms = now;
        show(progress, at, "so far");
    }
}

void progress_update(struct progress *progress, const struct progress_at *at)
{
    progress_update_at(progress, at, now_ms());
}

void progress_clear(struct progress *progress)
{
    if (progress->bar) {
        fputs("\r\033[K", progress->output->err);
        fflush(progress->output->err);
        progress->bar = false;
    }
}

void progress_end(struct progress *progress, const struct progress_at *at)
{
    uint64_t elapsed = now_ms() - progress->started_ms;

    progress->rate =
        elapsed == 0 ? 0 : (double)at->bytes_done * 1000 / (double)elapsed;
    if (at->bytes_done >= progress->bytes_total) {
        /* Nothing is left: only the rate is of interest. */
        progress->bytes_total = at->bytes_done;
    }
    show(progress, at, "end");
}
