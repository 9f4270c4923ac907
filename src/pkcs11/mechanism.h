/*
 * The mechanisms, one row each. Those that hash are always there beside the bare ones: a host that
 * finds them hands over what is to be signed instead of a digest. There is no hash code behind
 * them; the helper hashes.
 */
#ifndef SEALWARD_PKCS11_MECHANISM_H
#define SEALWARD_PKCS11_MECHANISM_H

#include <p11-kit/pkcs11.h>

#include "wire/module.h"

struct mechanism {
    CK_MECHANISM_TYPE type;
    CK_KEY_TYPE key_type;
    enum module_mechanism wire;
    enum module_family family;
    enum module_digest digest; /* of a mechanism that hashes */
};

/* NULL for a mechanism that is not offered. */
const struct mechanism *mechanism_find(CK_MECHANISM_TYPE type);

/* The mechanism's range of key sizes in bits, and its flags. */
CK_MECHANISM_INFO mechanism_info(const struct mechanism *m);

/* All types, or those for keys of one type, as an array of CK_MECHANISM_TYPE that lives for ever.
 */
struct bytes mechanism_types_all(void);
struct bytes mechanism_types(CK_KEY_TYPE key_type);

/* What C_Sign was given for a bare mechanism, as the wire names it. For RSA that is a DigestInfo
 * (RFC 8017 section 9.2, note 1): its algorithm and digest if it is one of SHA-256, SHA-384 or
 * SHA-512, else the bytes as they are with MODULE_DIGEST_UNKNOWN. */
void mechanism_digest(const struct mechanism *m, struct bytes given, enum module_digest *ret_digest,
                      struct bytes *ret_bytes);

#endif
