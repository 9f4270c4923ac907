/*
 * OpenSSL's older hash functions are used on purpose, though marked as deprecated: they work on
 * plain memory, cannot fail, and know no configuration. Through EVP each hash of a tree node would
 * allocate a context, and every caller would have to handle a hash that could not be computed.
 * The code underneath, with its processor-specific versions, is the same.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "pki/digest.h"

#include <openssl/sha.h>

#include "pki/der.h"

const char *const digest_names[] = {"sha256", "sha384", "sha512", NULL};

/* The running state is reached through void *, so what must hold is size and alignment. */
_Static_assert(sizeof(SHA256_CTX) <= sizeof(((struct digest *)0)->state), "state holds SHA-256");
_Static_assert(sizeof(SHA512_CTX) <= sizeof(((struct digest *)0)->state), "state holds SHA-512");
_Static_assert(_Alignof(SHA512_CTX) <= _Alignof(uint64_t), "state is aligned");

static const struct {
    size_t size;
    const char *oid;
} algs[DIGEST_COUNT] = {
    [DIGEST_SHA256] = {32, "2.16.840.1.101.3.4.2.1"},
    [DIGEST_SHA384] = {48, "2.16.840.1.101.3.4.2.2"},
    [DIGEST_SHA512] = {64, "2.16.840.1.101.3.4.2.3"},
};

const char *digest_name(enum digest_alg alg)
{
    return digest_names[alg];
}

size_t digest_size(enum digest_alg alg)
{
    return algs[alg].size;
}

const char *digest_oid(enum digest_alg alg)
{
    return algs[alg].oid;
}

bool digest_from_name(enum digest_alg *ret, struct bytes name, struct err *e)
{
    for (int i = 0; i < DIGEST_COUNT; i++) {
        if (!bytes_is(name, digest_names[i]))
            continue;
        *ret = (enum digest_alg)i;
        return true;
    }
    err_set(e, ERR_INPUT, "unknown hash algorithm \"%.*s\"", BYTES_PRINT(name));
    return err_hint(e, "known are sha256, sha384 and sha512");
}

bool digest_from_oid(enum digest_alg *ret, struct bytes oid, struct err *e)
{
    for (int i = 0; i < DIGEST_COUNT; i++) {
        if (!der_oid_is(oid, algs[i].oid))
            continue;
        *ret = (enum digest_alg)i;
        return true;
    }
    AUTO_VALUE(buf) text = BUF(256);
    der_put_oid_text(&text, oid);
    return err_set(e, ERR_INPUT, "unknown hash algorithm %s", buf_string(&text));
}

void digest_sha256(uint8_t ret[DIGEST_SHA256_SIZE], struct bytes bytes)
{
    digest_sha256_triple(ret, bytes, BYTES_NONE, BYTES_NONE);
}

void digest_sha256_pair(uint8_t ret[DIGEST_SHA256_SIZE], struct bytes first, struct bytes second)
{
    digest_sha256_triple(ret, first, second, BYTES_NONE);
}

void digest_sha256_triple(uint8_t ret[DIGEST_SHA256_SIZE], struct bytes first, struct bytes second,
                          struct bytes third)
{
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, first.data, first.size);
    SHA256_Update(&state, second.data, second.size);
    SHA256_Update(&state, third.data, third.size);
    SHA256_Final(ret, &state);
}

size_t digest_compute(uint8_t ret[DIGEST_MAX], enum digest_alg alg, struct bytes bytes)
{
    struct digest d;
    digest_init(&d, alg);
    digest_add(&d, bytes);
    return digest_final(&d, ret);
}

void digest_init(struct digest *d, enum digest_alg alg)
{
    void *state = d->state;
    d->alg = alg;
    switch (alg) {
    case DIGEST_SHA256:
        SHA256_Init(state);
        return;
    case DIGEST_SHA384:
        SHA384_Init(state);
        return;
    case DIGEST_SHA512:
        SHA512_Init(state);
        return;
    }
}

void digest_add(struct digest *d, struct bytes bytes)
{
    void *state = d->state;
    if (d->alg == DIGEST_SHA256)
        SHA256_Update(state, bytes.data, bytes.size);
    else
        SHA512_Update(state, bytes.data, bytes.size);
}

size_t digest_final(struct digest *d, uint8_t ret[DIGEST_MAX])
{
    void *state = d->state;
    if (d->alg == DIGEST_SHA256)
        SHA256_Final(ret, state);
    else
        SHA512_Final(ret, state); /* cuts SHA-384 to its length by itself */
    return digest_size(d->alg);
}
