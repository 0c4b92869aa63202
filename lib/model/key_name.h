/* SPDX-License-Identifier: Apache-2.0 */
/* Names of keys in signature lines (holdfast.md 2). Each holds the CID, so
 * that nothing of one consortium is valid in another. A ledger's key signs
 * checkpoints under the origin itself (model/id.h). Pure functions. */
#ifndef HF_MODEL_KEY_NAME_H
#define HF_MODEL_KEY_NAME_H

#include "base/text.h"

/* CID: the consortium's label, '-', 16 hex digits; with NUL. */
#define CID_SIZE (LABEL_SIZE_MAX + 1 + 16 + 1)
/* CID/LABEL/governance is the longest; with NUL. */
#define KEY_NAME_SIZE (CID_SIZE + 1 + LABEL_SIZE_MAX + 11)

/* What a key signs; the last part of its name. */
enum key_role {
    KEY_ROLE_GOVERNANCE, /* of a member: rosters */
    KEY_ROLE_DEPOSITOR,  /* of a member: items */
    KEY_ROLE_NODE,    /* of a node: the ledger key for statements and passes */
    KEY_ROLE_WITNESS, /* of a node: cosignatures */
};

/* CID/LABEL/ROLE: the only name under which this key signs. The label, a
 * member's or a node's, is a valid one. */
void key_name_format(char name[static KEY_NAME_SIZE], const char *cid,
                     const char *label, enum key_role role);

#endif
