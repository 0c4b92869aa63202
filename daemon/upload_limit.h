/* SPDX-License-Identifier: Apache-2.0 */
/* Which upload limit holds now: by the configuration, the local time of this
 * machine and its time zone. Loop thread. */
#ifndef HF_DAEMON_UPLOAD_LIMIT_H
#define HF_DAEMON_UPLOAD_LIMIT_H

struct driver;

/* Look at the clock, and set and log the limit when it is another. At the
 * start, every second, and after a new configuration. */
void upload_limit_tick(struct driver *driver);

#endif
