#include "pki/oid.h"

/* 19 digits of seven bits hold 2^128. Least significant first. */
#define ARC_DIGITS 19

struct arc {
    uint8_t digits[ARC_DIGITS];
    size_t count;
};

/* arc = arc * factor + addend; false if it gets too large. */
static bool arc_step(struct arc *arc, unsigned factor, unsigned addend)
{
    unsigned carry = addend;
    for (size_t i = 0; i < arc->count; i++) {
        carry += arc->digits[i] * factor;
        arc->digits[i] = carry & 0x7f;
        carry >>= 7;
    }
    if (carry == 0)
        return true;
    if (arc->count == ARC_DIGITS)
        return false;
    arc->digits[arc->count++] = (uint8_t)carry;
    return true;
}

/* Reads a decimal number without leading zeros; moves *text behind it. */
static bool arc_read(struct arc *ret, const char **text)
{
    const char *at = *text;
    *ret = (struct arc){.count = 1};
    if (at[0] == '0' && at[1] >= '0' && at[1] <= '9')
        return false;
    if (at[0] < '0' || at[0] > '9')
        return false;
    for (; *at >= '0' && *at <= '9'; at++)
        if (!arc_step(ret, 10, (unsigned)(*at - '0')))
            return false;
    *text = at;
    return true;
}

static bool arc_append(struct oid *oid, const struct arc *arc)
{
    if (arc->count > OID_MAX - oid->size)
        return false;
    for (size_t i = arc->count; i > 0; i--)
        oid->data[oid->size++] = arc->digits[i - 1] | (i > 1 ? 0x80 : 0);
    return true;
}

/* The first two arcs share one number: 40 * first + second. */
static bool first_arcs_read(struct arc *ret, const char **text)
{
    if ((*text)[0] < '0' || (*text)[0] > '2' || (*text)[1] != '.')
        return false;
    unsigned first = (unsigned)((*text)[0] - '0');
    *text += 2;
    if (!arc_read(ret, text))
        return false;
    if (first < 2 && (ret->count > 1 || ret->digits[0] >= 40))
        return false;
    return arc_step(ret, 1, 40 * first);
}

bool oid_encode(struct oid *ret, const char *dotted)
{
    struct oid oid = {.size = 0};
    struct arc arc;
    if (!first_arcs_read(&arc, &dotted) || !arc_append(&oid, &arc))
        return false;
    while (*dotted == '.') {
        dotted++;
        if (!arc_read(&arc, &dotted) || !arc_append(&oid, &arc))
            return false;
    }
    if (*dotted != '\0')
        return false;
    *ret = oid;
    return true;
}

bool oid_is_valid(struct bytes contents)
{
    if (contents.size == 0 || contents.size > OID_MAX)
        return false;
    size_t digits = 0;
    for (size_t i = 0; i < contents.size; i++) {
        if (digits == 0 && contents.data[i] == 0x80)
            return false;
        digits = contents.data[i] & 0x80 ? digits + 1 : 0;
        if (digits >= ARC_DIGITS)
            return false;
    }
    return digits == 0;
}

/* 2^133, the most that an arc can hold, has 41 decimal digits. */
#define DECIMALS 41

static void decimal_put(struct buf *b, struct bytes octets, unsigned subtract)
{
    uint8_t decimals[DECIMALS] = {0};
    for (size_t i = 0; i < octets.size; i++) {
        unsigned carry = octets.data[i] & 0x7f;
        for (size_t d = 0; d < DECIMALS; d++) {
            carry += decimals[d] * 128u;
            decimals[d] = (uint8_t)(carry % 10);
            carry /= 10;
        }
    }
    unsigned borrow = subtract;
    for (size_t d = 0; d < DECIMALS && borrow > 0; d++) {
        unsigned digit = borrow % 10;
        borrow /= 10;
        if (decimals[d] < digit) {
            decimals[d] = (uint8_t)(decimals[d] + 10);
            borrow++;
        }
        decimals[d] = (uint8_t)(decimals[d] - digit);
    }
    size_t top = DECIMALS;
    while (top > 1 && decimals[top - 1] == 0)
        top--;
    for (; top > 0; top--)
        buf_put_u8(b, (uint8_t)('0' + decimals[top - 1]));
}

static struct bytes arc_octets(struct bytes *rest)
{
    size_t size = 1;
    while (rest->data[size - 1] & 0x80)
        size++;
    struct bytes octets = bytes_make(rest->data, size);
    *rest = bytes_make(rest->data + size, rest->size - size);
    return octets;
}

void oid_put_text(struct buf *b, struct bytes contents)
{
    if (!oid_is_valid(contents)) {
        b->failed = true;
        return;
    }
    struct bytes octets = arc_octets(&contents);
    unsigned first = octets.size > 1 || octets.data[0] >= 80 ? 2 : octets.data[0] / 40u;
    buf_put_u8(b, (uint8_t)('0' + first));
    buf_put_text(b, ".");
    decimal_put(b, octets, 40 * first);
    while (contents.size > 0) {
        buf_put_text(b, ".");
        decimal_put(b, arc_octets(&contents), 0);
    }
}
