#include "base/hex.h"

static const char digits[] = "0123456789abcdef";

static void byte_write(uint8_t *place, uint8_t byte)
{
    place[0] = (uint8_t)digits[byte >> 4];
    place[1] = (uint8_t)digits[byte & 15];
}

void hex_put(struct buf *b, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t *place = buf_grow(b, 2);
        if (place != NULL)
            byte_write(place, bytes.data[i]);
    }
}

const char *hex_string(char *ret, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        byte_write((uint8_t *)ret + 2 * i, bytes.data[i]);
    ret[2 * bytes.size] = '\0';
    return ret;
}

/* 0 to 15, or -1. */
static int digit_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(uint8_t *ret, size_t size, struct bytes text, struct err *e)
{
    if (text.size % 2 != 0 || text.size / 2 != size)
        return err_set(e, ERR_INPUT, "hex: %zu characters where %zu are expected", text.size,
                       2 * size);
    for (size_t i = 0; i < text.size; i++)
        if (digit_value(text.data[i]) < 0)
            return err_set(e, ERR_INPUT, "hex: no lower-case hex digit at byte %zu", i);
    for (size_t i = 0; i < size; i++)
        ret[i] = (uint8_t)(16 * digit_value(text.data[2 * i]) + digit_value(text.data[2 * i + 1]));
    return true;
}
