/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/init_texts.h"

#include "formats_text.h"
#include "model/roster.h"

void init_readme(const struct roster *roster, const struct roster_node *node,
                 struct buf *to)
{
    buf_printf(to,
               "This directory belongs to the holdfast node %s of the "
               "consortium %s.\n\n",
               node->label.text, roster->consortium.text);
    buf_put_str(
        to,
        "It holds evidence of grave violations of human rights, sealed: "
        "nothing in\nhere can be read without an evidence key, and no such "
        "key was ever on this\nmachine. File names, cases and depositors are "
        "sealed too.\n\n"
        "DO NOT DELETE IT. If you found this disk, please hand it to a member "
        "of the\nconsortium; the file `roster` names them.\n\n"
        "What is what:\n"
        "  roster         who the members are and what their keys are; a text\n"
        "  FORMATS.md     how all bytes are to be read, without any program of "
        "ours\n"
        "  blocks/        the sealed pieces of the evidence; each names "
        "itself by\n                 its hash, so they can be found again even "
        "without db/\n"
        "  db/            a RocksDB database: records, descriptions, where "
        "each\n                 piece lies\n"
        "  mark           what this node last signed\n\n"
        "Do not restore this directory from a backup: the other members' "
        "nodes are\nits backup. A new disk needs `holdfast init` with the "
        "node key and the roster.\n");
}

struct span init_formats(void)
{
    return span_of(formats_text, sizeof(formats_text));
}
