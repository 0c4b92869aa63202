/* SPDX-License-Identifier: Apache-2.0 */
/* English. Of a copy nothing is said but what was signed and checked. */
#include "web/strings_table.h"

TEXT(LANG_NAME, "English");
TEXT(LANG_LABEL, "Language");
TEXT(UNREVIEWED, "");
TEXT(GROUP, ",");
TEXT(POINT, ".");
TEXT(LIST_COMMA, ", ");
TEXT(DATE, "{0} {1} {2}");
TEXT(DATE_TIME, "{0}, {1} UTC");
TEXT(AGO, "{0} ago");
TEXT(NOT_KNOWN, "not known");
TEXT(NEVER, "never");
TEXT(NONE, "none");
TEXT(MONTH_1, "January");
TEXT(MONTH_2, "February");
TEXT(MONTH_3, "March");
TEXT(MONTH_4, "April");
TEXT(MONTH_5, "May");
TEXT(MONTH_6, "June");
TEXT(MONTH_7, "July");
TEXT(MONTH_8, "August");
TEXT(MONTH_9, "September");
TEXT(MONTH_10, "October");
TEXT(MONTH_11, "November");
TEXT(MONTH_12, "December");
TEXT(SKIP, "Skip to the content");
TEXT(NAV_LABEL, "Pages");
TEXT(NAV_FRONT, "State");
TEXT(NAV_ITEMS, "Items");
TEXT(NAV_MEMBERS, "Members");
TEXT(NAV_HISTORY, "History");
TEXT(NAV_REPORT, "Report");
TEXT(NAV_GLOSSARY, "Glossary");
TEXT(FOOT_NODE, "Seen by node {0}, roster {1}, release {2}.");
TEXT(FOOT_READ, "These pages only show; nothing can be changed here.");
TEXT(LIVE_LOST, "The node does not answer any more: this page may be old.");
TEXT(TITLE, "{0} - {1}");

TEXT(STATE_PROTECTED, "Protected");
TEXT(STATE_SPREADING, "Spreading");
TEXT(STATE_SHORT, "Too few");
TEXT(STATE_LAST, "One copy");
TEXT(STATE_LOST, "Lost");
TEXT(STATE_UNPROVEN, "Not proved");
TEXT(DEF_PROTECTED,
     "So many members proved lately that they hold a good copy as the rule "
     "wants, in as many countries as it wants.");
TEXT(DEF_SPREADING,
     "Deposited less than 24 hours ago; copies are on their way, and none was "
     "found bad.");
TEXT(DEF_SHORT,
     "Fewer good copies than the rule wants, even if all were counted that "
     "nobody has checked yet. More than one is left.");
TEXT(DEF_LAST,
     "One single member has a copy. If that member loses it, the item is "
     "gone.");
TEXT(DEF_LOST,
     "No member is known to have a good copy. It may still be on a disk that "
     "is switched off.");
TEXT(DEF_UNPROVEN,
     "Members say that they hold enough copies, and nobody has checked that "
     "lately. This is not known to be good, and not known to be bad.");

PLURAL(SECONDS, "{0} second", "", "{0} seconds");
PLURAL(MINUTES, "{0} minute", "", "{0} minutes");
PLURAL(HOURS, "{0} hour", "", "{0} hours");
PLURAL(DAYS, "{0} day", "", "{0} days");
PLURAL(ITEMS, "{0} item", "", "{0} items");
PLURAL(COPIES, "{0} copy", "", "{0} copies");
PLURAL(COUNTRIES, "{0} country", "", "{0} countries");

PLURAL(HEAD_LOST, "{0} item: no good copy can be found", "",
       "{0} items: no good copy can be found");
PLURAL(HEAD_LAST, "{0} item has only one good copy left", "",
       "{0} items have only one good copy left");
PLURAL(HEAD_SHORT, "{0} item has too few good copies", "",
       "{0} items have too few good copies");
PLURAL(HEAD_UNPROVEN, "We cannot tell for {0} item", "",
       "We cannot tell for {0} items");
PLURAL(HEAD_SPREADING, "{0} new item is still being copied", "",
       "{0} new items are still being copied");
PLURAL(HEAD_PROTECTED, "The only item is protected", "",
       "All {0} items are protected");
TEXT(HEAD_EMPTY, "Nothing has been deposited yet");
TEXT(HEAD_SETTING_UP, "Setting up: {0} of {1} other members heard");
TEXT(HEAD_STOPPED, "This node has stopped: another machine uses its key");
TEXT(HEAD_ALARM, "Action needed: {0}");
TEXT(HEAD_OLD, "We cannot tell: the last figures are {0} old");
PLURAL(AT_RISK, "{0} at risk", "", "{0} at risk");
PLURAL(CANNOT_TELL, "{0} not proved", "", "{0} not proved");
TEXT(SHORT_EMPTY, "Empty");
TEXT(SHORT_SETTING_UP, "Setting up");
TEXT(SHORT_PROTECTED, "All protected");
TEXT(SHORT_SPREADING, "Spreading");
TEXT(SHORT_ALARM, "Action needed");
TEXT(SHORT_OLD, "Old figures");

TEXT(DO_LABEL, "What you need to do:");
TEXT(DOING_LABEL, "Being done:");
TEXT(DO_NOTHING, "Nothing to do.");
TEXT(DOING_ETA, "{0} About {1}.");
TEXT(PICTURE_OF, "Picture of {0} ({1})");
TEXT(NO_REPORTS, "No fresh report from {0}.");
TEXT(LOST_WHAT, "no member has a good copy");
TEXT(LOST_DOING, "Every member is asked for them again and again.");
TEXT(LOST_YOU, "Do not restart or delete anything. Phone whoever is on call.");
TEXT(LAST_WHAT, "one member alone has a copy");
TEXT(LAST_DOING, "New copies are being made.");
TEXT(LAST_YOU, "See that the member with the copy stays on.");
TEXT(SHORT_WHAT, "fewer copies than the rule wants");
TEXT(SHORT_DOING, "New copies are being made.");
TEXT(SHORT_YOU, "Nothing yet.");
TEXT(UNPROVEN_WHAT, "nobody has checked the copies lately");
TEXT(UNPROVEN_DOING, "Members are asked for pieces of them.");
TEXT(UNPROVEN_YOU, "Ask members that are silent to start their node.");
TEXT(SILENT_WHAT, "has not been heard of");
TEXT(SILENT_DOING, "It is called again and again.");
TEXT(SILENT_YOU, "Phone that member.");
TEXT(ALARM_WHAT, "alarm {0}");
TEXT(ALARM_DOING, "The node goes on with what is safe.");
TEXT(ALARM_YOU, "Ask the admin to run: holdfast explain {0}");
TEXT(EMPTY_DOING, "The node waits for the first deposit.");
TEXT(EMPTY_YOU, "Nothing to do.");
TEXT(SETUP_DOING, "The node calls the other members.");
TEXT(SETUP_YOU, "Nothing, if the other members are being set up too.");
TEXT(SPREADING_DOING,
     "Copies of the new items are being made; all others are protected.");
TEXT(OLD_DOING, "Nothing is known of what happened since.");
TEXT(OLD_YOU, "Ask the admin to look at this node.");

TEXT(NUMBERS, "All items by state, worst first");
TEXT(ATTENTION, "What needs attention");
TEXT(ATTENTION_NONE, "Nothing needs attention.");
TEXT(COL_WHAT, "What");
TEXT(COL_HOW_MANY, "How many");
TEXT(COL_WHY, "Why");
TEXT(COL_SINCE, "Since");
TEXT(COL_SHOW, "More");
TEXT(SHOW, "show");
TEXT(WORD_SILENT, "Silent");
TEXT(WORD_ALARM, "Alarm");
TEXT(MEMBERS, "Members");
TEXT(COL_MEMBER, "Member");
TEXT(COL_NODE, "Node");
TEXT(COL_COUNTRY, "Country");
TEXT(COL_HELD, "Copies reported");
TEXT(COL_CONTACT, "Last contact");
TEXT(COL_DISK, "Free disk");
TEXT(COL_REREAD, "Re-read since");
TEXT(COL_PIECES, "Pieces asked, 30 days");
TEXT(COL_STATED, "Last report");
TEXT(COL_RELEASE, "Release");
TEXT(COL_BEHIND, "Still to copy");
TEXT(THIS_NODE, "this node");
TEXT(PIECES_OF, "{0} of {1} right");
TEXT(PIECES_BAD, "{0} of {1} right, {2} wrong");
TEXT(ROLE_OBSERVER, "observer, holds no copies");
TEXT(ROLE_LEAVING, "leaving");

TEXT(LOSSES, "If one country were lost tonight");
TEXT(LOSSES_NONE, "Not known yet.");
TEXT(LOSS_FINE, "all items would still have 2 or more copies");
TEXT(COL_IF_LOST, "What would be left");
PLURAL(LOSS_NONE_LEFT, "{0} item would have no proved copy left", "",
       "{0} items would have no proved copy left");
PLURAL(LOSS_ONE_LEFT, "{0} item would be left with 1 copy", "",
       "{0} items would be left with 1 copy");

TEXT(HISTORY, "History");
TEXT(HISTORY_INTRO,
     "One column a day, as this node counted it at the end of the day.");
TEXT(HISTORY_NONE, "No day has ended yet since this node was set up.");
TEXT(HISTORY_AS_TABLE, "as a table");
TEXT(HISTORY_ALT,
     "{0} days up to {1}: on {2} of them every item was protected or "
     "spreading.");
TEXT(COL_DAY, "Day");
TEXT(DAYS_30, "30 days");

TEXT(ITEMS, "Items");
TEXT(ITEMS_INTRO,
     "A node knows ids and sizes, no names: whoever holds a receipt knows "
     "which file it is.");
TEXT(ITEMS_NONE, "No item is in this state.");
TEXT(ITEMS_FILTER, "Show items that are");
TEXT(ITEMS_ALL_BAD, "All that need attention");
TEXT(ITEMS_NEXT, "Next ones");
TEXT(COL_ITEM, "Item");
TEXT(COL_STATE, "State");
TEXT(COL_SIZE, "Size, padded");
TEXT(COL_PROVEN, "Proved at");
TEXT(COL_OPEN, "Reported by");
TEXT(REASON_COPY_BAD, "{0}: its copy was bad");
TEXT(REASON_SILENT, "{0}: no fresh report");
TEXT(REASON_NOT_REREAD, "{0}: not re-read in time");
TEXT(REASON_NOT_CHECKED, "{0}: too few pieces checked");
TEXT(REASON_TO_FETCH, "{0}: on its way there");
TEXT(REASON_OTHER, "{0}");

TEXT(REPORT, "Report");
TEXT(REPORT_TITLE, "{0}: state of the evidence");
TEXT(REPORT_PREPARED, "Prepared by:");
TEXT(REPORT_SEEN, "Seen by:");
TEXT(REPORT_PRINT, "One A4 page, then an annex: print it with the browser.");
TEXT(REPORT_1, "In a sentence");
TEXT(REPORT_2, "The rule");
TEXT(REPORT_3, "Numbers");
TEXT(REPORT_4, "Countries");
TEXT(REPORT_5, "Checks");
TEXT(REPORT_6, "Alarms");
TEXT(REPORT_SENTENCE, "{0} of {1} ({2} %) are protected.");
TEXT(REPORT_WORST, "One good copy left: {0}. Lost: {1}.");
TEXT(REPORT_RULE, "{0} in {1}, re-read at least every {2} (roster {3}).");
TEXT(REPORT_COUNTRY_FINE,
     "If any one country were lost, every item would still have 2 or more "
     "proved copies.");
TEXT(REPORT_COUNTRY, "Worst case: {0} lost. Then {1}.");
TEXT(REPORT_CHECKS,
     "Of {0} random pieces asked in 30 days, {1} were right, {2} wrong and {3} "
     "not answered.");
TEXT(REPORT_NO_CHECKS, "No pieces were asked in 30 days.");
TEXT(REPORT_REREAD,
     "Re-reading here found {0} bad blocks; {1} were replaced, {2} are set "
     "aside.");
TEXT(REPORT_ALARMS, "Now: {0}.");
TEXT(REPORT_NO_ALARMS, "None now.");
TEXT(REPORT_NOT_THEN, "not counted then");
TEXT(REPORT_COL, "State");
TEXT(REPORT_COL_NOW, "Now");
TEXT(REPORT_COL_CHANGE, "Change in 30 days");
TEXT(REPORT_ANNEX, "Annex: items that are not protected");
TEXT(REPORT_ANNEX_NONE, "There are none.");
TEXT(REPORT_ANNEX_MORE, "and more; all of them: holdfast list --attention -a");
TEXT(REPORT_LIMITS,
     "What a proved copy is: the member signed that it re-read the item and "
     "that it matched, and it answered random questions about its bytes. That "
     "proves no separate disk and no second building.");

TEXT(GLOSSARY, "Glossary");
TEXT(GLOSSARY_INTRO, "What the words on these pages mean.");
TEXT(TERM_COPY, "Copy");
TEXT(TERM_COPY_TEXT,
     "The whole sealed item at one member. Two nodes of one member count "
     "once.");
TEXT(TERM_MEMBER, "Member");
TEXT(TERM_MEMBER_TEXT,
     "An organisation of the consortium; its node is the machine that holds "
     "its copies.");
TEXT(TERM_PROVEN, "Proved");
TEXT(TERM_PROVEN_TEXT,
     "The member reported the copy in the last 48 hours, re-read it in time, "
     "and answered random questions about its bytes in the last 7 days.");
TEXT(TERM_REPORT, "Report of a member");
TEXT(TERM_REPORT_TEXT,
     "What a node states, signed, about what it holds. Older than 48 hours it "
     "no longer counts.");
TEXT(TERM_PIECE, "Piece");
TEXT(TERM_PIECE_TEXT,
     "A random 64 KiB part of an item. Only who has the item can give the "
     "right answer.");
TEXT(TERM_REREAD, "Re-reading");
TEXT(TERM_REREAD_TEXT,
     "Each node reads all that it holds from its disk and compares it with the "
     "names of the blocks. What does not match is set aside and fetched "
     "anew.");
TEXT(TERM_RULE, "Rule");
TEXT(TERM_RULE_TEXT,
     "How many members in how many countries must hold each item. It stands in "
     "the roster that the members signed.");
TEXT(TERM_LEDGER, "Ledger");
TEXT(TERM_LEDGER_TEXT,
     "The list of deposits of a node. It only grows, and the others sign it "
     "too, so that nothing can vanish from it unnoticed.");
TEXT(TERM_OBSERVER, "Observer");
TEXT(TERM_OBSERVER_TEXT,
     "A node that holds no copies and no key, and checks those of the "
     "others.");
TEXT(WRONG_TITLE, "That does not work");
TEXT(WRONG_PAGE, "There is no such page here.");
TEXT(WRONG_BUSY, "The node does not answer in time. Try again in a minute.");

static unsigned form_of(uint64_t count)
{
    return count == 1 ? 0 : 2;
}

STRINGS_TABLE(en, "en", form_of);
