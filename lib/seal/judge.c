/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/open.h"

#include "model/pass.h"

#define CHECK_NAME(name, word, text) [name] = (word),
#define CHECK_TEXT(name, word, text) [name] = (text),

static const char *const check_names[ITEM_CHECK_COUNT] = { ITEM_CHECK_LIST(
    CHECK_NAME) };
static const char *const check_texts[ITEM_CHECK_COUNT] = { ITEM_CHECK_LIST(
    CHECK_TEXT) };

const char *item_check_name(enum item_check check)
{
    return check < ITEM_CHECK_COUNT ? check_names[check] : "unknown";
}

const char *item_check_text(enum item_check check)
{
    return check < ITEM_CHECK_COUNT ? check_texts[check] : "unknown";
}

void item_checks_format(item_checks checks, struct buf *to)
{
    const char *separator = "";

    for (unsigned check = 0; check < ITEM_CHECK_COUNT; check++) {
        if ((checks & item_check_bit((enum item_check)check)) != 0) {
            buf_printf(to, "%s%s", separator, check_names[check]);
            separator = ", ";
        }
    }
    if (checks == 0) {
        buf_put_str(to, "none");
    }
}

static item_checks bit_if(bool failed, enum item_check check)
{
    return failed ? item_check_bit(check) : 0;
}

/* The record speaks of this header and this payload? */
static item_checks judge_record(const struct item *item,
                                const struct item_facts *facts)
{
    const struct deposit *deposit = facts->deposit;
    bool failed = !header_id_equal(&deposit->header_id, &item->id) ||
                  deposit->header_size != item->object.size;

    if (item->has_metadata) {
        failed = failed || !payload_root_equal(&deposit->payload_root,
                                               &item->metadata.root);
    }
    if (facts->has_payload) {
        failed = failed || deposit->payload_size != facts->payload_size;
    } else if (item->has_metadata) {
        failed = failed || deposit->payload_size != item_padded_size(item);
    }
    return bit_if(failed, ITEM_RECORD);
}

static item_checks judge_payload(const struct item *item,
                                 const struct item_facts *facts)
{
    return facts->blocks_failed |
           bit_if(facts->payload_size != item_padded_size(item), ITEM_LENGTH) |
           bit_if(!payload_root_equal(&facts->root, &item->metadata.root),
                  ITEM_ROOT);
}

/* The file's hash as it came out, or as it was described when nobody looked. */
static item_checks judge_commitment(const struct item *item,
                                    const struct item_facts *facts)
{
    struct digest commitment;

    metadata_commitment(item->metadata.salt,
                        facts->has_sha256 ? &facts->sha256
                                          : &item->metadata.sha256,
                        item->note, &commitment);
    return bit_if(!digest_equal(&commitment, &facts->deposit->commitment),
                  ITEM_COMMITMENT);
}

static item_checks judge_hashes(const struct item *item,
                                const struct item_facts *facts)
{
    const struct metadata *metadata = &item->metadata;
    item_checks failed = 0;

    if (facts->has_sha256) {
        failed |= bit_if(!digest_equal(&facts->sha256, &metadata->sha256),
                         ITEM_SHA256);
    }
    if (facts->has_sha512 && metadata->has_sha512) {
        failed |= bit_if(memcmp(facts->sha512.bytes, metadata->sha512.bytes,
                                sizeof(metadata->sha512.bytes)) != 0,
                         ITEM_SHA512);
    }
    return failed;
}

static item_checks judge_pass(const struct item *item,
                              const struct item_facts *facts)
{
    const struct metadata *metadata = &item->metadata;

    if (metadata->pass.size == 0) {
        return 0;
    }
    return bit_if(pass_verify(facts->chain, metadata->pass,
                              &metadata->depositor, &metadata->depositor_key,
                              metadata->deposited, NULL) != ERR_OK,
                  ITEM_PASS);
}

item_checks item_judge(const struct item *item, const struct item_facts *facts)
{
    item_checks failed = item->failed;

    if (facts->deposit != NULL) {
        failed |= judge_record(item, facts);
    }
    if (!item->has_metadata) {
        return failed;
    }
    if (facts->deposit != NULL) {
        failed |= judge_commitment(item, facts);
    }
    if (facts->has_payload) {
        failed |= judge_payload(item, facts);
    }
    if (facts->cid != NULL) {
        failed |= bit_if(!cid_equal(&item->metadata.cid, facts->cid),
                         ITEM_CONSORTIUM);
    }
    if (facts->chain != NULL) {
        failed |= judge_pass(item, facts);
    }
    return failed | judge_hashes(item, facts);
}
