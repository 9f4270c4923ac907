#include "proof/distrust.h"

#include <inttypes.h>

#include "pki/chain.h"
#include "pki/key.h"

static bool chain_check(const struct x509 *certificate, const struct distrust_trust *trust,
                        int64_t time, struct err *e)
{
    (void)err_set(e, ERR_REFUSED, "no root certificate is trusted");
    for (size_t i = 0; i < trust->root_count; i++)
        if (chain_verify(NULL, CHAIN_LIST, certificate, NULL, 0, &trust->roots[i], time, e))
            return true;
    return false;
}

/* Judged when the list was issued: whether it still speaks is another question. */
static bool certificate_check(const struct x509 *certificate, const struct distrust *list,
                              const struct distrust_trust *trust, struct err *e)
{
    struct err why;
    uint64_t number = 0;
    if (!chain_check(certificate, trust, list->head.issued, &why) ||
        !x509_number_under(certificate, list->head.authority, &number, &why))
        return err_refuse(e, "list.certificate",
                          "the distrust list's certificate does not hold: %s", why.message);
    return true;
}

static bool signature_check(const struct distrust *list, struct bytes spki, struct err *e)
{
    AUTO(pubkey) key = NULL;
    uint8_t digest[DIGEST_SHA256_SIZE];
    distrust_digest(digest, list->body);
    return (pubkey_parse(&key, spki, e) &&
            pubkey_verify_digest(key, MECHANISM_ECDSA_SHA256, BYTES_OF(digest), list->signature,
                                 e)) ||
           err_wrap(e, "distrust list %" PRIu64, list->head.number);
}

bool distrust_verify(const struct distrust *list, const struct distrust_trust *trust, struct err *e)
{
    struct x509 certificate;
    if (memcmp(list->head.authority, trust->authority, TREE_HASH) != 0)
        return err_refuse(e, "list.authority", "the distrust list is of another authority");
    if (!x509_parse(&certificate, list->certificate, e))
        return err_wrap(e, "the distrust list's certificate");
    return certificate_check(&certificate, list, trust, e) &&
           signature_check(list, certificate.spki, e);
}

bool distrust_check_fresh(const struct distrust *list, int64_t now, struct err *e)
{
    struct x509 certificate;
    if (now > list->head.expires) {
        (void)err_refuse(e, "list.expired", "distrust list %" PRIu64 " has expired",
                         list->head.number);
        return err_hint(e, "fetch the newest list");
    }
    if (!x509_parse(&certificate, list->certificate, e))
        return err_wrap(e, "the distrust list's certificate");
    if (now > certificate.not_after)
        return err_refuse(e, "list.certificate", "the distrust list's certificate has expired");
    return true;
}

bool distrust_check_newer(const struct distrust *list, uint64_t held, struct err *e)
{
    return list->head.number > held ||
           err_refuse(e, "list.older", "distrust list %" PRIu64 " is not newer than %" PRIu64,
                      list->head.number, held);
}

bool distrust_check_signer(const struct distrust *list, const struct distrust *held, struct err *e)
{
    struct x509 certificate;
    struct err ignored;
    uint8_t key[DIGEST_SHA256_SIZE];
    uint64_t number = 0;
    int64_t effective;
    if (!x509_parse(&certificate, list->certificate, e))
        return err_wrap(e, "the distrust list's certificate");
    pubkey_spki_sha256(key, certificate.spki);
    bool numbered = x509_number_under(&certificate, held->head.authority, &number, &ignored);
    if (distrust_key(held, key, &effective) ||
        (numbered && distrust_certificate(held, number, &effective) == DISTRUST_LISTED))
        return err_refuse(e, "list.signer",
                          "distrust list %" PRIu64 " is signed by a key that list %" PRIu64
                          " distrusts",
                          list->head.number, held->head.number);
    return true;
}
