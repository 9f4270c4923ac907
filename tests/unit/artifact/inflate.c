#include "unit/ok.h"

#include "artifact/inflate.h"
#include "base/hex.h"

/* Compressed by zlib 1.2.13: text five times with the fixed codes, 200 bytes with dynamic codes, a
 * stored block, and nothing at all. */
static const char fixed_block[] = "2b4e4dcc294f2c4a512826820100";
static const char dynamic_block[] =
    "5dce590e44300000d0eb542c5544634bd132624b85d22296e1fe6798ff79277800327d3f1c4e92ea6e597d321c54"
    "60e2abbf8f0a724a07b4cd5778ce2be459da1b824b3437fd953b2859684c1571fdf29d863db8e4e9cbb6db13fd75"
    "6a57b7295816ad702cdc6313b157886f6abeb034cf07cf9f62800b97f658d56bac03afc3b65fdbd7ed0d242e8f8a"
    "30195b30519fbc799aac94916904228bd89ae1b0b136a5510bfcb77f";
static const char stored_block[] = "010500faff706c61696e";

static bool inflate_hex(uint8_t *out, size_t size, const char *text, struct err *e)
{
    uint8_t packed[512];
    size_t packed_size = strlen(text) / 2;
    ok_call(hex_decode(packed, packed_size, bytes_text(text), e), *e);
    return inflate_bytes(out, size, bytes_make(packed, packed_size), e);
}

static void blocks_of_every_kind_are_decoded(void **state)
{
    (void)state;
    uint8_t out[256];
    uint8_t want[200];
    struct err e;
    ok_call(inflate_hex(out, 45, fixed_block, &e), e);
    ok_text(bytes_make(out, 45), "sealward sealward sealward sealward sealward ");
    for (unsigned i = 0; i < sizeof want; i++)
        want[i] = (uint8_t)((i * i * 7 + i / 3) % 61 + 40);
    ok_call(inflate_hex(out, sizeof want, dynamic_block, &e), e);
    ok_bytes(bytes_make(out, sizeof want), BYTES_OF(want));
    ok_call(inflate_hex(out, 5, stored_block, &e), e);
    ok_text(bytes_make(out, 5), "plain");
    ok_call(inflate_hex(out, 0, "0300", &e), e);
}

static void the_size_must_be_the_one_announced(void **state)
{
    (void)state;
    uint8_t out[256];
    struct err e = {0};
    ok_err(inflate_hex(out, 44, fixed_block, &e), e, ERR_INPUT, "longer than announced");
    ok_err(inflate_hex(out, 46, fixed_block, &e), e, ERR_INPUT, "shorter than announced");
    ok_err(inflate_hex(out, 4, stored_block, &e), e, ERR_INPUT, "longer than announced");
    ok_err(inflate_hex(out, 6, stored_block, &e), e, ERR_INPUT, "shorter than announced");
}

static void damage_is_found(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        const char *packed, *says;
    } cases[] = {
        {5, "", "ends too early"},
        {5, "07", "unknown type"},
        {5, "010500fbff706c61696e", "length of a stored block"},
        {5, "010500faff706c61", "ends too early"},
        {5, "010500faff706c61696e00", "bytes behind its end"},
        {45, "2b4e4dcc294f2c4a5128268201", "ends too early"},
        {5, "0302", "before its beginning"},
        {5, "fdff", "ends too early"},
        {5, "f5ff00000000000000000000000000000000", "too many codes"},
        {5, "05e0010000000000000000000000", "over-subscribed or incomplete"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t out[256];
        struct err e = {0};
        ok_err(inflate_hex(out, cases[i].size, cases[i].packed, &e), e, ERR_INPUT, cases[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_every_kind_are_decoded),
        cmocka_unit_test(the_size_must_be_the_one_announced),
        cmocka_unit_test(damage_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
