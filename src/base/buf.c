#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_done(struct buf *b)
{
    if (b == NULL || b->data == NULL)
        return;
    explicit_bzero(b->data, b->capacity);
    free(b->data);
    b->data = NULL;
    b->size = b->capacity = 0;
}

/* One byte more than the maximum can be reserved, so that buf_string has room for its NUL. */
static bool buf_reserve(struct buf *b, size_t more)
{
    if (b->failed)
        return false;
    if (more > b->max - b->size) {
        b->failed = true;
        return false;
    }
    size_t need = b->size + more + 1;
    if (need <= b->capacity)
        return true;
    size_t capacity = b->capacity < 64 ? 64 : b->capacity;
    while (capacity < need)
        capacity = capacity > b->max / 2 ? b->max + 1 : capacity * 2;
    uint8_t *data = malloc(capacity);
    if (data == NULL) {
        b->failed = true;
        return false;
    }
    if (b->size > 0)
        memcpy(data, b->data, b->size);
    size_t size = b->size;
    buf_done(b);
    b->data = data;
    b->size = size;
    b->capacity = capacity;
    return true;
}

uint8_t *buf_grow(struct buf *b, size_t size)
{
    if (!buf_reserve(b, size))
        return NULL;
    uint8_t *place = b->data + b->size;
    b->size += size;
    return place;
}

void buf_put(struct buf *b, struct bytes bytes)
{
    uint8_t *place = buf_grow(b, bytes.size);
    if (place != NULL && bytes.size > 0)
        memcpy(place, bytes.data, bytes.size);
}

void buf_put_text(struct buf *b, const char *text)
{
    buf_put(b, bytes_text(text));
}

static void buf_put_be(struct buf *b, uint64_t value, size_t size)
{
    uint8_t *place = buf_grow(b, size);
    if (place == NULL)
        return;
    for (size_t i = 0; i < size; i++)
        place[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}

void buf_put_u8(struct buf *b, uint8_t value)
{
    buf_put_be(b, value, 1);
}

void buf_put_u16(struct buf *b, uint16_t value)
{
    buf_put_be(b, value, 2);
}

void buf_put_u32(struct buf *b, uint32_t value)
{
    buf_put_be(b, value, 4);
}

void buf_put_u64(struct buf *b, uint64_t value)
{
    buf_put_be(b, value, 8);
}

void buf_put_decimal(struct buf *b, int64_t value)
{
    uint8_t digits[20];
    size_t at = sizeof digits;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (uint8_t)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        digits[--at] = '-';
    buf_put(b, bytes_make(digits + at, sizeof digits - at));
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        b->failed = true;
    else if (buf_reserve(b, (size_t)n)) {
        /* The reserve holds one byte more for vsnprintf's NUL. */
        (void)vsnprintf((char *)b->data + b->size, (size_t)n + 1, format, again);
        b->size += (size_t)n;
    }
    va_end(again);
}

void buf_reset(struct buf *b)
{
    b->size = 0;
    b->failed = false;
}

void buf_drop(struct buf *b, size_t n)
{
    if (n > b->size)
        n = b->size;
    if (n > 0)
        memmove(b->data, b->data + n, b->size - n);
    b->size -= n;
}

bool buf_ok(const struct buf *b, const char *what, struct err *e)
{
    if (!b->failed)
        return true;
    return err_set(e, ERR_LIMIT, "%s is larger than its limit of %zu bytes, or memory ran out",
                   what, b->max);
}

const char *buf_string(struct buf *b)
{
    if (!buf_reserve(b, 0))
        return "";
    b->data[b->size] = '\0';
    return (const char *)b->data;
}
