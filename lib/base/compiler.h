/* SPDX-License-Identifier: Apache-2.0 */
/* The only compiler extensions that lib/ uses: attributes. */
#ifndef HF_BASE_COMPILER_H
#define HF_BASE_COMPILER_H

/* A result that may not be ignored. */
#define MUST_USE __attribute__((warn_unused_result))
/* A printf-like function; both numbers count from 1. */
#define PRINTF_LIKE(format_index, first_arg)                                   \
    __attribute__((format(printf, format_index, first_arg)))
#define NORETURN __attribute__((noreturn))

#endif
