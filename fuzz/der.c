/*
 * Aims at the readers of pki/der.h, and at ecdsa_from_der and digestinfo_parse.
 *
 * What is accepted is written again as the same bytes, so nothing has two encodings. The first byte
 * of the input chooses what the rest is read as.
 */
#include "pki/der.h"
#include "pki/digestinfo.h"
#include "pki/ecdsa.h"
#include "property.h"

#define DEPTH 8

static bool is_constructed(unsigned tag)
{
    return (tag & 0x20) != 0;
}

/* Copies element by element, going into constructed ones as far as they are made of elements. */
static bool copy(struct buf *b, struct bytes contents, int depth)
{
    struct der all = der_open(contents);
    while (!der_at_end(&all)) {
        unsigned tag = 0;
        struct bytes whole = der_any(&all, &tag);
        struct der inside = der_open(whole);
        struct bytes body = der_body(&inside, tag);
        if (all.fault != NULL)
            return false;
        PROPERTY(der_at_end(&inside) && inside.fault == NULL);
        size_t start = der_begin(b, tag);
        size_t before = b->size;
        if (!is_constructed(tag) || depth == DEPTH || !copy(b, body, depth + 1)) {
            b->size = before;
            buf_put(b, body);
        }
        der_end(b, start);
    }
    return all.fault == NULL;
}

static void any(struct bytes input)
{
    AUTO_VALUE(buf) b = BUF(2 * input.size + 64);
    if (copy(&b, input, 0))
        PROPERTY(!b.failed && bytes_equal(buf_bytes(&b), input));
}

/* Reads one primitive value and writes it again. */
static bool value_copy(struct buf *b, struct der *r, unsigned kind)
{
    switch (kind) {
    case 0:
        der_put_boolean(b, der_boolean(r));
        return true;
    case 1:
        der_put_small(b, der_small(r));
        return true;
    case 2:
        der_put_natural(b, der_natural(r));
        return true;
    case 3:
        der_put_bits(b, der_bits(r));
        return true;
    case 4:
        der_put_flags(b, der_flags(r));
        return true;
    case 5:
        der_put_time(b, der_time(r));
        return true;
    default:
        return false;
    }
}

static void value(struct bytes input, unsigned kind)
{
    AUTO_VALUE(buf) b = BUF(input.size + 64);
    struct der r = der_open(input);
    struct err e;
    if (value_copy(&b, &r, kind) && der_done(&r, "it", &e))
        PROPERTY(!b.failed && bytes_equal(buf_bytes(&b), input));
}

static void identifier(struct bytes input)
{
    AUTO_VALUE(buf) text = BUF(1024);
    struct der r = der_open(input);
    struct bytes oid = der_oid(&r);
    if (r.fault != NULL)
        return;
    der_put_oid_text(&text, oid);
    PROPERTY(!text.failed && der_oid_is(oid, buf_string(&text)));
}

static void ecdsa(struct bytes input)
{
    uint8_t raw[2 * ECDSA_SIZE_MAX];
    AUTO_VALUE(buf) b = BUF(256);
    struct err e;
    if (!ecdsa_from_der(raw, ECDSA_SIZE_MAX, input, &e))
        return;
    ecdsa_put_der(&b, BYTES_OF(raw));
    PROPERTY(bytes_equal(buf_bytes(&b), input));
}

static void digestinfo(struct bytes input)
{
    uint8_t again[DIGESTINFO_MAX];
    enum digest_alg alg;
    struct bytes digest;
    struct err e;
    if (!digestinfo_parse(&alg, &digest, input, &e))
        return;
    size_t size = digestinfo_build(again, alg, digest.data);
    PROPERTY(bytes_equal(bytes_make(again, size), input));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct bytes input = bytes_make(data + 1, size - 1);
    unsigned kind = data[0] % 10;
    value(input, kind);
    if (kind == 6)
        any(input);
    if (kind == 7)
        identifier(input);
    if (kind == 8)
        ecdsa(input);
    if (kind == 9)
        digestinfo(input);
    return 0;
}
