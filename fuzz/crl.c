/*
 * Aims at crl_parse (and so at crl_extensions_read and crl_entry_extensions_read), and with what it
 * accepts at crl_check_issuer, crl_check_time, crl_check_scope
 * and crl_find.
 *
 * What is accepted lies within the input, every entry of it is found again by its serial number,
 * and no list without a thisUpdate that has come answers.
 */
#include "pki/crl.h"
#include "pki/der.h"
#include "property.h"

/* Each serial number in the list, as it stands there. */
static void entries_check(const struct crl *crl)
{
    struct der list = der_open(crl->entries);
    size_t count = 0;
    while (!der_at_end(&list) && count < 1000) {
        struct crl_entry entry;
        struct der parts = der_enter(&list, DER_SEQUENCE);
        struct bytes serial = der_natural(&parts);
        PROPERTY(parts.fault == NULL);
        count++;
        if (serial.data[0] == 0 || serial.size + (serial.data[0] >> 7) > X509_SERIAL_MAX)
            continue;
        PROPERTY(crl_find(crl, serial, &entry));
        PROPERTY(bytes_equal(bytes_make(entry.serial, entry.serial_size), serial));
        PROPERTY(crl_reason_name(entry.reason) != NULL);
    }
    PROPERTY(count == crl->count || count == 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct crl crl;
    struct err e;
    struct bytes der = bytes_make(data, size);
    if (!crl_parse(&crl, der, &e))
        return 0;
    PROPERTY(crl.tbs.data > data && crl.tbs.data + crl.tbs.size <= data + size);
    PROPERTY(crl.version == 1 || crl.version == 2);
    PROPERTY((crl.entries.data == NULL) == (crl.count == 0));
    struct x509 cert = {.issuer = crl.issuer, .subject = crl.issuer};
    PROPERTY(crl_check_issuer(&crl, &cert, &e));
    (void)!crl_check_scope(&crl, &cert, &e);
    PROPERTY(!crl_check_time(&crl, crl.this_update - 1, 0, &e));
    entries_check(&crl);
    return 0;
}
