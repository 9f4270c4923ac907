#include "pkcs11/mechanism.h"

#include <stddef.h>

static const struct mechanism mechanisms[] = {
    {CKM_RSA_PKCS, CKK_RSA, MODULE_RSA_PKCS1, MODULE_HASHED, MODULE_DIGEST_UNKNOWN},
    {CKM_SHA256_RSA_PKCS, CKK_RSA, MODULE_RSA_PKCS1, MODULE_WHOLE, MODULE_SHA256},
    {CKM_SHA384_RSA_PKCS, CKK_RSA, MODULE_RSA_PKCS1, MODULE_WHOLE, MODULE_SHA384},
    {CKM_SHA512_RSA_PKCS, CKK_RSA, MODULE_RSA_PKCS1, MODULE_WHOLE, MODULE_SHA512},
    {CKM_ECDSA, CKK_EC, MODULE_ECDSA, MODULE_HASHED, MODULE_DIGEST_UNKNOWN},
    {CKM_ECDSA_SHA256, CKK_EC, MODULE_ECDSA, MODULE_WHOLE, MODULE_SHA256},
    {CKM_ECDSA_SHA384, CKK_EC, MODULE_ECDSA, MODULE_WHOLE, MODULE_SHA384},
    {CKM_ECDSA_SHA512, CKK_EC, MODULE_ECDSA, MODULE_WHOLE, MODULE_SHA512},
};

/* The same types as above, in the same order: RSA's, then those of elliptic curves. */
static const CK_MECHANISM_TYPE types[] = {
    CKM_RSA_PKCS, CKM_SHA256_RSA_PKCS, CKM_SHA384_RSA_PKCS, CKM_SHA512_RSA_PKCS,
    CKM_ECDSA,    CKM_ECDSA_SHA256,    CKM_ECDSA_SHA384,    CKM_ECDSA_SHA512,
};
enum { RSA_TYPES = 4, ALL_TYPES = 8 };

_Static_assert(sizeof mechanisms / sizeof mechanisms[0] == ALL_TYPES, "a row a type");
_Static_assert(sizeof types / sizeof types[0] == ALL_TYPES, "a type a row");

const struct mechanism *mechanism_find(CK_MECHANISM_TYPE type)
{
    for (size_t i = 0; i < ALL_TYPES; i++)
        if (mechanisms[i].type == type)
            return &mechanisms[i];
    return NULL;
}

CK_MECHANISM_INFO mechanism_info(const struct mechanism *m)
{
    if (m->key_type == CKK_RSA)
        return (CK_MECHANISM_INFO){.ulMinKeySize = 2048, .ulMaxKeySize = 8192, .flags = CKF_SIGN};
    return (CK_MECHANISM_INFO){.ulMinKeySize = 256,
                               .ulMaxKeySize = 384,
                               .flags =
                                   CKF_SIGN | CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS};
}

struct bytes mechanism_types_all(void)
{
    return bytes_make(types, sizeof types);
}

struct bytes mechanism_types(CK_KEY_TYPE key_type)
{
    if (key_type == CKK_RSA)
        return bytes_make(types, RSA_TYPES * sizeof types[0]);
    return bytes_make(types + RSA_TYPES, (ALL_TYPES - RSA_TYPES) * sizeof types[0]);
}

enum { PREFIX_SIZE = 19 };

static const struct {
    enum module_digest digest;
    uint8_t prefix[PREFIX_SIZE];
} digest_infos[] = {
    {MODULE_SHA256,
     {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
      0x05, 0x00, 0x04, 0x20}},
    {MODULE_SHA384,
     {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02,
      0x05, 0x00, 0x04, 0x30}},
    {MODULE_SHA512,
     {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03,
      0x05, 0x00, 0x04, 0x40}},
};

void mechanism_digest(const struct mechanism *m, struct bytes given, enum module_digest *ret_digest,
                      struct bytes *ret_bytes)
{
    *ret_digest = MODULE_DIGEST_UNKNOWN;
    *ret_bytes = given;
    if (m->wire != MODULE_RSA_PKCS1)
        return;
    for (size_t i = 0; i < sizeof digest_infos / sizeof digest_infos[0]; i++) {
        size_t size = PREFIX_SIZE + module_digest_size(digest_infos[i].digest);
        if (given.size != size || memcmp(given.data, digest_infos[i].prefix, PREFIX_SIZE) != 0)
            continue;
        *ret_digest = digest_infos[i].digest;
        *ret_bytes = bytes_make(given.data + PREFIX_SIZE, size - PREFIX_SIZE);
        return;
    }
}
