/*
 * Aims at jwt_parse and jwt_verify. Whatever a token says, it does not hold under a key that never
 * signed anything.
 */
#include "pki/jwt.h"
#include "property.h"

/* The P-256 base point: its private number is 1, and no seed was signed with it. */
static const uint8_t point[] = {0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc,
                                0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d,
                                0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
                                0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb,
                                0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31,
                                0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pubkey *key;
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    AUTO_VALUE(buf) spki = BUF(KEY_SPKI_MAX);
    const struct json *claims = NULL;
    struct jwt jwt;
    struct err e;
    if (key == NULL) {
        spki_put_p256(&spki, BYTES_OF(point));
        PROPERTY(pubkey_parse(&key, buf_bytes(&spki), &e));
    }
    if (!jwt_parse(&jwt, bytes_make(data, size), &arena, &e))
        return 0;
    PROPERTY(jwt.signed_part.size < size);
    PROPERTY(!jwt_verify(&claims, &jwt, key, JWT_ES256, &arena, &e));
    PROPERTY(claims == NULL);
    return 0;
}
