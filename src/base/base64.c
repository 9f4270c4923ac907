#include "base/base64.h"

struct alphabet {
    const char *digits;
    bool padded;
};

static const struct alphabet standard = {
    .digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    .padded = true,
};
static const struct alphabet url = {
    .digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    .padded = false,
};

/* --- writing --- */

/* One to three bytes as two to four digits. */
static void group_put(struct buf *b, const struct alphabet *alphabet, struct bytes group)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < 3; i++)
        bits = bits << 8 | (i < group.size ? group.data[i] : 0u);
    size_t digits = group.size + 1;
    uint8_t *place = buf_grow(b, alphabet->padded ? 4 : digits);
    if (place == NULL)
        return;
    for (size_t i = 0; i < 4; i++) {
        if (i < digits)
            place[i] = (uint8_t)alphabet->digits[bits >> (18 - 6 * i) & 63];
        else if (alphabet->padded)
            place[i] = '=';
    }
}

static void put(struct buf *b, const struct alphabet *alphabet, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t left = bytes.size - i;
        group_put(b, alphabet, bytes_make(bytes.data + i, left < 3 ? left : 3));
    }
}

void base64_put(struct buf *b, struct bytes bytes)
{
    put(b, &standard, bytes);
}

void base64url_put(struct buf *b, struct bytes bytes)
{
    put(b, &url, bytes);
}

/* --- reading --- */

/* 0 to 63, or -1. */
static int digit_value(const struct alphabet *alphabet, uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == (uint8_t)alphabet->digits[62])
        return 62;
    return c == (uint8_t)alphabet->digits[63] ? 63 : -1;
}

/* Every character is a digit, their number is possible, and no bit is set behind the last byte. */
static bool digits_check(const struct alphabet *alphabet, struct bytes digits, struct err *e)
{
    for (size_t i = 0; i < digits.size; i++)
        if (digit_value(alphabet, digits.data[i]) < 0)
            return err_set(e, ERR_INPUT, "base64: a wrong character at byte %zu", i);
    size_t over = digits.size % 4;
    if (over == 1)
        return err_set(e, ERR_INPUT, "base64: the text is cut short at byte %zu", digits.size);
    if (over == 0)
        return true;
    int stray = digit_value(alphabet, digits.data[digits.size - 1]) & (over == 2 ? 15 : 3);
    if (stray != 0)
        return err_set(e, ERR_INPUT, "base64: stray bits in the last character, byte %zu",
                       digits.size - 1);
    return true;
}

static size_t decoded_size(struct bytes digits)
{
    return digits.size / 4 * 3 + digits.size % 4 * 3 / 4;
}

/* Of digits that were checked. */
static void digits_decode(uint8_t *place, const struct alphabet *alphabet, struct bytes digits)
{
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < digits.size; i++) {
        bits = bits << 6 | (uint32_t)digit_value(alphabet, digits.data[i]);
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        *place++ = (uint8_t)(bits >> count);
    }
}

/* The text without its padding, which must fill the last group of four. */
static bool padding_strip(struct bytes *ret, struct bytes text, struct err *e)
{
    struct bytes digits = text;
    if (text.size % 4 != 0)
        return err_set(e, ERR_INPUT, "base64: %zu characters are no multiple of four", text.size);
    for (int i = 0; i < 2 && digits.size > 0 && digits.data[digits.size - 1] == '='; i++)
        digits.size--;
    *ret = digits;
    return true;
}

static bool decode(struct bytes *ret, const struct alphabet *alphabet, struct bytes digits,
                   struct arena *a, struct err *e)
{
    if (!digits_check(alphabet, digits, e))
        return false;
    uint8_t *place = arena_alloc(a, decoded_size(digits));
    if (place == NULL)
        return err_set(e, ERR_LIMIT, "base64: no room for %zu bytes", decoded_size(digits));
    digits_decode(place, alphabet, digits);
    *ret = bytes_make(place, decoded_size(digits));
    return true;
}

bool base64_decode(struct bytes *ret, struct bytes text, struct arena *a, struct err *e)
{
    struct bytes digits = BYTES_NONE;
    return padding_strip(&digits, text, e) && decode(ret, &standard, digits, a, e);
}

bool base64url_decode(struct bytes *ret, struct bytes text, struct arena *a, struct err *e)
{
    return decode(ret, &url, text, a, e);
}

bool base64_decode_exactly(uint8_t *ret, size_t size, struct bytes text, struct err *e)
{
    struct bytes digits = BYTES_NONE;
    if (!padding_strip(&digits, text, e) || !digits_check(&standard, digits, e))
        return false;
    if (decoded_size(digits) != size)
        return err_set(e, ERR_INPUT, "base64: %zu bytes where %zu are expected",
                       decoded_size(digits), size);
    digits_decode(ret, &standard, digits);
    return true;
}
