/*
 * Whether a CRL answers for a certificate (RFC 5280 6.3.3 (b)): its issuing distribution point
 * against the distribution points that the certificate names.
 */
#include "pki/crl.h"

#include "pki/der.h"
#include "pki/name.h"

#define POINTS_OID "2.5.29.31"

static bool is_among(struct bytes names, struct bytes name)
{
    struct der list = der_open(names);
    while (!der_at_end(&list))
        if (bytes_equal(der_any(&list, NULL), name))
            return true;
    return false;
}

static bool share_name(struct bytes a, struct bytes b)
{
    struct der list = der_open(a);
    while (!der_at_end(&list))
        if (is_among(b, der_any(&list, NULL)))
            return true;
    return false;
}

/* Whether this distribution point of a certificate leads to the list: it asks for no other issuer
 * and for all reasons, and if both have names, they share one. The certificate's extension has been
 * parsed before, so it is well formed. */
static bool point_leads(const struct crl *crl, struct der *points)
{
    struct bytes names = BYTES_NONE;
    struct der point = der_enter(points, DER_SEQUENCE);
    if (der_next_is(&point, DER_CONTEXT_CONSTRUCTED(0))) {
        struct der name = der_enter(&point, DER_CONTEXT_CONSTRUCTED(0));
        if (der_next_is(&name, DER_CONTEXT_CONSTRUCTED(0)))
            names = der_body(&name, DER_CONTEXT_CONSTRUCTED(0));
    }
    if (!der_at_end(&point))
        return false;
    return crl->names.data == NULL || share_name(crl->names, names);
}

/* A certificate without distribution points is answered for by its issuer's whole list only. */
static bool points_lead(const struct crl *crl, const struct x509 *cert)
{
    struct bytes value;
    bool critical;
    struct err ignored;
    if (!x509_extension(cert, POINTS_OID, &value, &critical, &ignored))
        return crl->names.data == NULL;
    struct der all = der_open(value);
    struct der points = der_enter(&all, DER_SEQUENCE);
    while (!der_at_end(&points))
        if (point_leads(crl, &points))
            return true;
    return false;
}

static bool kind_check(const struct crl *crl, const struct x509 *cert, struct err *e)
{
    if ((crl->scope & CRL_ATTRIBUTES_ONLY) != 0)
        return err_refuse(e, "crl.scope", "the CRL is about attribute certificates only");
    if ((crl->scope & CRL_USERS_ONLY) != 0 && cert->ca)
        return err_refuse(e, "crl.scope", "the CRL is not about certificates of CAs");
    if ((crl->scope & CRL_CAS_ONLY) != 0 && !cert->ca)
        return err_refuse(e, "crl.scope", "the CRL is about certificates of CAs only");
    return true;
}

bool crl_check_scope(const struct crl *crl, const struct x509 *cert, struct err *e)
{
    if (!name_matches(crl->issuer, cert->issuer))
        return err_refuse(e, "crl.scope", "the CRL and the certificate have different issuers");
    if ((crl->scope & CRL_UNKNOWN_CRITICAL) != 0)
        return err_refuse(e, "crl.scope",
                          "the CRL has a critical extension that is not known here");
    if ((crl->scope & (CRL_INDIRECT | CRL_DELTA | CRL_SOME_REASONS)) != 0)
        return err_refuse(e, "crl.scope", "the CRL is not a complete one of its issuer");
    if (!kind_check(crl, cert, e))
        return false;
    if (!points_lead(crl, cert))
        return err_refuse(e, "crl.scope", "the CRL is of another partition than the certificate's");
    return true;
}
