/* The files that a status publishes, from the state just behind its entry. */
#include <stdio.h>

#include "base/hex.h"
#include "pki/crl.h"
#include "pki/key.h"
#include "pki/x509.h"
#include "proof/distrust.h"
#include "rules/grouping.h"
#include "rules/status.h"

/* The status whose entry was the last one. */
static const struct status_record *status_now(const struct rules_state *s, struct err *e)
{
    const struct status_record *status = state_status(s);
    if (status != NULL && (uint64_t)status->index + 1 == s->tree.size)
        return status;
    (void)err_set(e, ERR_CONFLICT, "the last entry of the record is no status");
    return NULL;
}

static bool mechanism_of_key(int *ret, struct bytes spki, struct err *e)
{
    AUTO(pubkey) key = NULL;
    if (!pubkey_parse(&key, spki, e))
        return false;
    *ret = (int)mechanism_of(pubkey_kind(key), DIGEST_SHA256);
    return true;
}

static bool publication_sign(struct publication *p, const struct rules_state *s, struct bytes id,
                             struct err *e)
{
    const struct key_record *key = state_key(s, id);
    if (key == NULL)
        return err_set(e, ERR_INTERNAL, "a status is signed by a key that the record lacks");
    memcpy(p->key, id.data, sizeof p->key);
    memcpy(p->token, key->token.data, key->token.size);
    p->spki = key->spki;
    return mechanism_of_key(&p->mechanism, key->spki, e);
}

/* What is behind a publication: the list's certificate, or a CRL's partition and issuer. */
struct source {
    struct publication publication;
    const struct status_record *status;
    const struct certificate *certificate;
    size_t place; /* of the partition, among all */
    struct partition partition;
};

static bool source_of_list(struct source *ret, const struct rules_state *s, struct err *e)
{
    ret->certificate = role_certificate(s, KEY_LIST, ret->status->time);
    if (ret->certificate == NULL)
        return err_set(e, ERR_INTERNAL, "the list's key is gone");
    ret->publication.kind = PUBLICATION_LIST;
    ret->publication.certificate = ret->certificate->der;
    (void)snprintf(ret->publication.path, sizeof ret->publication.path, "distrust/list");
    return publication_sign(&ret->publication, s, ret->certificate->key, e);
}

static bool source_of_crl(struct source *ret, const struct rules_state *s, size_t n, struct err *e)
{
    const struct partition *partition;
    if (!grouping_partition(&partition, s, n, ret->status->time, e))
        return false;
    if (partition == NULL)
        return true;
    ret->place = n;
    ret->partition = *partition;
    struct bytes issuer = BYTES_OF(ret->partition.issuer);
    ret->certificate = crl_issuer(s, issuer, ret->status->time);
    ret->publication.kind = PUBLICATION_CRL;
    ret->publication.certificate = ret->certificate->der;
    partition_path(ret->publication.path, &ret->partition);
    return publication_sign(&ret->publication, s, issuer, e);
}

/* Its publication's kind is PUBLICATION_NONE behind the last. */
static bool source_find(struct source *ret, const struct rules_state *s, size_t n, struct err *e)
{
    struct source source = {.status = status_now(s, e)};
    if (source.status == NULL)
        return false;
    size_t lists = source.status->list_expires != 0;
    source.publication.number = source.status->number;
    if (!(n < lists ? source_of_list(&source, s, e) : source_of_crl(&source, s, n - lists, e)))
        return false;
    *ret = source;
    return true;
}

/* The same, for one that there must be. */
static bool source_get(struct source *ret, const struct rules_state *s, size_t n, struct err *e)
{
    if (!source_find(ret, s, n, e))
        return false;
    return ret->publication.kind != PUBLICATION_NONE ||
           err_set(e, ERR_NOT_FOUND, "the status publishes no file number %zu", n);
}

bool rules_publication(struct publication *ret, const struct rules_state *s, size_t n,
                       struct err *e)
{
    struct source source;
    if (!source_find(&source, s, n, e))
        return false;
    *ret = source.publication;
    return true;
}

static bool list_build(struct buf *ret, const struct rules_state *s, const struct source *source,
                       struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(SIZE_MAX / 2);
    struct distrust_plan plan;
    return list_plan(&plan, s, source->status, &arena, e) && distrust_build(ret, &plan, e);
}

static bool crl_of_source(struct buf *ret, const struct rules_state *s, const struct source *source,
                          struct err *e)
{
    struct x509 issuer;
    char url[LIMIT_URL + 64];
    AUTO_VALUE(crl_entries) entries = {.list = NULL};
    if (!x509_parse(&issuer, source->certificate->der, e) ||
        !grouping_entries(&entries, s, source->place, source->status->time, e))
        return false;
    if (!partition_url(url, sizeof url, s, &source->partition))
        return err_set(e, ERR_LIMIT, "the public base URL is too long for a CRL's URL");
    struct crl_plan plan = {.mechanism = (enum mechanism)source->publication.mechanism,
                            .issuer = issuer.subject,
                            .issuer_key_id = issuer.subject_key_id,
                            .beginning = issuer.not_before,
                            .this_update = source->status->time,
                            .next_update = source->status->crl_next,
                            .number = (uint64_t)source->status->number,
                            .url = bytes_text(url),
                            .entries = entries.list,
                            .count = entries.count};
    return crl_build(ret, &plan, e);
}

bool rules_publication_build(struct buf *ret, const struct rules_state *s, size_t n, struct err *e)
{
    struct source source;
    if (!source_get(&source, s, n, e))
        return false;
    return source.publication.kind == PUBLICATION_LIST ? list_build(ret, s, &source, e)
                                                       : crl_of_source(ret, s, &source, e);
}

bool rules_publication_digest(uint8_t ret[DIGEST_MAX], size_t *ret_size,
                              const struct publication *p, struct bytes tbs, struct err *e)
{
    enum digest_alg alg;
    if (p->kind == PUBLICATION_LIST) {
        distrust_digest(ret, tbs);
        *ret_size = DIGEST_SHA256_SIZE;
        return true;
    }
    if (!mechanism_digest((enum mechanism)p->mechanism, &alg))
        return err_set(e, ERR_INPUT, "the mechanism signs no digest");
    *ret_size = digest_compute(ret, alg, tbs);
    return true;
}

static bool signature_judge(const struct publication *p, struct bytes tbs, struct bytes signature,
                            struct err *e)
{
    uint8_t digest[DIGEST_MAX];
    size_t size;
    AUTO(pubkey) key = NULL;
    return rules_publication_digest(digest, &size, p, tbs, e) && pubkey_parse(&key, p->spki, e) &&
           pubkey_verify_digest(key, (enum mechanism)p->mechanism, bytes_make(digest, size),
                                signature, e);
}

bool rules_publication_join(struct buf *ret, const struct publication *p, struct bytes tbs,
                            struct bytes signature, struct err *e)
{
    if (!signature_judge(p, tbs, signature, e))
        return false;
    if (p->kind == PUBLICATION_CRL)
        return crl_finish(ret, tbs, (enum mechanism)p->mechanism, signature, e);
    buf_put(ret, tbs);
    return distrust_finish(ret, p->certificate, signature, e);
}
