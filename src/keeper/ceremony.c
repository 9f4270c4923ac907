#include "keeper/ceremony.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/random.h"
#include "keeper/public_record.h"
#include "pki/key.h"
#include "pki/name.h"
#include "pki/tbs.h"

static const char root_label[] = "sealward-root";

enum { TOKEN_WAIT_MS = 120000 };
#define DAY_MS INT64_C(86400000)
/* Bytes of a root CRL; its entry takes no more. */
#define CRL_MAX LIMIT_ENTRY

struct ceremony {
    const struct options *options;
    struct rules_state *record;
    struct pool *pool;
};

static bool needs(const char *value, const char *option, struct err *e)
{
    return value != NULL ? true : err_set(e, ERR_INPUT, "a ceremony needs %s", option);
}

static bool record_load(struct ceremony *c, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(65536);
    AUTO_VALUE(buf) text = BUF(65536);
    struct authority authority;
    const struct options *o = c->options;
    return needs(o->record, "--record", e) && needs(o->authority, "--authority", e) &&
           needs(o->out, "--out", e) && file_make_folders(o->out, 0700, e) &&
           file_read(&text, o->authority, FILE_REGULAR, e) &&
           authority_read(&authority, buf_bytes(&text), &arena, e) &&
           public_record_replay(&c->record, o->record, &authority, e);
}

static bool token_open(struct ceremony *c, struct err *e)
{
    struct pool_config config = {.token_count = 1, .tries = 2, .job_ms = TOKEN_WAIT_MS};
    return options_token(&config.tokens[0], c->options, &c->options->root, 1, e) &&
           pool_start(&c->pool, &config, e);
}

static bool result_write(const struct ceremony *c, const char *name, struct bytes bytes,
                         struct err *e)
{
    AUTO_VALUE(buf) path = BUF(4096);
    buf_printf(&path, "%s/%s", c->options->out, name);
    if (!buf_ok(&path, "path", e) || !file_replace(buf_string(&path), bytes, 0644, e))
        return false;
    buf_put_u8(&path, '\n');
    return file_write_descriptor(1, buf_bytes(&path), "standard output", e);
}

/* Signs the SHA-256 of a TBSCertificate with the root key. The bytes come from the rulebook or the
 * builder, never from outside. */
static bool root_sign(struct ceremony *c, struct bytes key_id, enum mechanism mechanism,
                      struct bytes tbs, struct buf *ret, struct err *e)
{
    uint8_t digest[DIGEST_MAX];
    uint64_t job;
    struct pool_answer answer;
    digest_sha256(digest, tbs);
    if (!pool_sign(&job, c->pool, 0, key_id, mechanism, bytes_make(digest, 32),
                   clock_monotonic_ms(), e) ||
        !pool_wait(&answer, c->pool, job, TOKEN_WAIT_MS, e))
        return err_wrap(e, "root key");
    buf_put(ret, answer.signature);
    return buf_ok(ret, "signature", e);
}

static bool root_key(struct ceremony *c, struct buf *ret_spki, struct err *e)
{
    uint64_t job;
    struct pool_answer answer;
    if (!pool_generate(&job, c->pool, 0, KEY_P256, bytes_text(root_label), clock_monotonic_ms(),
                       e) ||
        !pool_wait(&answer, c->pool, job, TOKEN_WAIT_MS, e))
        return err_wrap(e, "root key");
    if (answer.keys.count != 1)
        return err_set(e, ERR_TOKEN, "the token made no key");
    buf_put(ret_spki, answer.keys.items[0].spki);
    return buf_ok(ret_spki, "root key", e);
}

static bool root_tbs(struct ceremony *c, struct bytes spki, struct buf *ret, struct err *e)
{
    uint8_t random[X509_SERIAL_SIZE];
    struct rules_head head;
    AUTO_VALUE(buf) subject = BUF(NAME_DER_MAX);
    const char *const *words = c->options->subject;
    if (!needs(words[0], "--subject", e) || !random_fill(random, sizeof random, e))
        return false;
    struct name name = {.common_name = bytes_text(words[0]),
                        .organization = bytes_text(words[1]),
                        .country = bytes_text(words[2])};
    if (!name_build(&subject, &name, e))
        return false;
    rules_head(&head, c->record);
    int64_t now = clock_wall_ms() / 1000 * 1000;
    struct tbs_plan plan = {.profile = PROFILE_ROOT,
                            .mechanism = MECHANISM_ECDSA_SHA256,
                            .random = BYTES_OF(random),
                            .issuer = buf_bytes(&subject),
                            .subject = buf_bytes(&subject),
                            .not_before = now,
                            .not_after = now + c->options->validity_days * DAY_MS - 1000,
                            .spki = spki,
                            .arc = bytes_text(head.arc),
                            .authority = BYTES_OF(head.authority)};
    return tbs_build(ret, &plan, e);
}

static bool root_make(struct ceremony *c, struct err *e)
{
    uint8_t id[32];
    struct rules_head head;
    AUTO_VALUE(buf) spki = BUF(LIMIT_SPKI);
    AUTO_VALUE(buf) tbs = BUF(LIMIT_CERTIFICATE);
    AUTO_VALUE(buf) signature = BUF(KEY_SIGNATURE_MAX);
    AUTO_VALUE(buf) der = BUF(LIMIT_CERTIFICATE);
    AUTO_VALUE(buf) statement = BUF(LIMIT_STATEMENT);
    if (!token_open(c, e) || !root_key(c, &spki, e) || !root_tbs(c, buf_bytes(&spki), &tbs, e))
        return false;
    pubkey_spki_sha256(id, buf_bytes(&spki));
    if (!root_sign(c, BYTES_OF(id), MECHANISM_ECDSA_SHA256, buf_bytes(&tbs), &signature, e) ||
        !tbs_certify(&der, buf_bytes(&tbs), MECHANISM_ECDSA_SHA256, buf_bytes(&signature), e))
        return false;
    rules_head(&head, c->record);
    rules_ceremony_statement(&statement, head.authority, clock_wall_ms(), buf_bytes(&der));
    return buf_ok(&statement, "ceremony statement", e) &&
           result_write(c, "root.der", buf_bytes(&der), e) &&
           result_write(c, "ceremony.json", buf_bytes(&statement), e);
}

/* The root signs nothing after its own certificate has ended. */
static bool root_lasts(const struct work *work, struct err *e)
{
    return clock_wall_ms() <= work->expires ||
           err_set(e, ERR_STATE, "the root's certificate has expired: it signs nothing any more");
}

static bool certify_one(struct ceremony *c, const struct work *work, size_t n, struct err *e)
{
    char name[64];
    AUTO_VALUE(buf) signature = BUF(KEY_SIGNATURE_MAX);
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    if (!root_lasts(work, e))
        return false;
    (void)snprintf(name, sizeof name, "certificate-%zu.json", n);
    return root_sign(c, BYTES_OF(work->issuer), (enum mechanism)work->mechanism, work->tbs,
                     &signature, e) &&
           rules_certificate_body(&body, c->record, work->leaf, buf_bytes(&signature), e) &&
           result_write(c, name, buf_bytes(&body), e);
}

static bool certify(struct ceremony *c, struct err *e)
{
    size_t done = 0;
    if (!token_open(c, e))
        return false;
    for (size_t n = 0;; n++) {
        struct work work;
        if (!rules_work(&work, c->record, n, e))
            return false;
        if (work.kind == WORK_NONE)
            break;
        if (work.kind == WORK_CERTIFY && work.offline && !certify_one(c, &work, done++, e))
            return false;
    }
    if (done > 0)
        return true;
    (void)err_set(e, ERR_NOT_FOUND, "the record asks for no certificate under the root");
    return err_hint(e, "propose one for the key of a CA or of the list and have it approved first");
}

static bool crl_one(struct ceremony *c, const struct root_period *period, size_t n, struct err *e)
{
    char name[64];
    AUTO_VALUE(buf) tbs = BUF(CRL_MAX);
    AUTO_VALUE(buf) signature = BUF(KEY_SIGNATURE_MAX);
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    int64_t now = clock_wall_ms() / 1000 * 1000;
    (void)snprintf(name, sizeof name, "root-crl-%zu.json", n);
    return rules_root_crl_build(&tbs, c->record, n, now, now + c->options->crl_days * DAY_MS, e) &&
           root_sign(c, BYTES_OF(period->key), (enum mechanism)period->mechanism, buf_bytes(&tbs),
                     &signature, e) &&
           rules_root_crl_body(&body, c->record, buf_bytes(&tbs), buf_bytes(&signature), e) &&
           result_write(c, name, buf_bytes(&body), e);
}

/* A CRL of the root for each period in which it has issued: all are made anew, so that they end at
 * one time. */
static bool crls_make(struct ceremony *c, struct err *e)
{
    struct root_period period;
    size_t n = 0;
    if (!token_open(c, e))
        return false;
    for (; rules_root_period(&period, c->record, n); n++)
        if (!crl_one(c, &period, n, e))
            return false;
    if (n > 0)
        return true;
    (void)err_set(e, ERR_NOT_FOUND, "the root has issued no certificate yet");
    return err_hint(e, "hold the ceremony certify first");
}

static const struct {
    const char *name;
    bool (*hold)(struct ceremony *c, struct err *e);
} ceremonies[] = {{"root", root_make}, {"certify", certify}, {"crl", crls_make}};

bool ceremony_hold(const struct options *o, struct err *e)
{
    struct ceremony c = {.options = o};
    size_t n = 0;
    while (n < sizeof ceremonies / sizeof ceremonies[0] &&
           strcmp(o->ceremony, ceremonies[n].name) != 0)
        n++;
    if (n == sizeof ceremonies / sizeof ceremonies[0])
        return err_set(e, ERR_INPUT, "there is no ceremony \"%s\": root, certify or crl",
                       o->ceremony);
    bool ok = record_load(&c, e) && ceremonies[n].hold(&c, e);
    pool_free(c.pool);
    rules_state_free(c.record);
    return ok;
}
