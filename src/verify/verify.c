#include "verify/verify.h"

#include "pki/algorithm.h"
#include "pki/spc.h"
#include "proof/binding.h"
#include "verify/receipts.h"
#include "verify/trial.h"

const char *const verify_check_names[] = {"signature", "artifact", "chain",  "authority",
                                          "receipt",   "time",     "status", NULL};
const char *const verify_time_names[] = {"none", "receipt", "timestamp", NULL};

static bool message_take(struct trial *t, struct verify_signature *s, struct err *e)
{
    enum digest_alg alg;
    return cms_parse(&t->cms, t->signature, e) &&
           artifact_preimages(&t->preimages, t->in->format, t->signature, t->arena, e) &&
           cms_signer_algorithms(&alg, &s->mechanism, &t->cms.signers[0], e) &&
           cms_signer_certificate(&t->certificate, &t->cms, &t->cms.signers[0], e);
}

/* The certificates that can be read: those between signer and root are among them. */
static bool between_take(struct trial *t, struct err *e)
{
    struct err ignored;
    t->between = arena_alloc(t->arena, TRIAL_BETWEEN_MAX * sizeof *t->between);
    if (t->between == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a chain of certificates");
    for (size_t i = 0; i < t->cms.certificate_count; i++)
        t->between_count +=
            x509_parse(&t->between[t->between_count], t->cms.certificates[i], &ignored);
    for (size_t i = 0; i < t->in->certificate_count; i++)
        t->between_count +=
            x509_parse(&t->between[t->between_count], t->in->certificates[i], &ignored);
    return true;
}

/* Takes the signature apart; without this there is nothing to ask. */
static bool parts_take(struct trial *t, struct verify_signature *s, struct err *e)
{
    bool taken = t->format == FORMAT_RAW ? raw_take(t, s, e) : message_take(t, s, e);
    if (!taken || !between_take(t, e))
        return false;
    s->certificate = t->certificate.der;
    s->subject = t->certificate.subject;
    pubkey_spki_sha256(s->key, t->certificate.spki);
    s->tbs_size = digest_size(t->preimages.alg);
    memcpy(s->tbs, t->preimages.digest, s->tbs_size);
    return true;
}

static bool signature_check(struct trial *t, struct verify_signature *s, struct err *e)
{
    AUTO(pubkey) key = NULL;
    bool bare = t->format == FORMAT_RAW;
    return pubkey_parse(&key, t->certificate.spki, e) &&
           algorithm_verify(key, s->mechanism, bare ? t->in->file : t->preimages.list[0],
                            bare ? t->signature : t->cms.signers[0].signature, e);
}

/* By which hash the signature knows its artifact. */
static bool artifact_alg(enum digest_alg *ret, const struct trial *t, struct err *e)
{
    struct spc spc;
    if (t->format != FORMAT_PE) {
        *ret = t->preimages.alg;
        return true;
    }
    if (!spc_parse(&spc, t->cms.content, e))
        return false;
    *ret = spc.alg;
    return true;
}

static bool artifact_check(struct trial *t, struct verify_signature *s, struct err *e)
{
    if (!artifact_alg(&s->artifact_alg, t, e) ||
        !artifact_identify(s->artifact, t->in->format, s->artifact_alg, t->in->file, e))
        return false;
    struct binding binding = {
        .format = t->format,
        .artifact_alg = s->artifact_alg,
        .artifact_digest = bytes_make(s->artifact, digest_size(s->artifact_alg)),
        .signed_alg = t->preimages.alg,
        .signed_digest = bytes_make(s->tbs, s->tbs_size),
        .preimages = t->preimages.list,
        .preimage_count = t->preimages.count,
    };
    return binding_check(&binding, e);
}

/* Of several roots the reason of the one that a chain leads to is told. */
static bool chain_check(struct trial *t, struct verify_signature *s, struct err *e)
{
    struct err why;
    struct err own;
    (void)err_refuse(&why, "chain.root", "no root certificate is trusted");
    for (size_t i = 0; i < t->in->root_count; i++) {
        if (chain_verify(&t->chain, CHAIN_CODE_SIGNING, &t->certificate, t->between,
                         t->between_count, &t->roots[i], s->time, &own))
            return true;
        if (i == 0 || strcmp(own.rule, "chain.issuer") != 0)
            why = own;
    }
    *e = why;
    return false;
}

static bool authority_check(struct trial *t, struct verify_signature *s, struct err *e)
{
    return x509_number_under(&t->certificate, t->in->authority->id, &s->number, e) ||
           err_refuse(e, "verify.authority", "the certificate does not name the pinned authority");
}

static void point_put(struct verify_signature *s, enum verify_check check, bool holds,
                      const struct err *why)
{
    s->points[check].answer = holds ? VERIFY_HOLDS : VERIFY_FAILS;
    if (!holds)
        s->points[check].why = *why;
}

static void receipt_judge(struct trial *t, struct verify_signature *s)
{
    struct err e;
    if (t->in->receipt_count > 0) {
        bool holds = receipts_find(s, &s->time, t->in, t->arena, &e);
        if (holds)
            s->trusted = VERIFY_TIME_RECEIPT;
        point_put(s, VERIFY_RECEIPT, holds, &e);
    } else if (t->in->demand_receipt) {
        (void)err_refuse(&e, "verify.receipt", "there is no receipt for it");
        point_put(s, VERIFY_RECEIPT, false, &e);
    }
}

/* Nobody owes a time, so that there is none is a fault only where it is demanded. */
static void time_judge(struct trial *t, struct verify_signature *s)
{
    struct err e;
    bool found = times_find(t, s, &e);
    if (found || t->in->demand_time)
        point_put(s, VERIFY_TIME, found, &e);
    else
        s->points[VERIFY_TIME].why = e;
}

static void status_judge(struct trial *t, struct verify_signature *s)
{
    struct err e;
    if (t->in->list != NULL || t->in->demand_fresh || t->in->crl_count > 0)
        point_put(s, VERIFY_STATUS, status_check(t, s, &e), &e);
}

static bool is_good(const struct verify_signature *s)
{
    for (unsigned i = 0; i < VERIFY_CHECKS; i++)
        if (s->points[i].answer == VERIFY_FAILS ||
            (i < VERIFY_RECEIPT && s->points[i].answer == VERIFY_UNASKED))
            return false;
    return true;
}

/* Receipt and timestamp go before the chain, because their time is the one that counts. */
static void signature_judge(struct trial *t, struct verify_signature *s)
{
    struct err e;
    if (!parts_take(t, s, &e)) {
        point_put(s, VERIFY_SIGNATURE, false, &e);
        return;
    }
    point_put(s, VERIFY_SIGNATURE, signature_check(t, s, &e), &e);
    point_put(s, VERIFY_ARTIFACT, artifact_check(t, s, &e), &e);
    receipt_judge(t, s);
    time_judge(t, s);
    point_put(s, VERIFY_CHAIN, chain_check(t, s, &e), &e);
    point_put(s, VERIFY_AUTHORITY, authority_check(t, s, &e), &e);
    status_judge(t, s);
    s->good = is_good(s);
}

static bool roots_parse(struct x509 *ret, const struct verify_input *in, struct err *e)
{
    for (size_t i = 0; i < in->root_count; i++)
        if (!x509_parse(&ret[i], in->roots[i], e))
            return err_wrap(e, "trusted root %zu", i + 1);
    return true;
}

static bool input_check(enum format *ret, const struct verify_input *in, struct err *e)
{
    if (!format_from_name(ret, in->format, e))
        return false;
    if (*ret == FORMAT_JAR) {
        err_set(e, ERR_STATE, "format %s is not verified here", format_names[*ret]);
        return err_hint(e, "use the format's own tool, such as jarsigner -verify");
    }
    if (in->root_count > VERIFY_ROOTS_MAX || in->receipt_count > VERIFY_RECEIPTS_MAX ||
        in->certificate_count > VERIFY_CERTIFICATES_MAX || in->crl_count > VERIFY_CRLS_MAX)
        return err_set(e, ERR_LIMIT,
                       "at most %d roots, %d receipts and %d certificates are looked at",
                       VERIFY_ROOTS_MAX, VERIFY_RECEIPTS_MAX, VERIFY_CERTIFICATES_MAX);
    return true;
}

static bool signatures_find(struct artifact_signatures *ret, const struct verify_input *in,
                            struct arena *a, struct err *e)
{
    if (!artifact_signatures(ret, in->format, in->file, in->beside, a, e))
        return false;
    if (bytes_is(in->format, format_names[FORMAT_RAW]) && in->beside.size > 0)
        ret->list[ret->count++] = in->beside;
    if (ret->count == 0)
        return err_set(e, ERR_NOT_FOUND, "the file has no signature");
    return true;
}

bool verify_file(struct verdict *ret, const struct verify_input *in, struct arena *a, struct err *e)
{
    struct artifact_signatures found;
    struct x509 roots[VERIFY_ROOTS_MAX];
    struct crl crls[VERIFY_CRLS_MAX];
    struct verdict verdict = {.good = false};
    enum format format;
    if (!input_check(&format, in, e) || !roots_parse(roots, in, e) || !crls_take(crls, in, e) ||
        !signatures_find(&found, in, a, e))
        return false;
    verdict.count = found.count;
    verdict.list = arena_alloc(a, found.count * sizeof *verdict.list);
    if (verdict.list == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the verdict");
    for (size_t i = 0; i < found.count; i++) {
        struct trial trial = {.in = in,
                              .format = format,
                              .roots = roots,
                              .crls = crls,
                              .arena = a,
                              .signature = found.list[i]};
        verdict.list[i] = (struct verify_signature){.time = in->now, .entry = -1};
        signature_judge(&trial, &verdict.list[i]);
        verdict.good |= verdict.list[i].good;
    }
    *ret = verdict;
    return true;
}
