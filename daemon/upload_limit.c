/* SPDX-License-Identifier: Apache-2.0 */
#include "upload_limit.h"

#include <time.h>

#include "driver_state.h"
#include "log.h"
#include "net/endpoint.h"

static void say(const struct driver *driver, bool office)
{
    const struct config *config = &driver->config;
    struct buf text;

    buf_init(&text, 256);
    if (driver->upload_max == 0) {
        buf_put_str(&text, "no limit");
    } else {
        config_size_format(&text, driver->upload_max);
        buf_put_str(&text, "/s");
    }
    buf_put_str(&text, office ? " from now on: office hours, "
                              : " from now on: outside office hours, ");
    config_hours_format(&text, &config->office_hours);
    buf_put_byte(&text, 0);
    log_line(LOG_LEVEL_INFO, "UPLOAD-LIMIT", config->name, "%s",
             buf_failed(&text) ? "" : (const char *)text.data);
    buf_done(&text);
}

void upload_limit_tick(struct driver *driver)
{
    const struct config *config = &driver->config;
    time_t now = time(NULL);
    struct tm local;
    bool office;
    uint64_t limit;

    /* The machine may have got another time zone. */
    tzset();
    if (localtime_r(&now, &local) == NULL) {
        return;
    }
    limit = config_upload_max(config, &local, &office);
    if (driver->has_upload_max && driver->upload_max == limit &&
        driver->is_office == office) {
        return;
    }
    driver->has_upload_max = true;
    driver->upload_max = limit;
    driver->is_office = office;
    endpoint_set_upload_max(driver->endpoint, limit);
    if (config->office_hours.days != 0) {
        say(driver, office);
    }
}
