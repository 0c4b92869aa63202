/* SPDX-License-Identifier: Apache-2.0 */
/* Every error that a function of ours can return: names and texts from one
 * list. The sentence for the operator is a struct why (base/why.h), made where
 * the facts are. */
#ifndef HF_BASE_ERR_H
#define HF_BASE_ERR_H

#define ERR_LIST(X)                                                            \
    X(ERR_OK, "done")                                                          \
    X(ERR_MALFORMED, "the bytes do not have the form they must have")          \
    X(ERR_UNREADABLE, "a kind or version that this release does not know")     \
    X(ERR_UNSUPPORTED, "a known form that this program does not offer")        \
    X(ERR_TOO_BIG, "larger than the limit")                                    \
    X(ERR_RANGE, "a number outside its range")                                 \
    X(ERR_WRONG_HASH, "the bytes do not have the name they were given")        \
    X(ERR_WRONG_SIGNATURE, "a signature does not verify")                      \
    X(ERR_WRONG_KEY, "this key does not open or fit it")                       \
    X(ERR_NOT_A_MEMBER, "not on the roster")                                   \
    X(ERR_NOT_FOUND, "not found")                                              \
    X(ERR_CONFLICT, "differs from what is already there")                      \
    X(ERR_FORKED, "two checkpoints cannot both be true")                       \
    X(ERR_REFUSED, "refused by rule")                                          \
    X(ERR_PENDING, "kept, not yet registered")                                 \
    X(ERR_BUSY, "in use, or too much in hand")                                 \
    X(ERR_FULL, "not enough space")                                            \
    X(ERR_NEWER, "made by a newer release")                                    \
    X(ERR_MOVED, "copied or restored from elsewhere")                          \
    X(ERR_CORRUPT, "stored bytes are damaged")                                 \
    X(ERR_PERMISSION, "not permitted")                                         \
    X(ERR_IO, "reading or writing failed")                                     \
    X(ERR_NO_MEMORY, "out of memory")                                          \
    X(ERR_UNREACHABLE, "no answer")                                            \
    X(ERR_TIMEOUT, "no answer in time")                                        \
    X(ERR_CLOSED, "closed")                                                    \
    X(ERR_CANCELLED, "interrupted")

#define ERR_ENUM(name, text) name,
enum err {
    ERR_LIST(ERR_ENUM) ERR_COUNT
};
#undef ERR_ENUM

/* "ERR_MALFORMED"; never NULL. */
const char *err_name(enum err err);
/* The text from the list; never NULL. */
const char *err_text(enum err err);

#endif
