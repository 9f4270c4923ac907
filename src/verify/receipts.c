#include "verify/receipts.h"

#include <inttypes.h>

#include "pki/attributes.h"
#include "proof/format.h"
#include "proof/receipt.h"
#include "proof/request.h"

/* How far a receipt got, so that the error of the nearest one is shown. */
enum nearness { NEAR_NOT, NEAR_PROVEN, NEAR_REQUEST, NEAR_KEY };

/* The digest of what the rulebook built for the artifact at the entry's time. False if the format
 * is none that it builds, or the key hashes otherwise than the artifact is known by. */
static bool built_digest(uint8_t ret[DIGEST_MAX], size_t *ret_size, const struct verify_input *in,
                         const struct verify_signature *s, int64_t time)
{
    enum format format;
    enum digest_alg alg;
    struct err ignored;
    AUTO_VALUE(buf) set = BUF(ATTRIBUTES_MAX);
    if (!format_from_name(&format, in->format, &ignored) || !mechanism_digest(s->mechanism, &alg) ||
        alg != s->artifact_alg)
        return false;
    struct bytes artifact = bytes_make(s->artifact, digest_size(alg));
    if (!format_attributes_build(&set, format, alg, artifact, time, &ignored))
        return false;
    *ret_size = digest_compute(ret, alg, buf_bytes(&set));
    return true;
}

bool grant_find(struct declared_grant *ret, const struct verify_input *in, struct bytes leaf,
                struct arena *a)
{
    for (size_t i = 0; i < in->receipt_count; i++) {
        struct receipt receipt;
        struct checkpoint checkpoint;
        uint8_t found[TREE_HASH];
        struct err ignored;
        if (!receipt_parse(&receipt, in->receipts[i], a, &ignored) ||
            !receipt_verify(&receipt, in->authority, &checkpoint, found, &ignored) ||
            !bytes_equal(BYTES_OF(found), leaf))
            continue;
        return declared_open(ret, receipt.entry, a, &ignored);
    }
    return false;
}

/* Whether the item is a request for what the rulebook builds for this file, as its grant says. */
static bool built_fits(const struct declared_grant *grant, const struct request_item *item,
                       const struct verify_input *in, const struct verify_signature *s,
                       struct arena *a)
{
    struct declared declared;
    struct err ignored;
    return item->digest.data == NULL &&
           declared_read(&declared, grant, item->artifact, a, &ignored) &&
           bytes_equal(declared.format, in->format) &&
           bytes_is(declared.algorithm, digest_name(s->artifact_alg)) &&
           bytes_equal(declared.digest, bytes_make(s->artifact, digest_size(s->artifact_alg)));
}

/* Without the grant, which must be among the receipts and declare the artifact as what was signed,
 * a request for what the rulebook builds could be for any file. */
static bool built_search(const struct request_entry *entry, const struct verify_input *in,
                         const struct verify_signature *s, struct arena *a, struct err *e)
{
    struct declared_grant grant;
    bool known = grant_find(&grant, in, entry->request.grant, a);
    const struct request_item *items = entry->request.items.items;
    for (size_t i = 0; known && i < entry->request.items.count; i++)
        if (built_fits(&grant, &items[i], in, s, a))
            return true;
    (void)err_set(e, ERR_AUTH,
                  "entry %" PRId64
                  " is a request for a file that its grant declares, and no receipt "
                  "of that grant shows that it is this one",
                  entry->index);
    return err_hint(e, "give the grant's receipt as well: --receipt");
}

static bool items_search(const struct request_entry *entry, const struct verify_input *in,
                         const struct verify_signature *s, struct arena *a, struct err *e)
{
    const struct request_item *items = entry->request.items.items;
    struct bytes tbs = bytes_make(s->tbs, s->tbs_size);
    uint8_t digest[DIGEST_MAX];
    size_t size = 0;
    bool named = false;
    for (size_t i = 0; i < entry->request.items.count; i++) {
        if (items[i].digest.data != NULL && bytes_equal(items[i].digest, tbs))
            return true;
        named = named || items[i].digest.data == NULL;
    }
    if (named && built_digest(digest, &size, in, s, entry->time) &&
        bytes_equal(bytes_make(digest, size), tbs))
        return built_search(entry, in, s, a, e);
    return err_set(e, ERR_AUTH, "entry %" PRId64 " is a request for other signatures of this key",
                   entry->index);
}

static bool request_fits(const struct request_entry *entry, const struct verify_input *in,
                         const struct verify_signature *s, enum nearness *nearness, struct arena *a,
                         struct err *e)
{
    const struct request *request = &entry->request;
    if (!bytes_equal(request->key, BYTES_OF(s->key)))
        return err_set(e, ERR_AUTH, "entry %" PRId64 " is a request for another key", entry->index);
    *nearness = NEAR_KEY;
    if (request->mechanism != (int)s->mechanism)
        return err_set(e, ERR_AUTH, "entry %" PRId64 " is a request for %s, the signature is %s",
                       entry->index, mechanism_name((enum mechanism)request->mechanism),
                       mechanism_name(s->mechanism));
    return items_search(entry, in, s, a, e);
}

static bool receipt_fits(struct verify_signature *s, int64_t *ret_time, struct bytes text,
                         const struct verify_input *in, enum nearness *nearness, struct arena *a,
                         struct err *e)
{
    struct receipt receipt;
    struct checkpoint checkpoint;
    struct request_entry entry;
    uint8_t leaf[TREE_HASH];
    if (!receipt_parse(&receipt, text, a, e) ||
        !receipt_verify(&receipt, in->authority, &checkpoint, leaf, e))
        return false;
    *nearness = NEAR_PROVEN;
    if (!request_entry_read(&entry, receipt.entry, a, e))
        return err_wrap(e, "the receipt of entry %" PRIu64, receipt.index);
    *nearness = NEAR_REQUEST;
    if (!request_fits(&entry, in, s, nearness, a, e))
        return false;
    s->entry = entry.index;
    memcpy(s->grant, entry.request.grant.data, sizeof s->grant);
    s->log_size = checkpoint.size;
    *ret_time = entry.time;
    return true;
}

bool receipts_find(struct verify_signature *s, int64_t *ret_time, const struct verify_input *in,
                   struct arena *a, struct err *e)
{
    struct err nearest = {.code = ERR_NOT_FOUND};
    int best = -1;
    for (size_t i = 0; i < in->receipt_count; i++) {
        enum nearness nearness = NEAR_NOT;
        struct err own;
        if (receipt_fits(s, ret_time, in->receipts[i], in, &nearness, a, &own))
            return true;
        if ((int)nearness > best) {
            best = (int)nearness;
            nearest = own;
        }
    }
    *e = nearest;
    return in->receipt_count == 1
               ? false
               : err_wrap(e, "none of the %zu receipts is of this signature", in->receipt_count);
}
