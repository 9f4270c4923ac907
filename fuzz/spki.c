/*
 * Aims at pubkey_parse. An accepted key is written again from its numbers as the same bytes, so one
 * key has one name.
 */
#include "pki/der.h"
#include "pki/key.h"
#include "property.h"

/* The exponent of an RSA key that has been accepted. */
static struct bytes exponent_of(struct bytes spki)
{
    struct der all = der_open(spki);
    struct der sequence = der_enter(&all, DER_SEQUENCE);
    (void)der_any(&sequence, NULL);
    struct der key = der_open(der_bits(&sequence));
    struct der pair = der_enter(&key, DER_SEQUENCE);
    (void)der_natural(&pair);
    return der_natural(&pair);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    AUTO(pubkey) key = NULL;
    AUTO_VALUE(buf) again = BUF(KEY_SPKI_MAX);
    struct err e;
    if (!pubkey_parse(&key, input, &e)) {
        PROPERTY(key == NULL);
        return 0;
    }
    PROPERTY(bytes_equal(pubkey_spki(key), input));
    switch (pubkey_kind(key)) {
    case KEY_P256:
        spki_put_p256(&again, pubkey_raw(key));
        break;
    case KEY_RSA:
        spki_put_rsa(&again, pubkey_raw(key), exponent_of(input));
        break;
    case KEY_ED25519:
        spki_put_ed25519(&again, pubkey_raw(key));
        break;
    }
    PROPERTY(!again.failed && bytes_equal(buf_bytes(&again), input));
    return 0;
}
