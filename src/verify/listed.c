#include "verify/listed.h"

static enum distrust_answer number_find(int64_t *ret_effective, const struct distrust *list,
                                        const struct authority *authority,
                                        const struct x509 *certificate)
{
    struct err ignored;
    uint64_t number = 0;
    if (!x509_number_under(certificate, authority->id, &number, &ignored))
        return DISTRUST_ABSENT;
    return distrust_certificate(list, number, ret_effective);
}

bool listed_find(struct listed *ret, const struct distrust *list, const struct authority *authority,
                 const struct x509 *certificate)
{
    uint8_t key[DIGEST_SHA256_SIZE];
    int64_t by_key = INT64_MAX;
    int64_t by_number = INT64_MAX;
    pubkey_spki_sha256(key, certificate->spki);
    (void)distrust_key(list, key, &by_key);
    (void)number_find(&by_number, list, authority, certificate);
    if (by_key == INT64_MAX && by_number == INT64_MAX)
        return false;
    ret->by_key = by_key <= by_number;
    ret->effective = ret->by_key ? by_key : by_number;
    return true;
}

bool listed_is_younger(const struct distrust *list, const struct authority *authority,
                       const struct x509 *certificate)
{
    int64_t effective;
    return number_find(&effective, list, authority, certificate) == DISTRUST_UNKNOWN;
}
