/* SPDX-License-Identifier: Apache-2.0 */
#include "web/states.h"

static const struct web_state_row rows[ITEM_STATE_COUNT] = {
    [ITEM_PROTECTED] = { "<path d='M2 8.5 6.5 13 14 4' fill='none' "
                         "stroke='currentColor' stroke-width='2.5'/>",
                         STR_STATE_PROTECTED, STR_DEF_PROTECTED, false },
    [ITEM_SPREADING] = { "<path d='M1.5 8H13M8.5 3.5 13 8l-4.5 4.5' "
                         "fill='none' stroke='currentColor' "
                         "stroke-width='2.2'/>",
                         STR_STATE_SPREADING, STR_DEF_SPREADING, false },
    [ITEM_SHORT] = { "<path d='M8 2 14.5 14h-13z' fill='none' "
                     "stroke='currentColor' stroke-width='2'/>",
                     STR_STATE_SHORT, STR_DEF_SHORT, true },
    [ITEM_LAST_COPY] = { "<path d='M8 1 15.5 15H.5z' "
                         "fill='currentColor'/>",
                         STR_STATE_LAST, STR_DEF_LAST, true },
    [ITEM_LOST] = { "<path d='m3 3 10 10M13 3 3 13' fill='none' "
                    "stroke='currentColor' stroke-width='3'/>",
                    STR_STATE_LOST, STR_DEF_LOST, true },
    [ITEM_UNPROVEN] = { "<path d='M5 6a3 3 0 1 1 4.5 2.5Q8 9.5 8 11' "
                        "fill='none' stroke='currentColor' "
                        "stroke-width='2'/><circle cx='8' cy='13.5' r='1.3' "
                        "fill='currentColor'/>",
                        STR_STATE_UNPROVEN, STR_DEF_UNPROVEN, true },
};

const struct web_state_row *web_state_row(enum item_state state)
{
    return &rows[state];
}
