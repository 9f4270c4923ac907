#include "pki/x509_extensions.h"

#include "pki/der.h"
#include "pki/extension.h"

#define PATH_LENGTH_MAX 255
#define KEY_USAGE_BITS 9
#define URI 6 /* GeneralName uniformResourceIdentifier [6] */

static void basic_constraints_read(struct x509 *cert, struct der *value)
{
    struct der parts = der_enter(value, DER_SEQUENCE);
    cert->ca = extension_flag(&parts);
    if (!der_at_end(&parts)) {
        uint64_t length = der_small(&parts);
        if (length > PATH_LENGTH_MAX)
            der_fail(&parts, "the path length is above 255");
        else
            cert->path_length = (int)length;
    }
    der_leave(value, &parts);
}

static void key_usage_read(struct x509 *cert, struct der *value)
{
    cert->key_usage = der_flags(value);
    if (value->fault == NULL && (cert->key_usage == 0 || cert->key_usage >> KEY_USAGE_BITS != 0))
        der_fail(value, "the key usage names no use, or an unknown one");
}

static unsigned purpose_bit(struct bytes oid)
{
    if (der_oid_is(oid, "1.3.6.1.5.5.7.3.3"))
        return X509_EKU_CODE_SIGNING;
    if (der_oid_is(oid, "1.3.6.1.5.5.7.3.8"))
        return X509_EKU_TIME_STAMPING;
    if (der_oid_is(oid, "1.3.6.1.5.5.7.3.9"))
        return X509_EKU_OCSP_SIGNING;
    if (der_oid_is(oid, "2.5.29.37.0"))
        return X509_EKU_ANY;
    return X509_EKU_OTHER;
}

static void extended_key_usage_read(struct x509 *cert, struct der *value)
{
    struct der list = der_enter(value, DER_SEQUENCE);
    cert->purpose = der_oid(&list);
    cert->extended_key_usage = purpose_bit(cert->purpose);
    while (!der_at_end(&list)) {
        cert->purpose = BYTES_NONE;
        cert->extended_key_usage |= purpose_bit(der_oid(&list));
    }
    der_leave(value, &list);
}

static void subject_key_id_read(struct x509 *cert, struct der *value)
{
    cert->subject_key_id = der_octets(value);
    extension_check_key_id(value, cert->subject_key_id);
}

static void authority_key_id_read(struct x509 *cert, struct der *value)
{
    cert->authority_key_id = extension_authority_key_id(value);
}

/* The first URL of the names, unless there is one already. */
static void url_take(struct x509 *cert, struct der *names)
{
    do {
        unsigned tag;
        struct der name = der_open(der_any(names, &tag));
        if (tag == DER_CONTEXT(URI) && cert->crl_url.data == NULL)
            cert->crl_url = der_body(&name, tag);
    } while (!der_at_end(names));
}

static void crl_point_read(struct x509 *cert, struct der *points)
{
    struct der point = der_enter(points, DER_SEQUENCE);
    if (der_next_is(&point, DER_CONTEXT_CONSTRUCTED(0))) {
        struct der name = der_enter(&point, DER_CONTEXT_CONSTRUCTED(0));
        if (der_next_is(&name, DER_CONTEXT_CONSTRUCTED(0))) {
            struct der full = der_enter(&name, DER_CONTEXT_CONSTRUCTED(0));
            url_take(cert, &full);
            der_leave(&name, &full);
        } else {
            der_body(&name, DER_CONTEXT_CONSTRUCTED(1));
        }
        der_leave(&point, &name);
    }
    if (der_next_is(&point, DER_CONTEXT(1)))
        der_body(&point, DER_CONTEXT(1));
    if (der_next_is(&point, DER_CONTEXT_CONSTRUCTED(2)))
        der_body(&point, DER_CONTEXT_CONSTRUCTED(2));
    der_leave(points, &point);
    cert->crl_points++;
}

static void crl_points_read(struct x509 *cert, struct der *value)
{
    struct der points = der_enter(value, DER_SEQUENCE);
    do {
        crl_point_read(cert, &points);
    } while (!der_at_end(&points));
    der_leave(value, &points);
}

struct reader_row {
    const char *oid;
    const char *what;
    unsigned bit;
    void (*read)(struct x509 *cert, struct der *value);
};

static const struct reader_row readers[] = {
    {"2.5.29.19", "a certificate's basicConstraints", X509_EXT_BASIC_CONSTRAINTS,
     basic_constraints_read},
    {"2.5.29.15", "a certificate's keyUsage", X509_EXT_KEY_USAGE, key_usage_read},
    {"2.5.29.37", "a certificate's extKeyUsage", X509_EXT_EXTENDED_KEY_USAGE,
     extended_key_usage_read},
    {"2.5.29.14", "a certificate's subjectKeyIdentifier", X509_EXT_SUBJECT_KEY_ID,
     subject_key_id_read},
    {EXTENSION_AUTHORITY_KEY_ID, "a certificate's authorityKeyIdentifier",
     X509_EXT_AUTHORITY_KEY_ID, authority_key_id_read},
    {"2.5.29.31", "a certificate's cRLDistributionPoints", X509_EXT_CRL_POINTS, crl_points_read},
};

static bool extension_parse(struct x509 *cert, const struct extension *x, struct err *e)
{
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        if (!der_oid_is(x->oid, readers[i].oid))
            continue;
        cert->present |= readers[i].bit;
        if (x->critical)
            cert->critical |= readers[i].bit;
        struct der value = der_open(x->value);
        readers[i].read(cert, &value);
        return der_done(&value, readers[i].what, e);
    }
    if (x->critical && cert->unknown_critical.data == NULL)
        cert->unknown_critical = x->oid;
    return true;
}

static bool is_among(const struct bytes *list, size_t count, struct bytes oid)
{
    for (size_t i = 0; i < count; i++)
        if (bytes_equal(list[i], oid))
            return true;
    return false;
}

bool x509_extensions_parse(struct x509 *cert, struct err *e)
{
    struct bytes seen[X509_EXTENSIONS_MAX];
    size_t count = 0;
    struct der list = der_open(cert->extensions);
    while (!der_at_end(&list)) {
        struct extension x = extension_next(&list);
        if (list.fault != NULL)
            break;
        if (count == X509_EXTENSIONS_MAX)
            return err_set(e, ERR_LIMIT, "a certificate has more than %d extensions",
                           X509_EXTENSIONS_MAX);
        if (is_among(seen, count, x.oid))
            return err_set(e, ERR_INPUT, "a certificate has the same extension twice");
        seen[count++] = x.oid;
        if (!extension_parse(cert, &x, e))
            return false;
    }
    return der_done(&list, "a certificate's extensions", e);
}

bool x509_extensions_next(struct bytes *rest, struct bytes *ret_oid, struct bytes *ret_value)
{
    struct der list = der_open(*rest);
    if (der_at_end(&list))
        return false;
    struct extension x = extension_next(&list);
    if (list.fault != NULL)
        return false;
    *rest = list.rest;
    *ret_oid = x.oid;
    *ret_value = x.value;
    return true;
}

bool x509_extension(const struct x509 *cert, const char *dotted, struct bytes *ret_value,
                    bool *ret_critical, struct err *e)
{
    struct der list = der_open(cert->extensions);
    while (!der_at_end(&list)) {
        struct extension x = extension_next(&list);
        if (list.fault == NULL && der_oid_is(x.oid, dotted)) {
            *ret_value = x.value;
            *ret_critical = x.critical;
            return true;
        }
    }
    return err_set(e, ERR_NOT_FOUND, "the certificate has no extension %s", dotted);
}
