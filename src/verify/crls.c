#include "verify/crls.h"

bool crls_take(struct crl *ret, const struct verify_input *in, struct err *e)
{
    for (size_t i = 0; i < in->crl_count; i++)
        if (!crl_parse(&ret[i], in->crls[i], e))
            return err_wrap(e, "CRL %zu", i + 1);
    return true;
}

/* Whether the list is this issuer's and speaks about the certificate at all. */
static bool speaks(const struct crl *crl, const struct x509 *certificate, const struct x509 *issuer)
{
    AUTO(pubkey) key = NULL;
    struct err ignored;
    return crl_check_issuer(crl, issuer, &ignored) && crl_check_scope(crl, certificate, &ignored) &&
           pubkey_parse(&key, issuer->spki, &ignored) && crl_verify(crl, key, &ignored);
}

enum crls_answer crls_ask(const struct crl *crls, size_t count, const struct x509 *certificate,
                          const struct x509 *issuer, int64_t now, int64_t *ret_time)
{
    enum crls_answer answer = CRLS_SILENT;
    for (size_t i = 0; i < count; i++) {
        struct crl_entry entry;
        struct err ignored;
        if (!speaks(&crls[i], certificate, issuer))
            continue;
        if (crl_find(&crls[i], certificate->serial, &entry)) {
            if (answer != CRLS_LISTED || entry.time < *ret_time)
                *ret_time = entry.time;
            answer = CRLS_LISTED;
        } else if (answer == CRLS_SILENT && crl_check_time(&crls[i], now, 0, &ignored)) {
            answer = CRLS_GOOD;
        }
    }
    return answer;
}
