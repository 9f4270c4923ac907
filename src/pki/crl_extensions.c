#include "pki/crl_extensions.h"

#include "pki/extension.h"

#define REASON_OID "2.5.29.21"
#define INVALIDITY_OID "2.5.29.24"
#define DELTA_OID "2.5.29.27"
#define ENUMERATED 0x0a

/* ---- What both kinds of list have in common ---- */

/* All elements before it are of the same list, and it is not empty. */
static bool is_new(struct bytes before, struct bytes oid)
{
    struct der list = der_open(before);
    while (!der_at_end(&list))
        if (bytes_equal(extension_next(&list).oid, oid))
            return false;
    return true;
}

/* The next extension of a list that began with `all`; twice the same is a fault. */
static struct extension next_of(struct der *list, struct bytes all, size_t n)
{
    struct bytes before = bytes_make(all.data, all.size - list->rest.size);
    struct extension x = extension_next(list);
    if (n == X509_EXTENSIONS_MAX)
        der_fail(list, "there are too many extensions");
    if (list->fault == NULL && !is_new(before, x.oid))
        der_fail(list, "the same extension is there twice");
    return x;
}

/* ---- The list's ---- */

static void delta_read(struct crl *crl, struct der *value)
{
    der_natural(value);
    crl->scope |= CRL_DELTA;
}

static void number_read(struct crl *crl, struct der *value)
{
    crl->number = der_natural(value);
    if (crl->number.size > X509_SERIAL_MAX)
        der_fail(value, "the CRL's number is longer than 20 octets");
}

static void key_id_read(struct crl *crl, struct der *value)
{
    crl->authority_key_id = extension_authority_key_id(value);
}

static void point_name_read(struct crl *crl, struct der *parts)
{
    if (!der_next_is(parts, DER_CONTEXT_CONSTRUCTED(0)))
        return;
    struct der name = der_enter(parts, DER_CONTEXT_CONSTRUCTED(0));
    /* A name relative to the issuer's stands for itself: it equals no URL. */
    bool full = der_next_is(&name, DER_CONTEXT_CONSTRUCTED(0));
    crl->names = der_body(&name, full ? DER_CONTEXT_CONSTRUCTED(0) : DER_CONTEXT_CONSTRUCTED(1));
    if (name.fault == NULL && crl->names.size == 0)
        der_fail(&name, "the distribution point has no name in it");
    der_leave(parts, &name);
}

/* The flags in their order; a flag that is there must be set, since DER leaves the default out. */
static void flag_read(struct crl *crl, struct der *parts, unsigned tag, unsigned bit)
{
    if (!der_next_is(parts, tag))
        return;
    struct bytes body = der_body(parts, tag);
    if (body.size != 1 || body.data[0] != 0xff)
        der_fail(parts, "a flag of the distribution point is not FF");
    crl->scope |= bit;
}

static void scope_read(struct crl *crl, struct der *value)
{
    struct der parts = der_enter(value, DER_SEQUENCE);
    if (parts.fault == NULL && parts.rest.size == 0)
        der_fail(&parts, "the issuing distribution point says nothing");
    point_name_read(crl, &parts);
    flag_read(crl, &parts, DER_CONTEXT(1), CRL_USERS_ONLY);
    flag_read(crl, &parts, DER_CONTEXT(2), CRL_CAS_ONLY);
    if (der_next_is(&parts, DER_CONTEXT(3))) {
        der_body(&parts, DER_CONTEXT(3));
        crl->scope |= CRL_SOME_REASONS;
    }
    flag_read(crl, &parts, DER_CONTEXT(4), CRL_INDIRECT);
    flag_read(crl, &parts, DER_CONTEXT(5), CRL_ATTRIBUTES_ONLY);
    unsigned only = crl->scope & (CRL_USERS_ONLY | CRL_CAS_ONLY | CRL_ATTRIBUTES_ONLY);
    if ((only & (only - 1)) != 0)
        der_fail(&parts, "the list is limited to two kinds of certificates at once");
    der_leave(value, &parts);
}

static const struct row {
    const char *oid;
    void (*read)(struct crl *crl, struct der *value);
} rows[] = {
    {EXTENSION_AUTHORITY_KEY_ID, key_id_read},
    {CRL_NUMBER_OID, number_read},
    {CRL_SCOPE_OID, scope_read},
    {DELTA_OID, delta_read},
};

static void extension_take(struct crl *crl, struct der *list, const struct extension *x)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!der_oid_is(x->oid, rows[i].oid))
            continue;
        struct der value = der_open(x->value);
        rows[i].read(crl, &value);
        der_leave(list, &value);
        return;
    }
    if (x->critical)
        crl->scope |= CRL_UNKNOWN_CRITICAL;
}

void crl_extensions_read(struct crl *crl, struct der *explicit)
{
    struct der list = der_enter(explicit, DER_SEQUENCE);
    struct bytes all = list.rest;
    if (list.fault == NULL && all.size == 0)
        der_fail(&list, "there is a list of extensions, but it is empty");
    for (size_t n = 0; !der_at_end(&list); n++) {
        struct extension x = next_of(&list, all, n);
        if (list.fault == NULL)
            extension_take(crl, &list, &x);
    }
    der_leave(explicit, &list);
}

/* ---- An entry's ---- */

static unsigned reason_read(struct der *value)
{
    struct bytes body = der_body(value, ENUMERATED);
    if (value->fault == NULL && (body.size != 1 || crl_reason_name(body.data[0]) == NULL))
        der_fail(value, "a revocation reason is none");
    return value->fault == NULL ? body.data[0] : CRL_UNSPECIFIED;
}

bool crl_entry_extensions_read(struct der *entry, unsigned *ret_reason)
{
    bool unknown_critical = false;
    struct der list = der_enter(entry, DER_SEQUENCE);
    struct bytes all = list.rest;
    if (list.fault == NULL && all.size == 0)
        der_fail(&list, "there is a list of extensions, but it is empty");
    for (size_t n = 0; !der_at_end(&list); n++) {
        struct extension x = next_of(&list, all, n);
        struct der value = der_open(x.value);
        if (list.fault != NULL)
            break;
        if (der_oid_is(x.oid, REASON_OID)) {
            *ret_reason = reason_read(&value);
            der_leave(&list, &value);
        } else if (x.critical && !der_oid_is(x.oid, INVALIDITY_OID)) {
            unknown_critical = true;
        }
    }
    der_leave(entry, &list);
    return unknown_critical;
}
