/*
 * Aims at base64_decode, base64url_decode, base64_decode_exactly and hex_decode.
 *
 * What is accepted is written again as the same text, so no two texts stand for the same bytes.
 */
#include "base/base64.h"
#include "base/hex.h"
#include "property.h"

typedef bool decode_function(struct bytes *ret, struct bytes text, struct arena *a, struct err *e);
typedef void put_function(struct buf *b, struct bytes bytes);

static void one_spelling(struct bytes text, decode_function *decode, put_function *put)
{
    AUTO_VALUE(arena) a = ARENA(text.size + 64);
    AUTO_VALUE(buf) again = BUF(text.size);
    struct bytes bytes = BYTES_NONE;
    struct err e;
    if (!decode(&bytes, text, &a, &e)) {
        PROPERTY(bytes.data == NULL && e.code == ERR_INPUT);
        return;
    }
    put(&again, bytes);
    PROPERTY(!again.failed && bytes_equal(text, buf_bytes(&again)));
}

static bool hex_decode_any(struct bytes *ret, struct bytes text, struct arena *a, struct err *e)
{
    uint8_t *place = arena_alloc(a, text.size);
    if (!hex_decode(place, text.size / 2, text, e))
        return false;
    *ret = bytes_make(place, text.size / 2);
    return true;
}

static bool exactly_33(struct bytes *ret, struct bytes text, struct arena *a, struct err *e)
{
    uint8_t *place = arena_alloc(a, 33);
    if (!base64_decode_exactly(place, 33, text, e))
        return false;
    *ret = bytes_make(place, 33);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = bytes_make(data, size);
    one_spelling(text, base64_decode, base64_put);
    one_spelling(text, base64url_decode, base64url_put);
    one_spelling(text, exactly_33, base64_put);
    one_spelling(text, hex_decode_any, hex_put);
    return 0;
}
