/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/codes.h"

#include <string.h>
#include <strings.h>

#include "tools/holdfast/nearest.h"

#define WORD_SIZE 40

const struct code *code_at(size_t index)
{
    size_t node = 0;
    size_t command = 0;
    const struct code *found = NULL;

    /* Two sorted lists, merged. */
    while (node + command <= index) {
        if (node < codes_node_count &&
            (command == codes_command_count ||
             strcmp(codes_node[node].name, codes_command[command].name) < 0)) {
            found = &codes_node[node++];
        } else if (command < codes_command_count) {
            found = &codes_command[command++];
        } else {
            return NULL;
        }
    }
    return found;
}

const struct code *code_find(const char *name)
{
    const struct code *code;

    for (size_t index = 0; (code = code_at(index)) != NULL; index++) {
        if (strcasecmp(code->name, name) == 0) {
            return code;
        }
    }
    return NULL;
}

const struct code *code_nearest(const char *word)
{
    char upper[WORD_SIZE];
    struct nearest nearest;
    const struct code *code;
    size_t size = strlen(word);

    if (size >= sizeof(upper)) {
        return NULL;
    }
    for (size_t index = 0; index <= size; index++) {
        char letter = word[index];

        upper[index] = letter >= 'a' && letter <= 'z'
                           ? (char)(letter - 'a' + 'A')
                       : letter == '_' ? '-'
                                       : letter;
    }
    nearest_init(&nearest, upper);
    for (size_t index = 0; (code = code_at(index)) != NULL; index++) {
        nearest_try(&nearest, code->name);
    }
    if (nearest.found != NULL) {
        return code_find(nearest.found);
    }
    for (size_t index = 0; size > 2 && (code = code_at(index)) != NULL;
         index++) {
        if (strstr(code->name, upper) != NULL) {
            return code;
        }
    }
    return NULL;
}

const char *code_kind_word(enum code_kind kind)
{
    switch (kind) {
    case CODE_CRITICAL:
        return "critical";
    case CODE_WARNING:
        return "warning";
    case CODE_NOTICE:
        return "notice";
    case CODE_ANSWER:
        return "error";
    }
    return "error";
}
