#include "base/reader.h"

struct bytes reader_bytes(struct reader *r, size_t size)
{
    if (r->failed || size > r->rest.size) {
        r->failed = true;
        return BYTES_NONE;
    }
    struct bytes view = {.data = r->rest.data, .size = size};
    if (size > 0)
        r->rest.data += size;
    r->rest.size -= size;
    return view;
}

static uint64_t reader_be(struct reader *r, size_t size)
{
    struct bytes view = reader_bytes(r, size);
    uint64_t value = 0;
    for (size_t i = 0; i < view.size; i++)
        value = value << 8 | view.data[i];
    return value;
}

uint8_t reader_u8(struct reader *r)
{
    return (uint8_t)reader_be(r, 1);
}

uint16_t reader_u16(struct reader *r)
{
    return (uint16_t)reader_be(r, 2);
}

uint32_t reader_u32(struct reader *r)
{
    return (uint32_t)reader_be(r, 4);
}

uint64_t reader_u64(struct reader *r)
{
    return reader_be(r, 8);
}

struct bytes reader_string32(struct reader *r, size_t max)
{
    uint32_t size = reader_u32(r);
    if (size > max)
        r->failed = true;
    return reader_bytes(r, size);
}

void reader_copy(struct reader *r, uint8_t *ret, size_t size)
{
    struct bytes view = reader_bytes(r, size);
    memset(ret, 0, size);
    if (view.size == size && size > 0)
        memcpy(ret, view.data, size);
}

bool reader_done(const struct reader *r, const char *what, struct err *e)
{
    if (r->failed)
        return err_set(e, ERR_INPUT, "%s is cut short or holds a length over its limit", what);
    if (r->rest.size > 0)
        return err_set(e, ERR_INPUT, "%s has %zu bytes too many at its end", what, r->rest.size);
    return true;
}
