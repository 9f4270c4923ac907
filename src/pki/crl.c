#include "pki/crl.h"

#include "pki/algorithm.h"
#include "pki/crl_extensions.h"
#include "pki/der.h"
#include "pki/name.h"

#include "base/text.h"

/* ---- Reasons ---- */

#define REASONS 11

static const char *const reasons[REASONS] = {
    [CRL_UNSPECIFIED] = "unspecified",
    [CRL_KEY_COMPROMISE] = "keyCompromise",
    [CRL_CA_COMPROMISE] = "cACompromise",
    [CRL_AFFILIATION_CHANGED] = "affiliationChanged",
    [CRL_SUPERSEDED] = "superseded",
    [CRL_CESSATION_OF_OPERATION] = "cessationOfOperation",
    [CRL_CERTIFICATE_HOLD] = "certificateHold",
    [CRL_REMOVE_FROM_CRL] = "removeFromCRL",
    [CRL_PRIVILEGE_WITHDRAWN] = "privilegeWithdrawn",
    [CRL_AA_COMPROMISE] = "aACompromise",
};

const char *crl_reason_name(unsigned reason)
{
    return reason < REASONS ? reasons[reason] : NULL;
}

bool crl_entry_make(struct crl_entry *ret, struct bytes serial, int64_t time,
                    enum crl_reason reason, struct err *e)
{
    bool zero = serial.size == 0 || serial.data[0] == 0;
    if (zero || serial.size + (serial.data[0] >> 7) > X509_SERIAL_MAX)
        return err_set(e, ERR_INPUT, "a serial number of %zu bytes cannot stand in a CRL",
                       serial.size);
    *ret = (struct crl_entry){
        .time = time, .serial_size = (uint8_t)serial.size, .reason = (uint8_t)reason};
    memcpy(ret->serial, serial.data, serial.size);
    return true;
}

/* ---- Parsing ---- */

/* One entry of revokedCertificates: serial number and what follows it. PKITS and old authorities
 * have serial numbers that ours could not be (zero); no certificate that is read has one. */
struct entry {
    struct bytes serial;
    int64_t time;
    unsigned reason;
    bool unknown_critical;
};

static struct entry entry_next(struct der *list, unsigned version)
{
    struct entry entry = {.reason = CRL_UNSPECIFIED};
    struct der parts = der_enter(list, DER_SEQUENCE);
    entry.serial = der_natural(&parts);
    if (entry.serial.size > X509_SERIAL_MAX)
        der_fail(&parts, "a serial number is longer than 20 octets");
    entry.time = der_time(&parts);
    if (!der_at_end(&parts)) {
        if (version == 1)
            der_fail(&parts, "an entry has extensions in version 1");
        entry.unknown_critical = crl_entry_extensions_read(&parts, &entry.reason);
    }
    der_leave(list, &parts);
    return entry;
}

static void entries_read(struct crl *crl, struct der *fields)
{
    if (!der_next_is(fields, DER_SEQUENCE))
        return;
    struct der list = der_enter(fields, DER_SEQUENCE);
    crl->entries = list.rest;
    if (list.fault == NULL && list.rest.size == 0)
        der_fail(&list, "there is a list of revoked certificates, but it is empty");
    for (; !der_at_end(&list); crl->count++)
        if (entry_next(&list, crl->version).unknown_critical)
            crl->scope |= CRL_UNKNOWN_CRITICAL;
    der_leave(fields, &list);
    if (crl->count > CRL_ENTRIES_MAX)
        der_fail(fields, "there are too many entries");
}

static unsigned version_read(struct der *fields)
{
    if (!der_next_is(fields, DER_INTEGER))
        return 1;
    if (der_small(fields) != 1)
        der_fail(fields, "the version is neither 1 nor 2");
    return 2;
}

static bool is_time_next(const struct der *fields)
{
    return der_next_is(fields, DER_UTC_TIME) || der_next_is(fields, DER_GENERALIZED_TIME);
}

/* The fields of a TBSCertList in their order (RFC 5280 5.1). */
static bool fields_parse(struct crl *crl, struct bytes tbs, struct err *e)
{
    struct der all = der_open(tbs);
    struct der fields = der_enter(&all, DER_SEQUENCE);
    crl->version = version_read(&fields);
    crl->algorithm = der_whole(&fields, DER_SEQUENCE);
    crl->issuer = der_whole(&fields, DER_SEQUENCE);
    crl->this_update = der_time(&fields);
    crl->next_update = is_time_next(&fields) ? der_time(&fields) : CRL_NO_TIME;
    entries_read(crl, &fields);
    if (der_next_is(&fields, DER_CONTEXT_CONSTRUCTED(0))) {
        if (crl->version == 1)
            der_fail(&fields, "it has extensions in version 1");
        struct der explicit = der_enter(&fields, DER_CONTEXT_CONSTRUCTED(0));
        crl_extensions_read(crl, &explicit);
        der_leave(&fields, &explicit);
    }
    der_leave(&all, &fields);
    return der_done(&all, "a CRL's TBSCertList", e);
}

bool crl_parse(struct crl *ret, struct bytes der, struct err *e)
{
    struct crl crl = {0};
    if (der.size > CRL_DER_MAX)
        return err_set(e, ERR_LIMIT, "a CRL has %zu bytes; at most %u are read", der.size,
                       CRL_DER_MAX);
    struct der all = der_open(der);
    struct der parts = der_enter(&all, DER_SEQUENCE);
    crl.tbs = der_whole(&parts, DER_SEQUENCE);
    struct bytes algorithm = der_whole(&parts, DER_SEQUENCE);
    crl.signature = der_bits(&parts);
    crl.der = der;
    der_leave(&all, &parts);
    if (!der_done(&all, "a CRL", e) || !fields_parse(&crl, crl.tbs, e))
        return false;
    if (!bytes_equal(algorithm, crl.algorithm))
        return err_set(e, ERR_INPUT,
                       "a CRL names one signature algorithm inside and another outside");
    if (!name_check(crl.issuer, e))
        return err_wrap(e, "issuer of a CRL");
    *ret = crl;
    return true;
}

/* ---- Judging ---- */

bool crl_check_issuer(const struct crl *crl, const struct x509 *issuer, struct err *e)
{
    if (!name_matches(crl->issuer, issuer->subject))
        return err_refuse(e, "crl.issuer", "the CRL is another issuer's");
    if (crl->authority_key_id.data != NULL && issuer->subject_key_id.data != NULL &&
        !bytes_equal(crl->authority_key_id, issuer->subject_key_id))
        return err_refuse(e, "crl.issuer", "the CRL names another key of its issuer");
    if ((issuer->present & X509_EXT_KEY_USAGE) != 0 && (issuer->key_usage & X509_KU_CRL_SIGN) == 0)
        return err_refuse(e, "crl.usage", "the CRL's issuer may not sign CRLs");
    return true;
}

bool crl_verify(const struct crl *crl, const struct pubkey *issuer, struct err *e)
{
    enum mechanism m;
    return algorithm_parse_signature(&m, crl->algorithm, e) &&
           algorithm_verify(issuer, m, crl->tbs, crl->signature, e);
}

bool crl_check_time(const struct crl *crl, int64_t time, int64_t age_max, struct err *e)
{
    char from[TEXT_TIME_SIZE], at[TEXT_TIME_SIZE];
    if (time < crl->this_update)
        return err_refuse(e, "crl.time", "the CRL is of %s, and the time is %s",
                          text_time(from, crl->this_update), text_time(at, time));
    if (crl->next_update == CRL_NO_TIME && age_max == 0)
        return err_refuse(e, "crl.time", "the CRL does not say when the next one is due");
    if (crl->next_update != CRL_NO_TIME && time > crl->next_update)
        return err_refuse(e, "crl.time", "the next CRL was due at %s, and the time is %s",
                          text_time(from, crl->next_update), text_time(at, time));
    if (age_max > 0 && time - crl->this_update > age_max)
        return err_refuse(e, "crl.time", "the CRL is of %s and so too old at %s",
                          text_time(from, crl->this_update), text_time(at, time));
    return true;
}

bool crl_find(const struct crl *crl, struct bytes serial, struct crl_entry *ret)
{
    struct err ignored;
    struct der list = der_open(crl->entries);
    while (!der_at_end(&list)) {
        struct der here = list;
        struct der parts = der_enter(&list, DER_SEQUENCE);
        if (!bytes_equal(der_natural(&parts), serial))
            continue;
        struct entry entry = entry_next(&here, crl->version);
        return crl_entry_make(ret, entry.serial, entry.time, (enum crl_reason)entry.reason,
                              &ignored);
    }
    return false;
}
