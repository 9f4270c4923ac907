/* One signed act of asking under a grant: what the keeper signs, and why it may. */
#include <inttypes.h>
#include <stdio.h>

#include "base/hex.h"
#include "proof/binding.h"
#include "rules/grants.h"
#include "rules/life.h"
#include "rules/requests.h"
#include "rules/revocation.h"
#include "rules/tables.h"

/* What is judged item by item, and what becomes of it. */
struct item_outcome {
    uint8_t digest[DIGEST_MAX];
    size_t digest_size;
    struct bytes attributes; /* built by the rulebook; else absent */
    int64_t artifact;        /* that it is bound to; -1 while it is not */
};

struct request_work {
    struct request request;
    struct open_grant open;
    enum digest_alg alg;
    struct item_outcome *items;
    int64_t unbound;
};

static bool request_judge(const struct rules_state *s, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    AUTO_VALUE(buf) text = BUF(2 * LIMIT_ENTRY);
    struct request request;
    if (!fields_read(&request, &request_fields, entry->body, &arena, e))
        return false;
    const struct grant *grant = state_grant(s, request.grant);
    if (grant == NULL) {
        struct open_grant ignored;
        return open_grant_find(&ignored, s, request.grant, &arena, e);
    }
    request_text(&text, BYTES_OF(s->authority), &request);
    return buf_ok(&text, "request", e) &&
           session_signed(grant, buf_bytes(&text), request.signature, e);
}

static bool mechanism_judge(struct request_work *w, const struct rules_state *s, struct err *e)
{
    enum mechanism mechanism = (enum mechanism)w->request.mechanism;
    const struct key_record *key = state_key(s, w->request.key);
    enum key_kind kind = bytes_is(key->algorithm, "p-256") ? KEY_P256 : KEY_RSA;
    if (!mechanism_digest(mechanism, &w->alg) || mechanism_key_kind(mechanism) != kind)
        return err_refuse(e, "request.mechanism", "mechanism %s does not fit a %.*s key",
                          mechanism_name(mechanism), BYTES_PRINT(key->algorithm));
    return true;
}

static const struct artifact *artifact_at(const struct request_work *w, int64_t index)
{
    const struct list *artifacts = &w->open.grant->artifacts;
    if (index < 0 || (size_t)index >= artifacts->count)
        return NULL;
    return (const struct artifact *)artifacts->items + index;
}

/* The declared artifact that has this very hash; -1 if there is none. */
static int64_t artifact_of_hash(const struct request_work *w, struct bytes digest)
{
    const struct list *artifacts = &w->open.grant->artifacts;
    const struct artifact *items = artifacts->items;
    for (size_t i = 0; i < artifacts->count; i++)
        if (bytes_is(items[i].algorithm, digest_name(w->alg)) &&
            bytes_equal(items[i].digest, digest))
            return (int64_t)i;
    return -1;
}

/* The artifact that an item is for: said, or, where the bare hash of a declared artifact is signed,
 * plain from the digest. -1 if nobody can tell yet. */
static bool item_artifact(int64_t *ret, const struct request_work *w,
                          const struct request_item *item, struct err *e)
{
    bool declared = w->open.grant->artifacts.count > 0;
    bool bare = w->open.signer.family == FORMAT_BARE_HASH && item->digest.data != NULL;
    int64_t index =
        item->artifact >= 0 || !bare ? item->artifact : artifact_of_hash(w, item->digest);
    if (artifact_at(w, index) != NULL || (item->artifact < 0 && !(declared && bare))) {
        *ret = index;
        return true;
    }
    if (item->artifact >= 0)
        return err_refuse(e, "request.artifact", "the grant declares no artifact number %" PRId64,
                          item->artifact);
    (void)err_refuse(e, "request.artifact", "the grant declares no artifact with this hash");
    return err_hint(e, "open a grant that declares the file");
}

/* The rulebook builds what is signed: SignedAttributes with the entry's time. */
static bool item_build(struct item_outcome *ret, const struct request_work *w,
                       const struct artifact *artifact, int64_t time, struct arena *a,
                       struct err *e)
{
    enum format format;
    enum digest_alg alg;
    AUTO_VALUE(buf) set = BUF(LIMIT_PREIMAGE);
    if (artifact == NULL)
        return err_refuse(e, "request.build", "an item without digest must name its artifact");
    if (!format_from_name(&format, artifact->format, e) ||
        !digest_from_name(&alg, artifact->algorithm, e))
        return false;
    if (alg != w->alg)
        return err_refuse(e, "request.mechanism",
                          "the artifact is known by its %s, the mechanism "
                          "hashes with %s",
                          digest_name(alg), digest_name(w->alg));
    if (!format_attributes_build(&set, format, alg, artifact->digest, time, e))
        return false;
    ret->attributes = arena_copy(a, buf_bytes(&set));
    if (ret->attributes.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for signed attributes");
    ret->digest_size = digest_compute(ret->digest, alg, ret->attributes);
    return true;
}

static bool artifact_bind(const struct artifact *artifact, enum digest_alg alg, struct bytes digest,
                          const struct list *preimages, struct err *e)
{
    struct binding binding = {.artifact_digest = artifact->digest,
                              .signed_alg = alg,
                              .signed_digest = digest,
                              .preimages = preimages->items,
                              .preimage_count = preimages->count};
    return format_from_name(&binding.format, artifact->format, e) &&
           digest_from_name(&binding.artifact_alg, artifact->algorithm, e) &&
           binding_check(&binding, e);
}

/* A bare hash that is the artifact's own binds itself; attributes need their preimages. */
static bool item_carries_binding(const struct request_item *item, const struct artifact *artifact)
{
    enum format format;
    struct err ignored;
    if (artifact == NULL || !format_from_name(&format, artifact->format, &ignored))
        return false;
    return item->preimages.count > 0 || format_get(format)->family == FORMAT_BARE_HASH;
}

static bool item_judge(struct item_outcome *ret, const struct request_work *w,
                       const struct request_item *item, int64_t time, struct arena *a,
                       struct err *e)
{
    int64_t index = -1;
    if (!item_artifact(&index, w, item, e))
        return false;
    const struct artifact *artifact = artifact_at(w, index);
    /* The path and its signer may have other formats by now, and with them another family. */
    if (artifact != NULL && !artifact_judge(&w->open.path, artifact, e))
        return false;
    ret->artifact = index;
    if (item->digest.data == NULL)
        return item_build(ret, w, artifact, time, a, e);
    if (item->digest.size != digest_size(w->alg))
        return err_set(e, ERR_INPUT, "a digest of %zu bytes is no %s", item->digest.size,
                       digest_name(w->alg));
    memcpy(ret->digest, item->digest.data, item->digest.size);
    ret->digest_size = item->digest.size;
    if (item_carries_binding(item, artifact))
        return artifact_bind(artifact, w->alg, item->digest, &item->preimages, e);
    if (item->preimages.count > 0)
        return err_set(e, ERR_INPUT, "preimages without an artifact that they lead to");
    ret->artifact = -1;
    return true;
}

static bool repeated_refuse(const struct use *use, struct outcome *out, struct err *e)
{
    out->repeated_entry = use->entry;
    out->repeated_item = use->item;
    (void)err_set(e, ERR_CONFLICT,
                  "this digest is recorded already, as item %" PRId64 " of entry %" PRId64,
                  use->item, use->entry);
    (void)snprintf(e->rule, sizeof e->rule, "request.repeated");
    return err_hint(e, "ask for that signature again; it needs no new entry");
}

/* What the rulebook builds has the entry's time in it, so that its digest does not show a request
 * that is carried out once more: its artifact does. Indexed by that; NULL where nothing was built.
 */
static void built_find(const struct use *ret[LIMIT_GRANT_ARTIFACTS], const struct request_work *w,
                       const struct rules_state *s)
{
    uint8_t prefix[64];
    const struct table *uses = state_view(s, TABLE_USES);
    memcpy(prefix, w->request.grant.data, 32);
    memcpy(prefix + 32, w->request.key.data, 32);
    for (size_t i = table_seek(uses, BYTES_OF(prefix)); table_within(uses, i, BYTES_OF(prefix));
         i++) {
        const struct use *use = table_at(uses, i);
        if (use->built && use->mechanism == w->request.mechanism)
            ret[use->artifact] = use;
    }
}

static bool builds_any(const struct request_work *w)
{
    for (size_t i = 0; i < w->request.items.count; i++)
        if (w->items[i].attributes.data != NULL)
            return true;
    return false;
}

static bool repeats_judge(const struct request_work *w, const struct rules_state *s,
                          struct outcome *out, struct err *e)
{
    const struct use *built[LIMIT_GRANT_ARTIFACTS] = {NULL};
    if (builds_any(w))
        built_find(built, w, s);
    for (size_t i = 0; i < w->request.items.count; i++) {
        struct bytes digest = bytes_make(w->items[i].digest, w->items[i].digest_size);
        const struct use *use = state_use(s, w->request.grant, w->request.key, digest);
        if (use == NULL && w->items[i].attributes.data != NULL)
            use = built[w->items[i].artifact];
        if (use != NULL)
            return repeated_refuse(use, out, e);
        for (size_t n = 0; n < i; n++)
            if (bytes_equal(digest, bytes_make(w->items[n].digest, w->items[n].digest_size)))
                return err_set(e, ERR_INPUT, "items %zu and %zu are the same digest", n, i);
    }
    return true;
}

static bool count_judge(const struct request_work *w, struct err *e)
{
    const struct grant *grant = w->open.grant;
    if (grant->used + (int64_t)w->request.items.count <= grant->count)
        return true;
    (void)err_refuse(e, "grant.count",
                     "the grant is for %" PRId64 " digests, %" PRId64
                     " are signed, %zu more are asked for",
                     grant->count, grant->used, w->request.items.count);
    return err_hint(e, "open a new grant");
}

static bool binding_judge(struct request_work *w, struct err *e)
{
    const struct grant *grant = w->open.grant;
    for (size_t i = 0; i < w->request.items.count; i++)
        w->unbound += w->items[i].artifact < 0;
    if (grant->binding == BINDING_BEFORE && w->unbound > 0) {
        (void)err_refuse(e, "binding.before",
                         "this level signs only what is bound to a declared "
                         "artifact in the request itself");
        return err_hint(e, "use sealward sign, or a bare-hash format of a declared file");
    }
    if (grant->binding == BINDING_AFTER && w->unbound > 0 && grant->unbound + w->unbound > 1) {
        (void)err_refuse(e, "binding.outstanding",
                         "a signature of this grant is not bound to a "
                         "declared artifact yet");
        return err_hint(e, "bind it first: sealward bind, or let sealward run finish");
    }
    return true;
}

/* Neither the artifact nor this very signature is revoked. */
static bool item_trusted(const struct request_work *w, const struct rules_state *s,
                         const struct item_outcome *item, struct err *e)
{
    const struct artifact *artifact = artifact_at(w, item->artifact);
    return (artifact == NULL || artifact_trusted(s, artifact, e)) &&
           signature_trusted(s, w->request.key, bytes_make(item->digest, item->digest_size), e);
}

static bool items_judge(struct request_work *w, const struct rules_state *s, int64_t time,
                        struct arena *a, struct err *e)
{
    const struct request_item *items = w->request.items.items;
    w->items = arena_alloc(a, w->request.items.count * sizeof *w->items);
    if (w->items == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a request's items");
    for (size_t i = 0; i < w->request.items.count; i++)
        if (!item_judge(&w->items[i], w, &items[i], time, a, e) ||
            !item_trusted(w, s, &w->items[i], e))
            return err_wrap(e, "item %zu", i);
    return true;
}

static bool uses_put(struct rules_state *s, const struct request_work *w, const struct entry *entry,
                     struct err *e)
{
    for (size_t i = 0; i < w->request.items.count; i++) {
        struct use use = {.grant = w->request.grant,
                          .key = w->request.key,
                          .digest = bytes_make(w->items[i].digest, w->items[i].digest_size),
                          .mechanism = w->request.mechanism,
                          .entry = entry->index,
                          .item = (int64_t)i,
                          .artifact = w->items[i].artifact,
                          .bound = w->items[i].artifact >= 0,
                          .built = w->items[i].attributes.data != NULL};
        if (!state_put_use(s, &use, e))
            return false;
    }
    struct grant *grant = state_grant(s, w->request.grant);
    grant->used += (int64_t)w->request.items.count;
    grant->unbound += w->unbound;
    life_use(s, w->request.key, (int64_t)w->request.items.count, entry->time);
    return true;
}

static bool jobs_put(struct outcome *out, const struct rules_state *s, const struct request_work *w,
                     struct err *e)
{
    const struct key_record *key = state_key(s, w->request.key);
    size_t count = w->request.items.count;
    struct sign_job *jobs = arena_alloc(&out->arena, count * sizeof *jobs);
    if (jobs == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for what is to be signed");
    for (size_t i = 0; i < count; i++) {
        memcpy(jobs[i].key, w->request.key.data, sizeof jobs[i].key);
        memcpy(jobs[i].token, key->token.data, key->token.size);
        memcpy(jobs[i].digest, w->items[i].digest, w->items[i].digest_size);
        jobs[i].mechanism = w->request.mechanism;
        jobs[i].digest_size = w->items[i].digest_size;
        if (w->items[i].attributes.data == NULL)
            continue;
        jobs[i].attributes = arena_copy(&out->arena, w->items[i].attributes);
        if (jobs[i].attributes.data == NULL)
            return err_set(e, ERR_MEMORY, "out of memory for signed attributes");
    }
    out->jobs = jobs;
    out->job_count = count;
    return true;
}

static bool work_judge(struct request_work *w, const struct rules_state *s,
                       const struct entry *entry, struct arena *a, struct err *e)
{
    return fields_read(&w->request, &request_fields, entry->body, a, e) &&
           open_grant_find(&w->open, s, w->request.grant, a, e) &&
           open_grant_usable(&w->open, s, e) &&
           signing_key_judge(&w->open, s, w->request.key, entry->time, a, e) &&
           mechanism_judge(w, s, e) && items_judge(w, s, entry->time, a, e);
}

static bool request_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                          struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct request_work work = {.unbound = 0};
    return work_judge(&work, s, entry, &arena, e) && repeats_judge(&work, s, out, e) &&
           count_judge(&work, e) && binding_judge(&work, e) && jobs_put(out, s, &work, e) &&
           uses_put(s, &work, entry, e);
}

/* That the record has this item of this entry, and its key may sign now. */
static bool again_judge(const struct request_work *w, const struct rules_state *s,
                        const struct entry *request, int64_t item, int64_t now, struct arena *a,
                        struct err *e)
{
    if (now >= w->open.grant->closes)
        return err_refuse(e, "grant.expired", "the grant's window has ended");
    if (item < 0 || (size_t)item >= w->request.items.count)
        return err_set(e, ERR_NOT_FOUND, "entry %" PRId64 " has no item %" PRId64, request->index,
                       item);
    const struct item_outcome *judged = &w->items[item];
    const struct use *use = state_use(s, w->request.grant, w->request.key,
                                      bytes_make(judged->digest, judged->digest_size));
    if (use == NULL || use->entry != request->index)
        return err_set(e, ERR_NOT_FOUND, "item %" PRId64 " of entry %" PRId64 " is not on record",
                       item, request->index);
    return signing_key_judge(&w->open, s, w->request.key, now, a, e);
}

bool rules_sign_again(const struct rules_state *s, const struct entry *request, int64_t item,
                      int64_t now, struct outcome *out, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct request_work work = {.unbound = 0};
    if (!bytes_is(request->type, "request"))
        return err_set(e, ERR_INPUT, "entry %" PRId64 " is no request", request->index);
    if (s->clock.doubted)
        return err_refuse(e, "clock.doubt", "the clock is in doubt: nothing is signed");
    if (!work_judge(&work, s, request, &arena, e) ||
        !again_judge(&work, s, request, item, now > s->time ? now : s->time, &arena, e) ||
        !jobs_put(out, s, &work, e))
        return false;
    out->jobs += item;
    out->job_count = 1;
    return true;
}

static bool request_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct request request;
    char grant[65];
    char key[65];
    if (!fields_read(&request, &request_fields, entry->body, &arena, e))
        return false;
    buf_printf(b, "grant %.16s signs %zu digest%s with key %.16s (%s)",
               hex_string(grant, request.grant), request.items.count,
               request.items.count == 1 ? "" : "s", hex_string(key, request.key),
               mechanism_name((enum mechanism)request.mechanism));
    return true;
}

static bool request_marks(struct mark **list, const struct entry *entry, struct arena *a,
                          struct err *e)
{
    struct request request;
    if (!fields_read(&request, &request_fields, entry->body, a, e))
        return false;
    const struct request_item *items = request.items.items;
    for (size_t i = 0; i < request.items.count; i++)
        if (items[i].digest.data != NULL &&
            !mark_add(list, "tbs", items[i].digest, (int64_t)i, a, e))
            return false;
    return mark_add(list, "grant", request.grant, 0, a, e) &&
           mark_add(list, "key", request.key, 0, a, e);
}

const struct entry_row entry_request = {
    .name = "request",
    .since = 1,
    .origin = ENTRY_FROM_OUTSIDE,
    .judge = request_judge,
    .apply = request_apply,
    .describe = request_describe,
    .marks = request_marks,
};
