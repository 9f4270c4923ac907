/*
 * A root, an issuing CA and an end entity of ours, for code signing or for time stamping, with keys
 * in memory, for tests.
 */
#ifndef SEALWARD_TESTS_UNIT_PKI_HIERARCHY_H
#define SEALWARD_TESTS_UNIT_PKI_HIERARCHY_H

#include "unit/ok.h"

#include "pki/name.h"
#include "pki/session_key.h"
#include "pki/tbs.h"

#define HIERARCHY_START INT64_C(1800000000000) /* 2027-01-15T08:00:00Z */
#define HIERARCHY_DAY INT64_C(86400000)
#define HIERARCHY_ARC "1.3.6.1.4.1.32473"
#define HIERARCHY_URL "https://sign.example/crl/0011223344556677/2027Q1.crl"

enum { ROOT, CA, LEAF, HIERARCHY_COUNT };

struct hierarchy {
    enum profile profiles[HIERARCHY_COUNT];
    struct session_key *keys[HIERARCHY_COUNT];
    struct buf names[HIERARCHY_COUNT];
    struct buf ders[HIERARCHY_COUNT];
    struct x509 certs[HIERARCHY_COUNT];
};

static const uint8_t hierarchy_authority[X509_AUTHORITY_SIZE] = {0xaa, 0xbb, 0xcc};
static const uint8_t hierarchy_random[X509_SERIAL_SIZE] = {0xff, 1, 2,  3,  4,  5,  6,  7,
                                                           8,    9, 10, 11, 12, 13, 14, 15};

/* The plan of one of the three; the certificates above it must have been made. */
static inline struct tbs_plan hierarchy_plan(const struct hierarchy *h, unsigned which)
{
    static const int64_t days[] = {7300, 1800, 90};
    unsigned issuer = which == ROOT ? ROOT : which - 1;
    return (struct tbs_plan){
        .profile = h->profiles[which],
        .mechanism = MECHANISM_ECDSA_SHA256,
        .random = BYTES_OF(hierarchy_random),
        .issuer = buf_bytes(&h->names[issuer]),
        .subject = buf_bytes(&h->names[which]),
        .not_before = HIERARCHY_START,
        .not_after = HIERARCHY_START + days[which] * HIERARCHY_DAY - 1000,
        .spki = session_key_spki(h->keys[which]),
        .issuer_key_id = which == ROOT ? BYTES_NONE : h->certs[issuer].subject_key_id,
        .crl_url = which == ROOT ? BYTES_NONE : bytes_text(HIERARCHY_URL),
        .arc = bytes_text(HIERARCHY_ARC),
        .authority = BYTES_OF(hierarchy_authority),
        .number = which,
    };
}

/* Builds the plan, signs it with that key, and appends the certificate. */
static inline void hierarchy_issue(struct buf *ret, const struct tbs_plan *plan,
                                   const struct session_key *issuer)
{
    struct err e;
    uint8_t raw[KEY_P256_SIGNATURE_SIZE];
    AUTO_VALUE(buf) tbs = BUF(X509_DER_MAX);
    ok_call(tbs_build(&tbs, plan, &e), e);
    ok_call(session_key_sign(issuer, raw, buf_bytes(&tbs), &e), e);
    ok_call(tbs_certify(ret, buf_bytes(&tbs), plan->mechanism, BYTES_OF(raw), &e), e);
}

static inline void hierarchy_make_for(struct hierarchy *h, enum profile ca, enum profile leaf)
{
    static const char *const names[] = {"Example Root", "Example Code Signing CA", "Release"};
    struct err e;
    *h = (struct hierarchy){.profiles = {PROFILE_ROOT, ca, leaf}};
    for (unsigned i = 0; i < HIERARCHY_COUNT; i++) {
        struct name name = {.country = bytes_text("DE"),
                            .organization = bytes_text("Example"),
                            .common_name = bytes_text(names[i])};
        ok_call(session_key_generate(&h->keys[i], &e), e);
        h->names[i] = BUF(NAME_DER_MAX);
        h->ders[i] = BUF(X509_DER_MAX);
        ok_call(name_build(&h->names[i], &name, &e), e);
        struct tbs_plan plan = hierarchy_plan(h, i);
        hierarchy_issue(&h->ders[i], &plan, h->keys[i == ROOT ? ROOT : i - 1]);
        ok_call(x509_parse(&h->certs[i], buf_bytes(&h->ders[i]), &e), e);
    }
}

static inline void hierarchy_make(struct hierarchy *h)
{
    hierarchy_make_for(h, PROFILE_ISSUING_CA, PROFILE_PRIVATE);
}

static inline void hierarchy_done(struct hierarchy *h)
{
    for (unsigned i = 0; i < HIERARCHY_COUNT; i++) {
        session_key_free(h->keys[i]);
        buf_done(&h->names[i]);
        buf_done(&h->ders[i]);
    }
}
AUTO_DONE(hierarchy)

#endif
