/*
 * Makes what an authority publishes beside certificates, for other people's tools to judge (CRLs
 * and answers to timestamp requests), and judges timestamps and CRLs of others.
 *
 * usage: publications make FOLDER SECONDS [QUERY...]   QUERY.tsr beside each query
 *        publications verify RESPONSE FILE ROOT        a line: time and accuracy, or why not
 *        publications status CRL CERT ISSUER SECONDS   a line: good, revoked or unknown, and why
 */
#include "base/file.h"
#include "base/text.h"
#include "pki/crl.h"
#include "pki/lint.h"
#include "pki/name.h"
#include "pki/session_key.h"
#include "pki/tbs.h"
#include "pki/tsp_token.h"

#include <stdio.h>
#include <stdlib.h>

#define ARC "1.3.6.1.4.1.32473"
#define BASE "http://127.0.0.1/crl/0011223344556677/"
#define THIS_PARTITION BASE "2027Q1.crl"
#define OTHER_PARTITION BASE "2027Q2.crl"
#define DAY INT64_C(86400000)

enum { ROOT, CA, GOOD, REVOKED, ELSEWHERE, TIME_CA, TSA, LIST, COUNT };

static const struct row {
    const char *file;
    enum profile profile;
    unsigned issuer;
    int64_t days;
    const char *url;
} rows[COUNT] = {
    [ROOT] = {"root", PROFILE_ROOT, ROOT, 7300, ""},
    [CA] = {"ca", PROFILE_ISSUING_CA, ROOT, 1800, THIS_PARTITION},
    [GOOD] = {"good", PROFILE_PRIVATE, CA, 90, THIS_PARTITION},
    [REVOKED] = {"revoked", PROFILE_PRIVATE, CA, 90, THIS_PARTITION},
    [ELSEWHERE] = {"elsewhere", PROFILE_PRIVATE, CA, 90, OTHER_PARTITION},
    [TIME_CA] = {"time-ca", PROFILE_TIMESTAMP_CA, ROOT, 3600, THIS_PARTITION},
    [TSA] = {"tsa", PROFILE_TIMESTAMP, TIME_CA, 400, THIS_PARTITION},
    [LIST] = {"list", PROFILE_LIST, ROOT, 90, THIS_PARTITION},
};

struct certificate {
    struct session_key *key;
    struct buf name;
    struct buf der;
    struct x509 parsed;
};

static struct certificate all[COUNT];

static void need(bool ok, const char *what, const struct err *e)
{
    if (ok)
        return;
    (void)fprintf(stderr, "%s: %s\n", what, e->message);
    exit(1);
}

static void out(const char *folder, const char *name, struct bytes bytes)
{
    char path[1024];
    struct err e = {0};
    need((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) < sizeof path, "path", &e);
    need(file_replace(path, bytes, 0600, &e), path, &e);
}

static void in(struct buf *ret, const char *path)
{
    struct err e;
    need(file_read(ret, path, FILE_REGULAR, &e), path, &e);
}

/* ---- Certificates ---- */

static void certificate_make(unsigned which, int64_t now)
{
    static const uint8_t authority[X509_AUTHORITY_SIZE] = {0xab, 0xcd};
    const uint8_t random[X509_SERIAL_SIZE] = {(uint8_t)(which * 37), (uint8_t)which};
    const struct row *row = &rows[which];
    const struct certificate *issuer = &all[row->issuer];
    struct certificate *c = &all[which];
    uint8_t raw[KEY_P256_SIGNATURE_SIZE];
    AUTO_VALUE(buf) tbs = BUF(X509_DER_MAX);
    struct err e;
    struct name name = {.organization = bytes_text("Example"),
                        .common_name = bytes_text(row->file)};
    c->name = BUF(NAME_DER_MAX);
    c->der = BUF(X509_DER_MAX);
    need(session_key_generate(&c->key, &e) && name_build(&c->name, &name, &e), row->file, &e);
    struct tbs_plan plan = {
        .profile = row->profile,
        .mechanism = MECHANISM_ECDSA_SHA256,
        .random = BYTES_OF(random),
        .issuer = buf_bytes(&issuer->name),
        .subject = buf_bytes(&c->name),
        .not_before = now,
        .not_after = now + row->days * DAY - 1000,
        .spki = session_key_spki(c->key),
        .issuer_key_id = which == ROOT ? BYTES_NONE : issuer->parsed.subject_key_id,
        .crl_url = bytes_text(row->url),
        .arc = bytes_text(ARC),
        .authority = BYTES_OF(authority),
        .number = which,
    };
    need(tbs_build(&tbs, &plan, &e) && session_key_sign(issuer->key, raw, buf_bytes(&tbs), &e) &&
             tbs_certify(&c->der, buf_bytes(&tbs), plan.mechanism, BYTES_OF(raw), &e) &&
             x509_parse(&c->parsed, buf_bytes(&c->der), &e) &&
             lint_check(&c->parsed, row->profile, bytes_text(ARC), &e),
         row->file, &e);
}

static void certificates_out(const char *folder, int64_t now)
{
    char name[64];
    for (unsigned i = 0; i < COUNT; i++) {
        certificate_make(i, now);
        (void)snprintf(name, sizeof name, "%s.der", rows[i].file);
        out(folder, name, buf_bytes(&all[i].der));
    }
}

/* ---- CRLs ---- */

static void crl_out(const char *folder, const char *file, unsigned issuer,
                    const struct crl_entry *entries, size_t count, const char *url, int64_t now)
{
    uint8_t raw[KEY_P256_SIGNATURE_SIZE];
    AUTO_VALUE(buf) tbs = BUF(CRL_DER_MAX);
    AUTO_VALUE(buf) der = BUF(CRL_DER_MAX);
    struct err e;
    struct crl_plan plan = {.mechanism = MECHANISM_ECDSA_SHA256,
                            .issuer = all[issuer].parsed.subject,
                            .issuer_key_id = all[issuer].parsed.subject_key_id,
                            .beginning = all[issuer].parsed.not_before,
                            .this_update = now,
                            .next_update = now + 7 * DAY,
                            .number = 1000,
                            .url = bytes_text(url),
                            .entries = entries,
                            .count = count};
    need(crl_build(&tbs, &plan, &e) &&
             session_key_sign(all[issuer].key, raw, buf_bytes(&tbs), &e) &&
             crl_finish(&der, buf_bytes(&tbs), plan.mechanism, BYTES_OF(raw), &e),
         file, &e);
    out(folder, file, buf_bytes(&der));
}

/* The revoked certificate, and others of every reason, length and form of time. */
static void crls_out(const char *folder, int64_t now)
{
    static const enum crl_reason reasons[] = {CRL_UNSPECIFIED, CRL_KEY_COMPROMISE, CRL_SUPERSEDED,
                                              CRL_CESSATION_OF_OPERATION, CRL_PRIVILEGE_WITHDRAWN};
    enum { OTHERS = 100 };
    struct crl_entry entries[OTHERS + 1];
    struct err e;
    need(crl_entry_make(&entries[OTHERS], all[REVOKED].parsed.serial, 0, CRL_KEY_COMPROMISE, &e),
         "entry", &e);
    for (unsigned i = 0; i < OTHERS; i++) {
        uint8_t serial[X509_SERIAL_MAX] = {(uint8_t)(i + 1), (uint8_t)i};
        size_t size = 1 + i % (i < 127 ? X509_SERIAL_MAX : X509_SERIAL_MAX - 1);
        int64_t time = i % 7 == 0 ? INT64_C(2600000000000) : now - i * 1001;
        need(crl_entry_make(&entries[i], bytes_make(serial, size), time, reasons[i % 5], &e),
             "entry", &e);
    }
    need(crl_sort(entries, OTHERS + 1, &e), "order", &e);
    crl_out(folder, "ca.crl", CA, entries, OTHERS + 1, THIS_PARTITION, now);
    crl_out(folder, "elsewhere.crl", CA, NULL, 0, OTHER_PARTITION, now);
    /* The root itself names no partition, and -crl_check_all asks about it too. */
    crl_out(folder, "root.crl", ROOT, NULL, 0, "", now);
    crl_out(folder, "time-ca.crl", TIME_CA, NULL, 0, THIS_PARTITION, now);
}

/* ---- Timestamps ---- */

static void token_make(struct buf *ret, const struct tsp_request *request, int64_t time)
{
    struct err e;
    uint8_t raw[KEY_P256_SIGNATURE_SIZE];
    AUTO_VALUE(buf) info = BUF(TSP_INFO_MAX);
    AUTO_VALUE(buf) attributes = BUF(ATTRIBUTES_MAX);
    struct bytes certificates[] = {all[TSA].parsed.der, all[TIME_CA].parsed.der};
    struct tsp_plan plan = {.arc = bytes_text(ARC),
                            .alg = request->alg,
                            .imprint = request->imprint,
                            .serial = 4711,
                            .time = time,
                            .accuracy = 1500,
                            .nonce = request->nonce};
    need(tsp_info_build(&info, &plan, &e) &&
             tsp_attributes_build(&attributes, buf_bytes(&info), DIGEST_SHA256, certificates[0],
                                  &e) &&
             session_key_sign(all[TSA].key, raw, buf_bytes(&attributes), &e),
         "TSTInfo", &e);
    struct tsp_token_plan token = {.info = buf_bytes(&info),
                                   .attributes = buf_bytes(&attributes),
                                   .mechanism = MECHANISM_ECDSA_SHA256,
                                   .signature = BYTES_OF(raw),
                                   .certificates = certificates,
                                   .certificate_count = 2,
                                   .with_certificates = request->certificates};
    need(tsp_token_build(ret, &token, &e), "token", &e);
}

static void query_answer(const char *query, int64_t time)
{
    AUTO_VALUE(buf) der = BUF(1 << 16);
    AUTO_VALUE(buf) token = BUF(TSP_TOKEN_MAX);
    AUTO_VALUE(buf) response = BUF(TSP_RESPONSE_MAX);
    char path[1024];
    struct tsp_request request;
    enum tsp_failure failure = TSP_SYSTEM_FAILURE;
    struct err e;
    in(&der, query);
    bool ok = tsp_request_parse(&request, &failure, buf_bytes(&der), &e);
    if (ok && !tsp_request_check_policy(&request, bytes_text(ARC), &e)) {
        failure = TSP_UNACCEPTED_POLICY;
        ok = false;
    }
    if (ok) {
        token_make(&token, &request, time);
        ok = tsp_response_build(&response, buf_bytes(&token), &e);
    } else {
        char text[sizeof e.message];
        memcpy(text, e.message, sizeof text);
        ok = tsp_rejection_build(&response, failure, text, &e);
    }
    need(ok, query, &e);
    (void)snprintf(path, sizeof path, "%s.tsr", query);
    need(file_replace(path, buf_bytes(&response), 0600, &e), path, &e);
}

static int verify(char **argv)
{
    AUTO_VALUE(buf) response = BUF(TSP_RESPONSE_MAX);
    AUTO_VALUE(buf) file = BUF(1 << 24);
    AUTO_VALUE(buf) der = BUF(X509_DER_MAX);
    struct x509 root;
    struct bytes token_der;
    struct tsp_token token;
    struct tsp_verified verified;
    struct err e;
    in(&response, argv[0]);
    in(&file, argv[1]);
    in(&der, argv[2]);
    need(x509_parse(&root, buf_bytes(&der), &e), argv[2], &e);
    struct tsp_trust trust = {.roots = &root, .root_count = 1};
    if (!tsp_response_parse(&token_der, buf_bytes(&response), &e) ||
        !tsp_token_parse(&token, token_der, &e) ||
        !tsp_token_verify(&verified, &token, buf_bytes(&file), &trust, &e)) {
        printf("refused: %s %s\n", e.rule, e.message);
        return 1;
    }
    char time[TEXT_TIME_SIZE];
    printf("good: %s accuracy %lld chain %zu\n", text_time(time, verified.time),
           (long long)verified.accuracy, verified.chain_count);
    return 0;
}

static void status(char **argv, int64_t now)
{
    AUTO_VALUE(buf) list = BUF(1 << 20);
    AUTO_VALUE(buf) cert_der = BUF(X509_DER_MAX);
    AUTO_VALUE(buf) issuer_der = BUF(X509_DER_MAX);
    AUTO(pubkey) key = NULL;
    struct x509 cert, issuer;
    struct crl crl;
    struct crl_entry entry;
    struct err e;
    in(&list, argv[0]);
    in(&cert_der, argv[1]);
    in(&issuer_der, argv[2]);
    need(x509_parse(&cert, buf_bytes(&cert_der), &e), argv[1], &e);
    need(x509_parse(&issuer, buf_bytes(&issuer_der), &e), argv[2], &e);
    need(pubkey_parse(&key, issuer.spki, &e), argv[2], &e);
    if (!crl_parse(&crl, buf_bytes(&list), &e) || !crl_check_issuer(&crl, &issuer, &e) ||
        !crl_verify(&crl, key, &e) || !crl_check_time(&crl, now, 0, &e) ||
        !crl_check_scope(&crl, &cert, &e))
        printf("unknown: %s\n", e.message);
    else if (crl_find(&crl, cert.serial, &entry))
        printf("revoked: %s\n", crl_reason_name(entry.reason));
    else
        printf("good\n");
}

int main(int argc, char **argv)
{
    uint64_t seconds;
    struct err e;
    if (argc == 6 && strcmp(argv[1], "status") == 0 &&
        text_read_number(&seconds, bytes_text(argv[5]), UINT32_MAX, &e)) {
        status(argv + 2, (int64_t)seconds * 1000);
        return 0;
    }
    if (argc == 5 && strcmp(argv[1], "verify") == 0)
        return verify(argv + 2);
    if (argc < 4 || strcmp(argv[1], "make") != 0 ||
        !text_read_number(&seconds, bytes_text(argv[3]), UINT32_MAX, &e)) {
        (void)fprintf(stderr, "usage: publications make FOLDER SECONDS [QUERY...]\n"
                              "       publications verify RESPONSE FILE ROOT\n"
                              "       publications status CRL CERT ISSUER SECONDS\n");
        return 2;
    }
    int64_t now = (int64_t)seconds * 1000;
    certificates_out(argv[2], now);
    crls_out(argv[2], now);
    for (int i = 4; i < argc; i++)
        query_answer(argv[i], now + 1120);
    for (unsigned i = 0; i < COUNT; i++) {
        session_key_free(all[i].key);
        buf_done(&all[i].name);
        buf_done(&all[i].der);
    }
    return 0;
}
