/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are a configuration or a list of errors; what is read is written
 * again with the same meaning. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "daemon/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const struct config *config)
{
    struct config again;
    struct buf text;
    struct buf errors;

    buf_init(&text, 65536);
    buf_init(&errors, CONFIG_ERRORS_SIZE_MAX);
    config_print(config, &text);
    CHECK(config_parse(buf_span(&text), config->file, &again, &errors) ==
          ERR_OK);
    CHECK(strcmp(config->data, again.data) == 0);
    CHECK(config->max_upload == again.max_upload);
    CHECK(memcmp(&config->office_hours, &again.office_hours,
                 sizeof(again.office_hours)) == 0);
    CHECK(config->office_max_upload == again.office_max_upload);
    CHECK(config->min_free == again.min_free);
    CHECK(strcmp(config->client_key, again.client_key) == 0);
    buf_done(&text);
    buf_done(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config config;
    struct buf errors;
    enum err err;

    if (size > CONFIG_FILE_SIZE_MAX) {
        return 0;
    }
    buf_init(&errors, 1 << 24);
    err = config_parse(span_of(data, size), "fuzz.conf", &config, &errors);
    CHECK(err == ERR_OK || err == ERR_MALFORMED);
    CHECK((err == ERR_OK) == (errors.size == 0));
    if (err == ERR_OK) {
        write_again(&config);
    }
    buf_done(&errors);
    return 0;
}
