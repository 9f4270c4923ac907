/*
 * certificates FOLDER KIND FILE SECONDS: makes a root, an issuing CA and a code-signing certificate
 * of ours, valid from SECONDS since 1970, as FOLDER/{root,ca,leaf}.der, the leaf's private key as
 * FOLDER/leaf.key (PKCS #8 DER), and a detached CMS signature of ours over FILE as
 * FOLDER/file.p7s. KIND is "p256" or "rsa". For test_certificates.py, which shows all of it to
 * other people's tools.
 */
#include "pki/openssl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "pki/cms.h"
#include "pki/ecdsa.h"
#include "pki/lint.h"
#include "pki/name.h"
#include "pki/tbs.h"

enum { ROOT, CA, LEAF, COUNT };

#define ARC "1.3.6.1.4.1.32473"
#define DAY INT64_C(86400000)

static const char *const file_names[] = {"root.der", "ca.der", "leaf.der"};
static const char *const common_names[] = {"Example Root", "Example Code Signing CA",
                                           "Example Release"};
static const int64_t days[] = {7300, 1800, 90};

struct certificate {
    EVP_PKEY *key;
    struct buf spki;
    struct buf name;
    struct buf der;
    struct x509 parsed;
};

static _Noreturn void stop(const char *what, const struct err *e)
{
    (void)fprintf(stderr, "%s: %s\n", what, e->message);
    exit(1);
}

static void need(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "%s failed\n", what);
        exit(1);
    }
}

static enum mechanism mechanism_get(EVP_PKEY *key)
{
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? MECHANISM_RSA_PKCS1_SHA256
                                                     : MECHANISM_ECDSA_SHA256;
}

static void key_make(struct certificate *c, const char *kind)
{
    uint8_t *der = NULL;
    c->key = strcmp(kind, "rsa") == 0 ? EVP_RSA_gen(3072) : EVP_EC_gen("P-256");
    need(c->key != NULL, "key");
    int size = i2d_PUBKEY(c->key, &der);
    need(size > 0, "public key");
    c->spki = BUF(4096);
    buf_put(&c->spki, bytes_make(der, (size_t)size));
    OPENSSL_free(der);
}

/* Signs with OpenSSL and brings an ECDSA signature into the raw form that tokens give. */
static size_t message_sign(uint8_t ret[KEY_SIGNATURE_MAX], EVP_PKEY *key, struct bytes message)
{
    uint8_t made[KEY_SIGNATURE_MAX];
    size_t size = sizeof made;
    struct err e;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    need(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
             EVP_DigestSign(ctx, made, &size, message.data, message.size) == 1,
         "signature");
    EVP_MD_CTX_free(ctx);
    if (mechanism_get(key) == MECHANISM_RSA_PKCS1_SHA256) {
        memcpy(ret, made, size);
        return size;
    }
    if (!ecdsa_from_der(ret, 32, bytes_make(made, size), &e))
        stop("signature", &e);
    return 64;
}

static struct tbs_plan plan_make(const struct certificate *all, unsigned which, int64_t now)
{
    static const uint8_t authority[X509_AUTHORITY_SIZE] = {0xab, 0xcd};
    static const uint8_t random[COUNT][X509_SERIAL_SIZE] = {{1, 2, 3}, {4, 5, 6}, {0xff, 8, 9}};
    unsigned issuer = which == ROOT ? ROOT : which - 1;
    return (struct tbs_plan){
        .profile = (enum profile)which,
        .mechanism = mechanism_get(all[issuer].key),
        .random = bytes_make(random[which], X509_SERIAL_SIZE),
        .issuer = buf_bytes(&all[issuer].name),
        .subject = buf_bytes(&all[which].name),
        .not_before = now,
        .not_after = now + days[which] * DAY - 1000,
        .spki = buf_bytes(&all[which].spki),
        .issuer_key_id = which == ROOT ? BYTES_NONE : all[issuer].parsed.subject_key_id,
        .crl_url = which == ROOT
                       ? BYTES_NONE
                       : bytes_text("https://sign.example/crl/0011223344556677/2027Q1.crl"),
        .arc = bytes_text(ARC),
        .authority = BYTES_OF(authority),
        .number = which,
    };
}

static void certificate_make(struct certificate *all, unsigned which, const char *kind, int64_t now)
{
    struct certificate *c = &all[which];
    struct err e;
    uint8_t raw[KEY_SIGNATURE_MAX];
    AUTO_VALUE(buf) tbs = BUF(X509_DER_MAX);
    struct name name = {.country = bytes_text("DE"),
                        .state = bytes_text("Bayern"),
                        .organization = bytes_text("Example, Inc."),
                        .common_name = bytes_text(common_names[which])};
    key_make(c, kind);
    c->name = BUF(NAME_DER_MAX);
    c->der = BUF(X509_DER_MAX);
    if (!name_build(&c->name, &name, &e))
        stop("name", &e);
    struct tbs_plan plan = plan_make(all, which, now);
    if (!tbs_build(&tbs, &plan, &e))
        stop("TBS", &e);
    size_t size = message_sign(raw, all[which == ROOT ? ROOT : which - 1].key, buf_bytes(&tbs));
    if (!tbs_certify(&c->der, buf_bytes(&tbs), plan.mechanism, bytes_make(raw, size), &e) ||
        !x509_parse(&c->parsed, buf_bytes(&c->der), &e) ||
        !lint_check(&c->parsed, (enum profile)which, bytes_text(ARC), &e))
        stop(common_names[which], &e);
}

static void out(const char *folder, const char *name, struct bytes bytes)
{
    char path[1024];
    struct err e;
    need((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) < sizeof path, "path");
    if (!file_replace(path, bytes, 0600, &e))
        stop(path, &e);
}

static void key_out(const char *folder, EVP_PKEY *key)
{
    uint8_t *der = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    need(info != NULL, "private key");
    int size = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    need(size > 0, "private key");
    out(folder, "leaf.key", bytes_make(der, (size_t)size));
    OPENSSL_free(der);
    PKCS8_PRIV_KEY_INFO_free(info);
}

static void message_out(const char *folder, const struct certificate *all, const char *path,
                        int64_t now)
{
    struct err e;
    uint8_t digest[DIGEST_MAX];
    uint8_t raw[KEY_SIGNATURE_MAX];
    AUTO_VALUE(buf) file = BUF(1 << 24);
    AUTO_VALUE(buf) set = BUF(ATTRIBUTES_MAX);
    AUTO_VALUE(buf) message = BUF(CMS_DER_MAX);
    if (!file_read(&file, path, FILE_REGULAR, &e))
        stop(path, &e);
    size_t size = digest_compute(digest, DIGEST_SHA256, buf_bytes(&file));
    if (!attributes_build(&set, ATTRIBUTES_ID_DATA, bytes_make(digest, size), now, &e))
        stop("attributes", &e);
    size = message_sign(raw, all[LEAF].key, buf_bytes(&set));
    struct bytes certificates[] = {all[LEAF].parsed.der, all[CA].parsed.der};
    struct cms_plan plan = {.attributes = buf_bytes(&set),
                            .mechanism = mechanism_get(all[LEAF].key),
                            .signature = bytes_make(raw, size),
                            .certificates = certificates,
                            .certificate_count = 2};
    if (!cms_build(&message, &plan, &e))
        stop("CMS", &e);
    out(folder, "file.p7s", buf_bytes(&message));
}

int main(int argc, char **argv)
{
    static struct certificate all[COUNT];
    struct err e;
    uint64_t seconds;
    if (argc != 5 || !text_read_number(&seconds, bytes_text(argv[4]), UINT32_MAX, &e)) {
        (void)fprintf(stderr, "usage: certificates FOLDER KIND FILE SECONDS\n");
        return 2;
    }
    int64_t now = (int64_t)seconds * 1000;
    for (unsigned i = 0; i < COUNT; i++) {
        certificate_make(all, i, argv[2], now);
        out(argv[1], file_names[i], buf_bytes(&all[i].der));
    }
    key_out(argv[1], all[LEAF].key);
    message_out(argv[1], all, argv[3], now);
    for (unsigned i = 0; i < COUNT; i++) {
        EVP_PKEY_free(all[i].key);
        buf_done(&all[i].spki);
        buf_done(&all[i].name);
        buf_done(&all[i].der);
    }
    return 0;
}
