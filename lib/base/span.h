/* SPDX-License-Identifier: Apache-2.0 */
/* A borrowed run of bytes. Never owns; data may be NULL when size is 0. */
#ifndef HF_BASE_SPAN_H
#define HF_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *data; /* borrowed */
    size_t size;         /* bytes */
};

static inline struct span span_of(const void *data, size_t size)
{
    return (struct span){ (const uint8_t *)data, size };
}

static inline struct span span_str(const char *text)
{
    return (struct span){ (const uint8_t *)text, strlen(text) };
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.size == b.size &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* Equal to a NUL-terminated text? */
static inline bool span_is(struct span a, const char *text)
{
    return span_equal(a, span_str(text));
}

static inline bool span_starts(struct span a, const char *text)
{
    size_t size = strlen(text);

    return a.size >= size && (size == 0 || memcmp(a.data, text, size) == 0);
}

/* The part from offset on, at most size bytes; empty beyond the end. */
static inline struct span span_part(struct span a, size_t offset, size_t size)
{
    if (offset >= a.size) {
        return (struct span){ NULL, 0 };
    }
    if (size > a.size - offset) {
        size = a.size - offset;
    }
    return (struct span){ a.data + offset, size };
}

/* Without the spaces and tabs at both ends. */
static inline struct span span_trim(struct span a)
{
    while (a.size > 0 && (a.data[0] == ' ' || a.data[0] == '\t')) {
        a = span_part(a, 1, a.size);
    }
    while (a.size > 0 &&
           (a.data[a.size - 1] == ' ' || a.data[a.size - 1] == '\t')) {
        a.size--;
    }
    return a;
}

#endif
