#include "cli/file_signing.h"

#include "base/file.h"
#include "cli/stamp.h"
#include "pki/algorithm.h"
#include "pki/attributes.h"
#include "pki/cms.h"

/* Bytes of a detached signature with its certificates. */
#define OUTPUT_MAX 65536

static const struct declaration *declaration_of(const struct file_signing *s, size_t n)
{
    return &s->signing->declarations[s->which[n]];
}

/* What was signed for that file, hashed. The attributes must be over the file. */
static bool signed_digest(struct signature *ret, const struct file_signing *s, size_t n,
                          struct err *e)
{
    struct attributes attributes;
    struct bytes artifact = declaration_of(s, n)->artifact.digest;
    if (!s->attributes) {
        memcpy(ret->digest, artifact.data, artifact.size);
        ret->digest_size = artifact.size;
        return true;
    }
    if (!attributes_parse(&attributes, s->results[n].extra, e))
        return false;
    if (!bytes_equal(attributes.message_digest, artifact))
        return err_set(e, ERR_AUTH, "the attributes that were signed are over another file");
    ret->digest_size = digest_compute(ret->digest, s->signing->alg, s->results[n].extra);
    return true;
}

static bool signature_take(struct file_signing *s, size_t n, struct err *e)
{
    struct bytes bytes = s->results[n].signature;
    struct signature made = {.mechanism = s->mechanism,
                             .entry = s->entry,
                             .item = (int64_t)n,
                             .artifact = (int64_t)s->which[n],
                             .bound = true,
                             .size = bytes.size};
    if (!signed_digest(&made, s, n, e) ||
        !pubkey_verify_digest(s->key, s->mechanism, signature_digest(&made), bytes, e))
        return err_because(e, "%s: the authority's signature does not hold",
                           declaration_of(s, n)->file);
    memcpy(made.bytes, bytes.data, bytes.size);
    return signatures_add(&s->made, &made, e);
}

/* Over the signature as it stands in the message. */
static bool timestamp_get(struct bytes *ret, const struct file_signing *s, size_t n, struct err *e)
{
    AUTO_VALUE(buf) value = BUF(OUTPUT_MAX);
    const struct signing *g = s->signing;
    if (!g->stamps)
        return true;
    algorithm_put_signature_value(&value, s->mechanism, s->results[n].signature);
    return buf_ok(&value, "a signature", e) &&
           stamp_fetch(ret, g->client, g->alg, buf_bytes(&value), &g->release.signer.chain,
                       &g->cli->arena, e);
}

/* The key's certificate and those above it; the root is the verifier's to have. */
static bool message_put(struct buf *b, const struct file_signing *s, size_t n, struct err *e)
{
    struct bytes certificates[8];
    const struct release *release = &s->signing->release;
    const struct bytes *chain = release->signer.chain.items;
    size_t count = 0;
    certificates[count++] = release->key->certificate;
    for (size_t i = 0; i + 1 < release->signer.chain.count && count < 8; i++)
        certificates[count++] = chain[i];
    struct cms_plan plan = {.attributes = s->results[n].extra,
                            .mechanism = s->mechanism,
                            .signature = s->results[n].signature,
                            .certificates = certificates,
                            .certificate_count = count};
    return timestamp_get(&plan.timestamp, s, n, e) && cms_build(b, &plan, e);
}

static bool output_write(const struct file_signing *s, size_t n, const char *path, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(OUTPUT_MAX);
    if (s->attributes && !message_put(&text, s, n, e))
        return false;
    if (!s->attributes)
        algorithm_put_signature_value(&text, s->mechanism, s->results[n].signature);
    return buf_ok(&text, "a signature", e) && file_replace(path, buf_bytes(&text), 0644, e);
}

/* ---- All ---- */

bool file_signing_begin(struct file_signing *s, struct err *e)
{
    struct signing *g = s->signing;
    struct request_item *items = arena_alloc(&g->cli->arena, s->count * sizeof *items);
    s->results = arena_alloc(&g->cli->arena, s->count * sizeof *s->results);
    s->made = SIGNATURES_NONE;
    if (items == NULL || s->results == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a request");
    for (size_t i = 0; i < s->count; i++)
        items[i] = (struct request_item){
            .digest = s->attributes ? BYTES_NONE : declaration_of(s, i)->artifact.digest,
            .artifact = (int64_t)s->which[i]};
    if (!pubkey_parse(&s->key, g->release.key->spki, e))
        return false;
    s->mechanism = mechanism_of(pubkey_kind(s->key), g->alg);
    s->request = (struct request){.key = g->release.key->id,
                                  .mechanism = (int)s->mechanism,
                                  .items = {.items = items, .count = s->count}};
    return true;
}

void file_signing_done(struct file_signing *s)
{
    signatures_done(&s->made);
    pubkey_free(s->key);
    s->key = NULL;
}

bool file_signing_request(struct file_signing *s, struct err *e)
{
    return signing_request(s->signing, &s->request, s->results, &s->entry, &s->signing->cli->arena,
                           e);
}

bool file_signing_write(struct file_signing *s, size_t n, const char *path, struct err *e)
{
    return signature_take(s, n, e) && output_write(s, n, path, e);
}
