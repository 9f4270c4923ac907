/*
 * The number under which the index has a signature: the first 8 bytes of its id (proof/distrust.h),
 * which is also what stands in a distrust list.
 */
#ifndef SEALWARD_SERVICE_SIGNATURE_H
#define SEALWARD_SERVICE_SIGNATURE_H

#include "proof/distrust.h"

/* An id as the index has it; SQL knows signed numbers alone. */
static inline int64_t signature_number_of(const uint8_t id[DIGEST_SHA256_SIZE])
{
    return (int64_t)distrust_signature_prefix(id);
}

/* `key` is the SHA-256 of the SPKI, 32 bytes. */
static inline int64_t signature_number(const uint8_t *key, struct bytes tbs)
{
    uint8_t id[DIGEST_SHA256_SIZE];
    distrust_signature_id(id, key, tbs);
    return signature_number_of(id);
}

#endif
