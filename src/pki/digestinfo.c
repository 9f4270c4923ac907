#include "pki/digestinfo.h"

/* Everything before the digest, which is the same for all digests of one algorithm. The length of
 * the last octet string is its last byte. */
#define PREFIX_SIZE 19
static const uint8_t prefixes[DIGEST_COUNT][PREFIX_SIZE] = {
    [DIGEST_SHA256] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
                       0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
    [DIGEST_SHA384] = {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
                       0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
    [DIGEST_SHA512] = {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
                       0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
};

size_t digestinfo_build(uint8_t ret[DIGESTINFO_MAX], enum digest_alg alg, const uint8_t *digest)
{
    memcpy(ret, prefixes[alg], PREFIX_SIZE);
    memcpy(ret + PREFIX_SIZE, digest, digest_size(alg));
    return PREFIX_SIZE + digest_size(alg);
}

bool digestinfo_parse(enum digest_alg *ret_alg, struct bytes *ret_digest, struct bytes info,
                      struct err *e)
{
    for (int i = 0; i < DIGEST_COUNT; i++) {
        enum digest_alg alg = (enum digest_alg)i;
        if (info.size != PREFIX_SIZE + digest_size(alg) ||
            memcmp(info.data, prefixes[alg], PREFIX_SIZE) != 0)
            continue;
        *ret_alg = alg;
        *ret_digest = bytes_make(info.data + PREFIX_SIZE, digest_size(alg));
        return true;
    }
    err_set(e, ERR_INPUT, "%zu bytes to sign are no DigestInfo", info.size);
    return err_hint(e, "an RSA signature is made over a DigestInfo of SHA-256, SHA-384 or SHA-512");
}
