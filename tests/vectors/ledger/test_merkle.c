/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/text.h"
#include "ledger/merkle.h"
#include "support/vectors.h"

#define PATH_ROOM 512

static const char *const inclusion_folders[] = {
    "tlog/merkle/inclusion/0",
    "tlog/merkle/inclusion/1",
    "tlog/merkle/inclusion/2",
    "tlog/merkle/inclusion/3",
    "tlog/merkle/inclusion/4",
    "tlog/merkle/inclusion/single-entry",
    "tlog/merkle/inclusion/additional/0",
    "tlog/merkle/inclusion/additional/1",
    "tlog/merkle/inclusion/additional/2",
    "tlog/merkle/inclusion/additional/3",
};

static const char *const consistency_folders[] = {
    "tlog/merkle/consistency/1",          "tlog/merkle/consistency/2",
    "tlog/merkle/consistency/3",          "tlog/merkle/consistency/4",
    "tlog/merkle/consistency/additional",
};

/* A hash of another length is refused by whoever decodes it. */
static bool digest_read(const char *text, struct digest *ret_digest)
{
    return base64_parse_fixed(span_str(text), ret_digest->bytes, DIGEST_SIZE) ==
           ERR_OK;
}

/* Some files have a placeholder that is shorter than a hash where only equality
 * of the two roots matters. */
static bool root_read(const char *text, struct digest *ret_root)
{
    struct buf bytes;
    bool fits;

    buf_init(&bytes, 1024);
    fits = base64_parse(span_str(text), &bytes) == ERR_OK &&
           bytes.size <= DIGEST_SIZE;
    memset(ret_root, 0, sizeof(*ret_root));
    if (fits && bytes.size > 0) {
        memcpy(ret_root->bytes, bytes.data, bytes.size);
    }
    buf_done(&bytes);
    return fits;
}

static bool path_read(const json_t *file,
                      struct digest ret_path[static PATH_ROOM],
                      size_t *ret_count)
{
    json_t *list = json_object_get(file, "proof");
    json_t *one;
    size_t index;

    *ret_count = json_array_size(list);
    cr_assert_leq(*ret_count, PATH_ROOM);
    json_array_foreach(list, index, one)
    {
        if (!digest_read(json_string_value(one), &ret_path[index])) {
            return false;
        }
    }
    return true;
}

static bool inclusion_holds(const json_t *file)
{
    struct digest path[PATH_ROOM];
    struct digest leaf;
    struct digest root;
    size_t count;

    return digest_read(vectors_str(file, "leafHash"), &leaf) &&
           digest_read(vectors_str(file, "root"), &root) &&
           path_read(file, path, &count) &&
           merkle_verify_inclusion(&leaf, vectors_uint(file, "leafIdx"),
                                   vectors_uint(file, "treeSize"), path, count,
                                   &root) == ERR_OK;
}

static bool consistency_holds(const json_t *file)
{
    struct digest path[PATH_ROOM];
    struct digest old_root;
    struct digest new_root;
    size_t count;

    return root_read(vectors_str(file, "root1"), &old_root) &&
           root_read(vectors_str(file, "root2"), &new_root) &&
           path_read(file, path, &count) &&
           merkle_verify_consistency(vectors_uint(file, "size1"),
                                     vectors_uint(file, "size2"), &old_root,
                                     &new_root, path, count) == ERR_OK;
}

static size_t folder_check(const char *folder, bool (*holds)(const json_t *))
{
    struct vector_names names;
    char path[512];
    size_t count;

    vectors_list(folder, &names);
    count = names.count;
    for (size_t index = 0; index < count; index++) {
        json_t *file;
        bool wanted;

        (void)snprintf(path, sizeof(path), "%s/%s", folder, names.names[index]);
        file = vectors_load(path);
        wanted = !json_is_true(json_object_get(file, "wantErr"));
        cr_expect(holds(file) == wanted, "%s: want %d", path, wanted);
        json_decref(file);
    }
    vectors_names_done(&names);
    return count;
}

/* Every published inclusion proof is judged as published. */
Test(merkle_vectors, inclusion)
{
    size_t count = 0;

    for (size_t index = 0;
         index < sizeof(inclusion_folders) / sizeof(inclusion_folders[0]);
         index++) {
        count += folder_check(inclusion_folders[index], inclusion_holds);
    }
    cr_assert_geq(count, 60);
}

/* Every published consistency proof is judged as published. */
Test(merkle_vectors, consistency)
{
    size_t count = 0;

    for (size_t index = 0;
         index < sizeof(consistency_folders) / sizeof(consistency_folders[0]);
         index++) {
        count += folder_check(consistency_folders[index], consistency_holds);
    }
    cr_assert_geq(count, 40);
}

#define LEAF_COUNT 300

/* Complete nodes, as a store would keep them. */
struct tree {
    struct digest nodes[10][LEAF_COUNT];
};

static void tree_put(void *ctx, unsigned level, uint64_t index,
                     const struct digest *hash)
{
    struct tree *tree = ctx;

    tree->nodes[level][index] = *hash;
}

static enum err tree_get(void *ctx, unsigned level, uint64_t index,
                         struct digest *ret_hash)
{
    const struct tree *tree = ctx;

    *ret_hash = tree->nodes[level][index];
    return ERR_OK;
}

static void tree_fill(struct tree *tree)
{
    struct merkle_sink sink = { tree_put, tree };
    struct frontier frontier;

    frontier_init(&frontier);
    for (int index = 0; index < LEAF_COUNT; index++) {
        struct digest hash;
        char text[32];

        (void)snprintf(text, sizeof(text), "entry %d", index);
        merkle_leaf(span_str(text), &hash);
        frontier_append(&frontier, &hash, &sink);
    }
}

/* Roots of all listed sizes come out of the complete nodes. */
Test(merkle_vectors, roots)
{
    json_t *file = vectors_load("tlog/selfmade/expected.json");
    static struct tree tree;
    struct merkle_nodes nodes = { tree_get, &tree };
    const char *size;
    json_t *value;

    tree_fill(&tree);
    json_object_foreach(json_object_get(file, "roots"), size, value)
    {
        struct digest root;
        char text[65];

        cr_assert(merkle_root_at(&nodes, strtoull(size, NULL, 10), &root) ==
                  ERR_OK);
        hex_format(text, root.bytes, DIGEST_SIZE);
        cr_expect_str_eq(text, json_string_value(value), "size %s", size);
    }
    json_decref(file);
}

/* The listed consistency paths come out of the complete nodes. */
Test(merkle_vectors, paths)
{
    json_t *file = vectors_load("tlog/selfmade/expected.json");
    static struct tree tree;
    struct merkle_nodes nodes = { tree_get, &tree };
    const char *sizes;
    json_t *list;

    tree_fill(&tree);
    json_object_foreach(json_object_get(file, "consistency"), sizes, list)
    {
        struct digest path[MERKLE_PATH_MAX];
        uint64_t old_size = strtoull(sizes, NULL, 10);
        uint64_t new_size = strtoull(strchr(sizes, '-') + 1, NULL, 10);
        size_t count;

        cr_assert(merkle_consistency(&nodes, old_size, new_size, path,
                                     &count) == ERR_OK);
        cr_assert_eq(count, json_array_size(list), "%s", sizes);
        for (size_t index = 0; index < count; index++) {
            char text[65];

            hex_format(text, path[index].bytes, DIGEST_SIZE);
            cr_expect_str_eq(text,
                             json_string_value(json_array_get(list, index)));
        }
    }
    json_decref(file);
}
