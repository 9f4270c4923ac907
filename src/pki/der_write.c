#include "pki/der.h"

#include "pki/oid.h"

#include "base/text.h"

size_t der_begin(struct buf *b, unsigned tag)
{
    buf_put_u8(b, (uint8_t)tag);
    buf_put_u8(b, 0);
    return b->size;
}

/* How many octets a length takes behind the first one. */
static size_t length_octets(size_t length)
{
    size_t octets = 0;
    for (size_t rest = length < 0x80 ? 0 : length; rest != 0; rest >>= 8)
        octets++;
    return octets;
}

size_t der_header_size(size_t size)
{
    return 2 + length_octets(size);
}

void der_put_header(struct buf *b, unsigned tag, size_t size)
{
    size_t octets = length_octets(size);
    if (octets > 4)
        b->failed = true;
    buf_put_u8(b, (uint8_t)tag);
    buf_put_u8(b, (uint8_t)(octets == 0 ? size : 0x80 | octets));
    for (size_t i = octets; i > 0; i--)
        buf_put_u8(b, (uint8_t)(size >> 8 * (i - 1)));
}

void der_end(struct buf *b, size_t start)
{
    if (b->failed)
        return;
    size_t length = b->size - start;
    size_t octets = length_octets(length);
    if (octets == 0) {
        b->data[start - 1] = (uint8_t)length;
        return;
    }
    if (octets > 4) {
        b->failed = true;
        return;
    }
    if (buf_grow(b, octets) == NULL)
        return;
    uint8_t *contents = b->data + start;
    memmove(contents + octets, contents, length);
    b->data[start - 1] = (uint8_t)(0x80 | octets);
    for (size_t i = 0; i < octets; i++)
        contents[i] = (uint8_t)(length >> 8 * (octets - 1 - i));
}

/* Takes the elements apart in place and sorts their views; false if they are too many or none. */
static bool elements_sort(struct bytes contents, struct bytes ret[DER_SET_MAX], size_t *ret_count)
{
    struct der all = der_open(contents);
    size_t count = 0;
    while (!der_at_end(&all)) {
        if (count == DER_SET_MAX)
            return false;
        struct bytes element = der_any(&all, NULL);
        size_t place = count++;
        for (; place > 0 && bytes_compare(ret[place - 1], element) > 0; place--)
            ret[place] = ret[place - 1];
        ret[place] = element;
    }
    *ret_count = count;
    return all.fault == NULL;
}

void der_end_set(struct buf *b, size_t start)
{
    if (b->failed)
        return;
    struct bytes contents = bytes_make(b->data + start, b->size - start);
    struct bytes elements[DER_SET_MAX];
    size_t count;
    AUTO_VALUE(buf) sorted = BUF(contents.size);
    if (!elements_sort(contents, elements, &count)) {
        b->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        buf_put(&sorted, elements[i]);
    if (sorted.failed) {
        b->failed = true;
        return;
    }
    if (sorted.size > 0)
        memcpy(b->data + start, sorted.data, sorted.size);
    der_end(b, start);
}

void der_put(struct buf *b, unsigned tag, struct bytes contents)
{
    size_t start = der_begin(b, tag);
    buf_put(b, contents);
    der_end(b, start);
}

void der_put_boolean(struct buf *b, bool value)
{
    uint8_t octet = value ? 0xff : 0;
    der_put(b, DER_BOOLEAN, bytes_make(&octet, 1));
}

void der_put_null(struct buf *b)
{
    der_put(b, DER_NULL, BYTES_NONE);
}

void der_put_small(struct buf *b, uint64_t value)
{
    uint8_t octets[8];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(value >> 8 * (sizeof octets - 1 - i));
    der_put_natural(b, BYTES_OF(octets));
}

void der_put_natural(struct buf *b, struct bytes magnitude)
{
    while (magnitude.size > 0 && magnitude.data[0] == 0)
        magnitude = bytes_make(magnitude.data + 1, magnitude.size - 1);
    size_t start = der_begin(b, DER_INTEGER);
    if (magnitude.size == 0 || magnitude.data[0] >= 0x80)
        buf_put_u8(b, 0);
    buf_put(b, magnitude);
    der_end(b, start);
}

void der_put_oid(struct buf *b, const char *dotted)
{
    struct oid oid;
    if (!oid_encode(&oid, dotted)) {
        b->failed = true;
        return;
    }
    der_put(b, DER_OID, bytes_make(oid.data, oid.size));
}

void der_put_octets(struct buf *b, struct bytes octets)
{
    der_put(b, DER_OCTET_STRING, octets);
}

void der_put_bits(struct buf *b, struct bytes octets)
{
    size_t start = der_begin(b, DER_BIT_STRING);
    buf_put_u8(b, 0);
    buf_put(b, octets);
    der_end(b, start);
}

void der_put_flags(struct buf *b, unsigned flags)
{
    uint8_t octets[3] = {0};
    size_t size = 1;
    for (unsigned n = 0; n < 16; n++) {
        if ((flags >> n & 1) == 0)
            continue;
        octets[1 + n / 8] |= (uint8_t)(0x80u >> n % 8);
        octets[0] = (uint8_t)(7 - n % 8);
        size = 2 + n / 8;
    }
    if (flags >> 16 != 0)
        b->failed = true;
    der_put(b, DER_BIT_STRING, bytes_make(octets, size));
}

void der_put_time(struct buf *b, int64_t ms)
{
    struct moment m;
    if (!text_moment_split(&m, ms)) {
        b->failed = true;
        return;
    }
    bool utc = m.year < 2050;
    size_t start = der_begin(b, utc ? DER_UTC_TIME : DER_GENERALIZED_TIME);
    buf_printf(b, utc ? "%02d" : "%04d", utc ? m.year % 100 : m.year);
    buf_printf(b, "%02d%02d%02d%02d%02dZ", m.month, m.day, m.hour, m.minute, m.second);
    der_end(b, start);
}

void der_put_oid_text(struct buf *b, struct bytes oid)
{
    oid_put_text(b, oid);
}
