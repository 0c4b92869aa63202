/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a signed text that came to this node: one word for all kinds
 * of notes. */
#ifndef HF_CORE_NOTE_FATE_H
#define HF_CORE_NOTE_FATE_H

enum note_fate {
    NOTE_TAKEN,  /* new, and in the batch that is being collected */
    NOTE_KNOWN,  /* this one, or a newer one, is here already */
    NOTE_REFUSED /* not true, or not wanted: not asked for again */
};

#endif
