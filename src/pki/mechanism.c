#include "pki/mechanism.h"

const char *const key_kind_names[] = {"p256", "rsa", "ed25519", NULL};

const char *const mechanism_names[] = {
    "ecdsa-sha256",     "ecdsa-sha384",     "ecdsa-sha512", "rsa-pkcs1-sha256",
    "rsa-pkcs1-sha384", "rsa-pkcs1-sha512", "ed25519",      NULL,
};

static const struct {
    enum key_kind kind;
    enum digest_alg alg;
} mechanisms[MECHANISM_COUNT] = {
    [MECHANISM_ECDSA_SHA256] = {KEY_P256, DIGEST_SHA256},
    [MECHANISM_ECDSA_SHA384] = {KEY_P256, DIGEST_SHA384},
    [MECHANISM_ECDSA_SHA512] = {KEY_P256, DIGEST_SHA512},
    [MECHANISM_RSA_PKCS1_SHA256] = {KEY_RSA, DIGEST_SHA256},
    [MECHANISM_RSA_PKCS1_SHA384] = {KEY_RSA, DIGEST_SHA384},
    [MECHANISM_RSA_PKCS1_SHA512] = {KEY_RSA, DIGEST_SHA512},
    [MECHANISM_ED25519] = {KEY_ED25519, DIGEST_SHA512},
};

const char *mechanism_name(enum mechanism m)
{
    return mechanism_names[m];
}

bool mechanism_from_name(enum mechanism *ret, struct bytes name, struct err *e)
{
    for (int i = 0; i < MECHANISM_COUNT; i++) {
        if (!bytes_is(name, mechanism_names[i]))
            continue;
        *ret = (enum mechanism)i;
        return true;
    }
    err_set(e, ERR_INPUT, "unknown signature mechanism \"%.*s\"", BYTES_PRINT(name));
    return err_hint(e, "known are ecdsa-sha256, rsa-pkcs1-sha256, their SHA-384 and SHA-512 "
                       "forms, and ed25519");
}

enum key_kind mechanism_key_kind(enum mechanism m)
{
    return mechanisms[m].kind;
}

bool mechanism_digest(enum mechanism m, enum digest_alg *ret)
{
    if (m == MECHANISM_ED25519)
        return false;
    *ret = mechanisms[m].alg;
    return true;
}

enum mechanism mechanism_of(enum key_kind kind, enum digest_alg alg)
{
    if (kind == KEY_ED25519)
        return MECHANISM_ED25519;
    int m = 0;
    while (mechanisms[m].kind != kind || mechanisms[m].alg != alg)
        m++;
    return (enum mechanism)m;
}
