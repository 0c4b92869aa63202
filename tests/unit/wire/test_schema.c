/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <protobuf-c/protobuf-c.h>

#include "wire/schema.h"

static const struct prescan_field *find(const struct prescan_table *table,
                                        uint32_t number)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->fields[i].number == number) {
            return &table->fields[i];
        }
    }
    return NULL;
}

static bool packed(const ProtobufCFieldDescriptor *field)
{
    return field->label == PROTOBUF_C_LABEL_REPEATED &&
           field->type == PROTOBUF_C_TYPE_FIXED32 &&
           (field->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0;
}

static bool type_agrees(const struct prescan_field *ours,
                        const ProtobufCFieldDescriptor *field)
{
    switch (ours->type) {
    case PRESCAN_U64:
        return field->type == PROTOBUF_C_TYPE_UINT64;
    case PRESCAN_U32:
        return field->type == PROTOBUF_C_TYPE_UINT32;
    case PRESCAN_BOOL:
        return field->type == PROTOBUF_C_TYPE_BOOL;
    case PRESCAN_BYTES:
        return field->type == PROTOBUF_C_TYPE_BYTES;
    case PRESCAN_SIZES:
        return packed(field);
    case PRESCAN_SUB:
        return field->type == PROTOBUF_C_TYPE_MESSAGE;
    }
    return false;
}

static void compare(const struct prescan_table *table,
                    const ProtobufCMessageDescriptor *descriptor)
{
    cr_expect(table->count == descriptor->n_fields, "%s", descriptor->name);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        const struct prescan_field *ours = find(table, field->id);

        cr_assert(ours != NULL, "%s.%s", descriptor->name, field->name);
        cr_expect(type_agrees(ours, field), "%s.%s", descriptor->name,
                  field->name);
        if (field->label != PROTOBUF_C_LABEL_REPEATED || packed(field)) {
            cr_expect(ours->count_max == 1, "%s.%s", descriptor->name,
                      field->name);
        } else {
            cr_expect(ours->count_max > 1, "%s.%s", descriptor->name,
                      field->name);
        }
        cr_expect((ours->size_max > 0) == (ours->type == PRESCAN_BYTES ||
                                           ours->type == PRESCAN_SIZES),
                  "%s.%s has no bound", descriptor->name, field->name);
        if (ours->type == PRESCAN_SUB) {
            cr_assert(ours->sub != NULL);
            compare(ours->sub, field->descriptor);
        }
    }
}

/* Each field of peer.proto stands in its table, with its type and label, and
 * the tables hold nothing else. */
Test(schema, agrees_with_the_descriptors)
{
    unsigned found = 0;

    for (unsigned kind = 0; kind < 256; kind++) {
        const struct schema *schema = schema_find(kind);

        if (schema == NULL) {
            continue;
        }
        found++;
        cr_assert(schema->reply != NULL && schema->reply_table != NULL);
        compare(schema->reply_table, schema->reply);
        if (kind != MESSAGE_REFUSAL) {
            cr_assert(schema->request != NULL);
            compare(schema->request_table, schema->request);
        } else {
            cr_expect(schema->request == NULL, "a refusal is only an answer");
        }
    }
    cr_expect(found == 20, "%u", found);
}

/* Unknown kinds have no schema. */
Test(schema, unknown_kinds)
{
    static const unsigned kinds[] = {
        0, 20, 126, 128, 255, 1u << 31,
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        cr_expect(schema_find(kinds[i]) == NULL, "%u", kinds[i]);
    }
}
