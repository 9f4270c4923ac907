#include "pki/rsa.h"

#include "pki/key.h"

static unsigned bits_of(struct bytes number)
{
    if (number.size == 0 || number.data[0] == 0)
        return 0;
    unsigned bits = 8 * (unsigned)number.size;
    for (unsigned top = number.data[0]; top < 0x80; top <<= 1)
        bits--;
    return bits;
}

static bool is_odd(struct bytes number)
{
    return number.size > 0 && (number.data[number.size - 1] & 1) != 0;
}

bool rsa_check(unsigned *ret_bits, struct bytes modulus, struct bytes exponent, struct err *e)
{
    unsigned bits = modulus.size <= KEY_SPKI_MAX ? bits_of(modulus) : 8 * KEY_SPKI_MAX;
    if (bits < KEY_RSA_BITS_MIN || bits > KEY_RSA_BITS_MAX) {
        err_set(e, ERR_INPUT, "the RSA modulus has %u bits", bits);
        return err_hint(e, "%d to %d bits are accepted", KEY_RSA_BITS_MIN, KEY_RSA_BITS_MAX);
    }
    if (!is_odd(modulus))
        return err_set(e, ERR_INPUT, "the RSA modulus is even");
    if (!is_odd(exponent) || bits_of(exponent) < 2 || exponent.size > 8) {
        err_set(e, ERR_INPUT, "the RSA exponent cannot be used");
        return err_hint(e, "it must be odd, at least 3 and at most 8 bytes long; 65537 is usual");
    }
    *ret_bits = bits;
    return true;
}
