/* The evidence for revoking one signature: the request that asked for it, out of the record. */
#include "base/hex.h"
#include "proof/distrust.h"
#include "proof/format.h"
#include "proof/path.h"
#include "rules/evidence.h"
#include "rules/requests.h"
#include "rules/revocation.h"
#include "rules/tables.h"

/* The entry stands in the tree of the checkpoint that the statement saw, and that is of this
 * record. */
static bool inclusion_judge(const struct rules_state *s, const struct signed_entry *read,
                            const struct entry *request, struct err *e)
{
    struct path path;
    const struct seen *seen = &read->statement.seen;
    if (!seen_judge(s, &read->outer, seen, e) ||
        !path_read(&path, read->outer.brought.inclusion, e))
        return false;
    struct err why;
    if (path_check_inclusion(&path, (uint64_t)request->index, (uint64_t)seen->size, request->leaf,
                             seen->root.data, &why))
        return true;
    return err_refuse(e, "revoke.signature",
                      "the entry brought along does not stand in the record: %s", why.message);
}

/* Built by the rulebook then, with the entry's time, and so again now. */
static bool built_digest(uint8_t ret[DIGEST_MAX], size_t *ret_size, const struct brought *brought,
                         enum digest_alg alg, int64_t time, struct arena *a, struct err *e)
{
    struct artifact artifact;
    enum format format;
    enum digest_alg known_by;
    AUTO_VALUE(buf) set = BUF(LIMIT_PREIMAGE);
    if (brought->artifact.data == NULL)
        return err_set(e, ERR_INPUT, "the item was built for an artifact, which is missing");
    if (!fields_read(&artifact, &artifact_fields, brought->artifact, a, e) ||
        !format_from_name(&format, artifact.format, e) ||
        !digest_from_name(&known_by, artifact.algorithm, e))
        return false;
    if (known_by != alg || artifact.digest.size != digest_size(alg))
        return err_set(e, ERR_INPUT, "the artifact is not known by the hash that was signed with");
    if (!format_attributes_build(&set, format, alg, artifact.digest, time, e))
        return false;
    *ret_size = digest_compute(ret, alg, buf_bytes(&set));
    return true;
}

static bool item_digest(uint8_t ret[DIGEST_MAX], size_t *ret_size, const struct request *request,
                        const struct brought *brought, int64_t time, struct arena *a, struct err *e)
{
    enum digest_alg alg;
    if (brought->item < 0 || (size_t)brought->item >= request->items.count)
        return err_set(e, ERR_INPUT, "the request brought along has no such item");
    if (!mechanism_digest((enum mechanism)request->mechanism, &alg))
        return err_set(e, ERR_INPUT, "the request brought along signs no digest");
    const struct request_item *item =
        (const struct request_item *)request->items.items + brought->item;
    if (item->digest.data == NULL)
        return built_digest(ret, ret_size, brought, alg, time, a, e);
    if (brought->artifact.data != NULL)
        return err_set(e, ERR_INPUT, "the item has a digest, so nothing was built for an artifact");
    memcpy(ret, item->digest.data, item->digest.size);
    *ret_size = item->digest.size;
    return true;
}

bool revocable_prove(struct revocable *ret, const struct rules_state *s,
                     const struct signed_entry *read, struct bytes id, struct arena *a,
                     struct err *e)
{
    const struct brought *brought = &read->outer.brought;
    struct entry entry;
    struct request request;
    uint8_t digest[DIGEST_MAX];
    size_t size = 0;
    uint8_t signature[32];
    char hex[65];
    if (!entry_read(&entry, brought->entry, a, e))
        return err_wrap(e, "entry brought along");
    if (!bytes_is(entry.type, "request"))
        return err_set(e, ERR_INPUT, "the entry brought along is no request");
    if (!fields_read(&request, &request_fields, entry.body, a, e) ||
        !inclusion_judge(s, read, &entry, e) ||
        !item_digest(digest, &size, &request, brought, entry.time, a, e))
        return false;
    distrust_signature_id(signature, request.key.data, bytes_make(digest, size));
    if (!bytes_is(id, hex_string(hex, BYTES_OF(signature))))
        return err_refuse(e, "revoke.signature", "the entry brought along is of another signature");
    const struct key_record *key = state_key(s, request.key);
    ret->key = request.key;
    ret->signer = key == NULL ? BYTES_NONE : key->signer;
    return true;
}
