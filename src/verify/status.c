#include "verify/trial.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "verify/listed.h"
#include "verify/receipts.h"

static bool fresh_check(const struct verify_input *in, struct err *e)
{
    if (in->list == NULL) {
        (void)err_refuse(e, "verify.list", "there is no distrust list to judge it by");
        return err_hint(e, "fetch the authority's distrust list");
    }
    if (!distrust_check_fresh(in->list, in->now, e))
        return false;
    if (in->list_age_max > 0 && in->now - in->list->head.issued > in->list_age_max) {
        (void)err_refuse(e, "verify.list-age", "distrust list %" PRIu64 " is older than demanded",
                         in->list->head.number);
        return err_hint(e, "fetch the newest list");
    }
    return true;
}

static bool survives(const struct verify_signature *s, int64_t effective)
{
    return s->trusted != VERIFY_TIME_NONE && s->time < effective;
}

#define SINCE_SIZE 128

/* From when on, and why that is not too late for this signature. */
static const char *since(char ret[SINCE_SIZE], const struct verify_signature *s, int64_t effective)
{
    char from[TEXT_TIME_SIZE];
    char made[TEXT_TIME_SIZE];
    bool trusted = s->trusted != VERIFY_TIME_NONE;
    (void)snprintf(ret, SINCE_SIZE, "from %s on, and %s%s",
                   effective == 0 ? "the beginning" : text_time(from, effective),
                   trusted ? "the signature is of " : "no trusted time is earlier",
                   trusted ? text_time(made, s->time) : "");
    return ret;
}

static bool certificate_check(const struct trial *t, const struct verify_signature *s,
                              const struct x509 *certificate, bool is_signer, struct err *e)
{
    struct listed listed;
    char when[SINCE_SIZE];
    if (!listed_find(&listed, t->in->list, t->in->authority, certificate) ||
        survives(s, listed.effective))
        return true;
    (void)since(when, s, listed.effective);
    if (!is_signer)
        return err_refuse(e, "revoked.issuer", "an issuer of the certificate is distrusted %s",
                          when);
    if (listed.by_key)
        return err_refuse(e, "revoked.key", "the key is distrusted %s", when);
    return err_refuse(e, "revoked.certificate", "the certificate is distrusted %s", when);
}

/* A list that is no longer fresh cannot know what happened to a younger certificate. */
static bool younger_check(const struct trial *t, struct verify_signature *s,
                          const struct x509 *certificate, struct err *e)
{
    struct err ignored;
    if (!listed_is_younger(t->in->list, t->in->authority, certificate))
        return true;
    s->list_older = true;
    return distrust_check_fresh(t->in->list, t->in->now, &ignored) ||
           err_refuse(e, "verify.unknown",
                      "the distrust list is older than the certificate, and has expired");
}

static bool chain_check(const struct trial *t, struct verify_signature *s, struct err *e)
{
    if (!certificate_check(t, s, &t->certificate, true, e) ||
        !younger_check(t, s, &t->certificate, e))
        return false;
    for (size_t i = 1; i < t->chain.count; i++)
        if (!certificate_check(t, s, t->chain.list[i], false, e) ||
            !younger_check(t, s, t->chain.list[i], e))
            return false;
    return true;
}

static bool signature_check(const struct trial *t, const struct verify_signature *s, struct err *e)
{
    uint8_t id[DIGEST_SHA256_SIZE];
    distrust_signature_id(id, s->key, bytes_make(s->tbs, s->tbs_size));
    return !distrust_signature(t->in->list, id) ||
           err_refuse(e, "revoked.signature", "this one signature is on the distrust list");
}

/* Whether the file is listed as of that format and hash. */
static bool is_listed(const struct trial *t, const char *format, enum digest_alg alg,
                      const uint8_t *digest)
{
    uint8_t id[DIGEST_SHA256_SIZE];
    distrust_artifact_id(id, bytes_text(format), bytes_text(digest_name(alg)),
                         bytes_make(digest, digest_size(alg)));
    return distrust_artifact(t->in->list, id);
}

/* However it was declared and signed, the file is the same. */
static bool artifact_check(const struct trial *t, struct err *e)
{
    const char *pe = format_names[FORMAT_PE];
    for (unsigned i = 0; t->in->list->artifacts.size > 0 && i < DIGEST_COUNT; i++) {
        enum digest_alg alg = (enum digest_alg)i;
        uint8_t whole[DIGEST_MAX];
        uint8_t image[DIGEST_MAX];
        struct err ignored;
        digest_compute(whole, alg, t->in->file);
        bool is_image = artifact_identify(image, bytes_text(pe), alg, t->in->file, &ignored);
        if (is_listed(t, format_names[FORMAT_CMS], alg, whole) ||
            is_listed(t, format_names[FORMAT_RAW], alg, whole) ||
            (is_image && is_listed(t, pe, alg, image)))
            return err_refuse(e, "revoked.artifact", "this file is on the distrust list");
    }
    return true;
}

/* The path that the signature came over; none where no receipt of its grant shows it. */
static struct bytes own_path(const struct trial *t, const struct verify_signature *s)
{
    struct declared_grant grant;
    struct bytes path;
    struct err ignored;
    bool shown = s->entry >= 0 && grant_find(&grant, t->in, BYTES_OF(s->grant), t->arena) &&
                 declared_path_read(&path, &grant, &ignored);
    return shown ? path : BYTES_NONE;
}

/* Where it is not shown which one it is, a signature could be of any path of its signer. */
static bool path_check(const struct trial *t, const struct verify_signature *s, struct err *e)
{
    const struct distrust_path *path;
    char when[SINCE_SIZE];
    size_t place = 0;
    struct bytes own = t->in->list->path_count > 0 ? own_path(t, s) : BYTES_NONE;
    while ((path = distrust_path(t->in->list, s->key, &place)) != NULL) {
        bool another = own.data != NULL && !bytes_equal(own, path->id);
        if (another || survives(s, path->since))
            continue;
        (void)err_refuse(e, "revoked.path", "the release path \"%.*s\" is distrusted %s",
                         BYTES_PRINT(path->id), since(when, s, path->since));
        return err_hint(e, "if it came over another path: give the receipts of request and grant");
    }
    return true;
}

/* One certificate of the chain, under its issuer. */
static bool crls_check(const struct trial *t, const struct verify_signature *s, size_t place,
                       struct err *e)
{
    char when[SINCE_SIZE];
    int64_t revoked = 0;
    const struct x509 *const *list = &t->chain.list[place];
    enum crls_answer answer =
        crls_ask(t->crls, t->in->crl_count, list[0], list[1], t->in->now, &revoked);
    if (answer == CRLS_LISTED && !survives(s, revoked)) {
        (void)since(when, s, revoked);
        return place == 0
                   ? err_refuse(e, "revoked.certificate", "the certificate is revoked %s", when)
                   : err_refuse(e, "revoked.issuer", "an issuer's certificate is revoked %s", when);
    }
    if (answer == CRLS_SILENT && place == 0)
        return err_refuse(e, "verify.crl", "no CRL speaks about the certificate now");
    return true;
}

static bool list_check(struct trial *t, struct verify_signature *s, struct err *e)
{
    return chain_check(t, s, e) && signature_check(t, s, e) && artifact_check(t, e) &&
           path_check(t, s, e);
}

bool status_check(struct trial *t, struct verify_signature *s, struct err *e)
{
    if (t->in->demand_fresh && !fresh_check(t->in, e))
        return false;
    if (t->in->list != NULL && !list_check(t, s, e))
        return false;
    for (size_t i = 0; t->in->crl_count > 0 && i + 1 < t->chain.count; i++)
        if (!crls_check(t, s, i, e))
            return false;
    return true;
}
