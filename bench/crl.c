/*
 * bench/crl: a CRL by pki/crl over the same CRL by OpenSSL's own functions, each in this process
 * from the same list of serial numbers in no order: sort, encode, sign with P-256.
 *
 *   crl COUNT
 *
 * Prints {"entries", "bytes", "ours", "openssl"}, seconds each. The revoked certificates of both
 * lists must be the same bytes.
 */
#include "pki/openssl.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "pki/crl.h"
#include "pki/ecdsa.h"
#include "pki/name.h"

#define START INT64_C(1700000000000)
#define SPAN_S 31536000
#define WEEK INT64_C(604800000)
#define URL "https://sign.example/crl/0011223344556677/2027Q1.crl"

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "crl: %s failed\n", what);
    exit(1);
}

static double seconds_since(int64_t start)
{
    return (double)(clock_monotonic_us() - start) / 1e6;
}

/* Random as serial numbers are, the same in every run (splitmix64). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void entries_make(struct crl_entry *entries, size_t count)
{
    static const enum crl_reason reasons[] = {CRL_KEY_COMPROMISE, CRL_SUPERSEDED,
                                              CRL_CESSATION_OF_OPERATION, CRL_PRIVILEGE_WITHDRAWN};
    uint64_t state = 1;
    struct err e;
    for (size_t i = 0; i < count; i++) {
        uint64_t words[2] = {next_random(&state), next_random(&state)};
        uint8_t serial[X509_SERIAL_SIZE];
        memcpy(serial, words, sizeof serial);
        serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40);
        int64_t time = START + (int64_t)(next_random(&state) % SPAN_S) * 1000;
        need(crl_entry_make(&entries[i], BYTES_OF(serial), time, reasons[i % 4], &e), "entry");
    }
}

/* ---- Ours ---- */

static void sign(uint8_t ret[KEY_P256_SIGNATURE_SIZE], EVP_PKEY *key, struct bytes message)
{
    uint8_t der[128];
    size_t size = sizeof der;
    struct err e;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    need(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
             EVP_DigestSign(ctx, der, &size, message.data, message.size) == 1 &&
             ecdsa_from_der(ret, KEY_P256_SIGNATURE_SIZE / 2, bytes_make(der, size), &e),
         "signature");
    EVP_MD_CTX_free(ctx);
}

static double ours(struct buf *ret, struct crl_entry *entries, size_t count, struct bytes issuer,
                   EVP_PKEY *key)
{
    static const uint8_t key_id[X509_KEY_ID_SIZE] = {1};
    uint8_t raw[KEY_P256_SIGNATURE_SIZE];
    struct err e;
    int64_t start = clock_monotonic_us();
    AUTO_VALUE(buf) tbs = BUF(CRL_DER_MAX);
    struct crl_plan plan = {.mechanism = MECHANISM_ECDSA_SHA256,
                            .issuer = issuer,
                            .issuer_key_id = BYTES_OF(key_id),
                            .beginning = START,
                            .this_update = START,
                            .next_update = START + WEEK,
                            .number = 1,
                            .url = bytes_text(URL),
                            .entries = entries,
                            .count = count};
    need(crl_sort(entries, count, &e) && crl_build(&tbs, &plan, &e), "TBSCertList");
    sign(raw, key, buf_bytes(&tbs));
    need(crl_finish(ret, buf_bytes(&tbs), plan.mechanism, BYTES_OF(raw), &e), "CRL");
    return seconds_since(start);
}

/* ---- OpenSSL's ---- */

static void revoked_add(X509_CRL *crl, const struct crl_entry *entry)
{
    X509_REVOKED *revoked = X509_REVOKED_new();
    BIGNUM *number = BN_bin2bn(entry->serial, entry->serial_size, NULL);
    ASN1_INTEGER *serial = BN_to_ASN1_INTEGER(number, NULL);
    ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)(entry->time / 1000));
    ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
    need(ASN1_ENUMERATED_set(reason, entry->reason) == 1 &&
             X509_REVOKED_set_serialNumber(revoked, serial) == 1 &&
             X509_REVOKED_set_revocationDate(revoked, time) == 1 &&
             X509_REVOKED_add1_ext_i2d(revoked, NID_crl_reason, reason, 0, 0) == 1 &&
             X509_CRL_add0_revoked(crl, revoked) == 1,
         "X509_CRL_add0_revoked");
    ASN1_ENUMERATED_free(reason);
    ASN1_TIME_free(time);
    ASN1_INTEGER_free(serial);
    BN_free(number);
}

static double openssls(uint8_t **ret, int *ret_size, const struct crl_entry *entries, size_t count,
                       const X509_NAME *issuer, EVP_PKEY *key)
{
    int64_t start = clock_monotonic_us();
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(START / 1000));
    ASN1_TIME *to = ASN1_TIME_set(NULL, (time_t)((START + WEEK) / 1000));
    need(X509_CRL_set_version(crl, 1) == 1 && X509_CRL_set_issuer_name(crl, issuer) == 1 &&
             X509_CRL_set1_lastUpdate(crl, from) == 1 && X509_CRL_set1_nextUpdate(crl, to) == 1,
         "X509_CRL");
    for (size_t i = 0; i < count; i++)
        revoked_add(crl, &entries[i]);
    need(X509_CRL_sort(crl) == 1 && X509_CRL_sign(crl, key, EVP_sha256()) > 0, "X509_CRL_sign");
    *ret_size = i2d_X509_CRL(crl, ret);
    need(*ret_size > 0, "i2d_X509_CRL");
    double seconds = seconds_since(start);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    X509_CRL_free(crl);
    return seconds;
}

static void compare(struct bytes a, struct bytes b)
{
    struct crl x, y;
    struct err e;
    need(crl_parse(&x, a, &e) && crl_parse(&y, b, &e) && bytes_equal(x.entries, y.entries),
         "comparison");
}

int main(int argc, char **argv)
{
    uint64_t count;
    struct err e;
    if (argc != 2 || !text_read_number(&count, bytes_text(argv[1]), CRL_ENTRIES_MAX, &e)) {
        (void)fprintf(stderr, "crl COUNT\n");
        return 2;
    }
    struct crl_entry *entries = calloc(count, sizeof *entries);
    struct crl_entry *again = calloc(count, sizeof *again);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    AUTO_VALUE(buf) name = BUF(NAME_DER_MAX);
    struct name words = {.common_name = bytes_text("Example CA")};
    need(entries != NULL && again != NULL && key != NULL && name_build(&name, &words, &e), "begin");
    const uint8_t *at = name.data;
    X509_NAME *issuer = d2i_X509_NAME(NULL, &at, (long)name.size);
    entries_make(entries, count);
    memcpy(again, entries, count * sizeof *entries);
    uint8_t *theirs = NULL;
    int size = 0;
    AUTO_VALUE(buf) list = BUF(CRL_DER_MAX);
    /* First, so that it does not pay for putting the allocator in order after ten million pieces.
     */
    double fast = ours(&list, again, count, buf_bytes(&name), key);
    double slow = openssls(&theirs, &size, entries, count, issuer, key);
    compare(buf_bytes(&list), bytes_make(theirs, (size_t)size));
    (void)printf("{\"entries\":%llu,\"bytes\":%zu,\"ours\":%.6f,\"openssl\":%.6f}\n",
                 (unsigned long long)count, list.size, fast, slow);
    OPENSSL_free(theirs);
    X509_NAME_free(issuer);
    EVP_PKEY_free(key);
    free(entries);
    free(again);
    return 0;
}
