/* SPDX-License-Identifier: Apache-2.0 */
#include "model/key_name.h"

#include <stdio.h>

static const char *role_text(enum key_role role)
{
    switch (role) {
    case KEY_ROLE_GOVERNANCE:
        return "governance";
    case KEY_ROLE_DEPOSITOR:
        return "depositor";
    case KEY_ROLE_NODE:
        return "node";
    case KEY_ROLE_WITNESS:
        return "witness";
    }
    return "";
}

void key_name_format(char name[static KEY_NAME_SIZE], const char *cid,
                     const char *label, enum key_role role)
{
    (void)snprintf(name, KEY_NAME_SIZE, "%s/%s/%s", cid, label,
                   role_text(role));
}
