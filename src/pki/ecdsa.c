#include "pki/ecdsa.h"

#include "pki/der.h"

void ecdsa_put_numbers(struct buf *b, struct bytes r, struct bytes s)
{
    size_t start = der_begin(b, DER_SEQUENCE);
    der_put_natural(b, r);
    der_put_natural(b, s);
    der_end(b, start);
}

void ecdsa_put_der(struct buf *b, struct bytes raw)
{
    size_t size = raw.size / 2;
    ecdsa_put_numbers(b, bytes_make(raw.data, size), bytes_make(raw.data + size, size));
}

static struct bytes number(struct der *r, size_t size)
{
    struct bytes value = der_natural(r);
    if (value.size > size)
        der_fail(r, "a number is larger than the curve's order");
    if (value.size == 1 && value.data[0] == 0)
        der_fail(r, "a number is zero");
    return value;
}

bool ecdsa_from_der(uint8_t *ret, size_t size, struct bytes der, struct err *e)
{
    struct der all = der_open(der);
    struct der pair = der_enter(&all, DER_SEQUENCE);
    struct bytes r = number(&pair, size);
    struct bytes s = number(&pair, size);
    der_leave(&all, &pair);
    if (!der_done(&all, "an ECDSA signature", e))
        return false;
    memset(ret, 0, 2 * size);
    memcpy(ret + size - r.size, r.data, r.size);
    memcpy(ret + 2 * size - s.size, s.data, s.size);
    return true;
}
