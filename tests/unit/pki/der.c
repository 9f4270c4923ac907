#include "unit/ok.h"

#include "base/hex.h"
#include "pki/der.h"

/* Bytes from hexadecimal, for the rest of the block. */
#define HEX(text)                                                                                  \
    bytes_make(hex_bytes((uint8_t[sizeof(text) / 2 + 1]){0}, (text)), sizeof(text) / 2)

static const uint8_t *hex_bytes(uint8_t *place, const char *text)
{
    struct err e;
    ok_call(hex_decode(place, strlen(text) / 2, bytes_text(text), &e), e);
    return place;
}

/* Reads the whole input as one value of some kind. */
typedef void read_function(struct der *r);

static void read_any(struct der *r)
{
    (void)der_any(r, NULL);
}

static void read_sequence(struct der *r)
{
    struct der inner = der_enter(r, DER_SEQUENCE);
    der_leave(r, &inner);
}

static void read_boolean(struct der *r)
{
    (void)der_boolean(r);
}

static void read_small(struct der *r)
{
    (void)der_small(r);
}

static void read_natural(struct der *r)
{
    (void)der_natural(r);
}

static void read_oid(struct der *r)
{
    (void)der_oid(r);
}

static void read_bits(struct der *r)
{
    (void)der_bits(r);
}

static void read_flags(struct der *r)
{
    (void)der_flags(r);
}

static void read_time(struct der *r)
{
    (void)der_time(r);
}

static void read_octets(struct der *r)
{
    (void)der_octets(r);
}

static const struct {
    const char *hex;
    read_function *read;
    const char *fault;
} faults[] = {
    {"", read_any, "an element is missing"},
    {"30", read_any, "ends within an element's header"},
    {"3080", read_any, "indefinite"},
    {"30800000", read_any, "indefinite"},
    {"3082", read_any, "ends within a length"},
    {"30810a00000000000000000000", read_any, "shortest form"},
    {"3082000a00000000000000000000", read_any, "shortest form"},
    {"308500000000010a", read_any, "more than four octets"},
    {"30ffff", read_any, "more than four octets"},
    {"3002aa", read_any, "longer than what contains it"},
    {"3084ffffffff00", read_any, "longer than what contains it"},
    {"1f8101", read_any, "above 30"},
    {"bf8101", read_any, "above 30"},
    {"0000", read_any, "end-of-contents"},
    {"30000000", read_sequence, "2 bytes too many"},
    {"300201ff", read_sequence, "more in it than it should"},
    {"3100", read_sequence, "another type"},
    {"240404020102", read_octets, "another type"},
    {"0100", read_boolean, "boolean"},
    {"010101", read_boolean, "boolean"},
    {"0102ffff", read_boolean, "boolean"},
    {"0200", read_natural, "empty"},
    {"020180", read_natural, "negative"},
    {"0201ff", read_natural, "negative"},
    {"02020001", read_natural, "shortest form"},
    {"0203000080", read_natural, "shortest form"},
    {"02088000000000000000", read_small, "negative"},
    {"0209008000000000000000", read_small, "too large"},
    {"020900ffffffffffffffff", read_small, "too large"},
    {"0600", read_oid, "object identifier"},
    {"060180", read_oid, "object identifier"},
    {"06022a80", read_oid, "object identifier"},
    {"06032a8001", read_oid, "object identifier"},
    {"0300", read_bits, "whole octets"},
    {"030201fe", read_bits, "whole octets"},
    {"23080303000a0b030100", read_bits, "another type"},
    {"0300", read_flags, "wrong length"},
    {"030107", read_flags, "wrong length"},
    {"03020880", read_flags, "wrong length"},
    {"030400ffffff", read_flags, "wrong length"},
    {"03020680", read_flags, "shortest form"},
    {"030207c0", read_flags, "shortest form"},
    {"03020000", read_flags, "shortest form"},
    /* 260131235959+0000, 2601312359Z, 20260131235959Z as GeneralizedTime, 20510131235959.5Z */
    {"17113236303133313233353935392b30303030", read_time, "UTCTime"},
    {"170b323630313331323335395a", read_time, "UTCTime"},
    {"180f32303236303133313233353935395a", read_time, "written as UTCTime"},
    {"181132303531303133313233353935392e355a", read_time, "GeneralizedTime"},
    /* 30 February, 24 o'clock, second 60, a letter, 1969, no Z */
    {"170d3236303233303132303030305a", read_time, "a time is none"},
    {"170d3236303133313234303030305a", read_time, "a time is none"},
    {"170d3236303133313233353936305a", read_time, "a time is none"},
    {"170d3236303133313233353961305a", read_time, "a time is none"},
    {"170d3639303133313233353935395a", read_time, "before 1970"},
    {"170d32363031333132333539353930", read_time, "a time is none"},
};

static void what_is_not_der_is_refused_with_its_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        uint8_t place[64];
        struct err e = {0};
        struct bytes bytes = bytes_make(hex_bytes(place, faults[i].hex), strlen(faults[i].hex) / 2);
        struct der r = der_open(bytes);
        faults[i].read(&r);
        ok_err(der_done(&r, "it", &e), e, ERR_INPUT, faults[i].fault);
    }
}

static void a_nested_value_is_taken_apart(void **state)
{
    (void)state;
    struct err e;
    struct der all = der_open(HEX("3010300806042b6573010500030400"
                                  "0a0b0c"));
    struct der outer = der_enter(&all, DER_SEQUENCE);
    struct der inner = der_enter(&outer, DER_SEQUENCE);
    assert_true(der_next_is(&inner, DER_OID));
    struct bytes oid = der_oid(&inner);
    assert_false(der_at_end(&inner));
    der_null(&inner);
    assert_true(der_at_end(&inner));
    der_leave(&outer, &inner);
    struct bytes bits = der_bits(&outer);
    der_leave(&all, &outer);
    ok_call(der_done(&all, "it", &e), e);
    ok_bytes(oid, HEX("2b657301"));
    ok_bytes(bits, HEX("0a0b0c"));
}

static void after_a_fault_everything_reads_as_nothing(void **state)
{
    (void)state;
    struct err e;
    struct der r = der_open(HEX("0203000080020105"));
    assert_int_equal(der_small(&r), 0);
    assert_int_equal(der_small(&r), 0);
    assert_true(der_at_end(&r));
    assert_false(der_next_is(&r, DER_INTEGER));
    ok_bytes(der_any(&r, NULL), BYTES_NONE);
    struct der inner = der_enter(&r, DER_SEQUENCE);
    assert_non_null(inner.fault);
    der_fail(&r, "a later fault");
    ok_err(der_done(&r, "it", &e), e, ERR_INPUT, "shortest form");
}

static void a_fault_inside_comes_out(void **state)
{
    (void)state;
    struct err e;
    struct der all = der_open(HEX("3003020180"));
    struct der inner = der_enter(&all, DER_SEQUENCE);
    (void)der_small(&inner);
    der_leave(&all, &inner);
    ok_err(der_done(&all, "it", &e), e, ERR_INPUT, "negative");
}

static void lengths_and_views_are_exact(void **state)
{
    (void)state;
    static uint8_t large[4 + 300] = {0x04, 0x82, 0x01, 0x2c};
    unsigned tag = 0;
    struct der r = der_open(BYTES_OF(large));
    struct bytes whole = der_any(&r, &tag);
    assert_int_equal(tag, DER_OCTET_STRING);
    assert_int_equal(whole.size, sizeof large);
    r = der_open(BYTES_OF(large));
    assert_int_equal(der_octets(&r).size, 300);
    r = der_open(BYTES_OF(large));
    assert_ptr_equal(der_whole(&r, DER_OCTET_STRING).data, large);
    assert_true(der_at_end(&r) && r.fault == NULL);
}

static void integers_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint64_t value;
    } cases[] = {
        {"020100", 0},
        {"02017f", 127},
        {"02020080", 128},
        {"0202"
         "7fff",
         32767},
        {"0203008000", 32768},
        {"02087fffffffffffffff", INT64_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t place[16];
        AUTO_VALUE(buf) b = BUF(64);
        struct bytes want = bytes_make(hex_bytes(place, cases[i].hex), strlen(cases[i].hex) / 2);
        struct der r = der_open(want);
        assert_true(der_small(&r) == cases[i].value && r.fault == NULL);
        der_put_small(&b, cases[i].value);
        ok_bytes(buf_bytes(&b), want);
    }
    AUTO_VALUE(buf) b = BUF(64);
    der_put_natural(&b, HEX("0000ff01"));
    der_put_natural(&b, BYTES_NONE);
    ok_bytes(buf_bytes(&b), HEX("020300ff01020100"));
    struct der r = der_open(buf_bytes(&b));
    ok_bytes(der_natural(&r), HEX("ff01"));
    ok_bytes(der_natural(&r), HEX("00"));
}

/* X.690 8.19.5, RFC 5280, and a UUID arc (X.667). */
static const struct {
    const char *text;
    const char *hex;
} oids[] = {
    {"2.100.3", "813403"},
    {"1.2.840.10045.2.1", "2a8648ce3d0201"},
    {"0.0", "00"},
    {"0.39", "27"},
    {"1.39.128", "4f8100"},
    {"2.0", "50"},
    {"2.39", "77"},
    {"2.47", "7f"},
    {"2.48", "8100"},
    {"2.5.29.37", "551d25"},
    {"2.999.3", "883703"},
    {"2.25.329800735698586629295641978511506172918", "6983f09da7ebcfdee0c7a1a7b2c0948cc8f9d776"},
    {"2.25.340282366920938463463374607431768211455", "6983ffffffffffffffffffffffffffffffffff7f"},
};

static void object_identifiers_are_read_and_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof oids / sizeof oids[0]; i++) {
        uint8_t place[64];
        AUTO_VALUE(buf) b = BUF(128);
        struct bytes contents = bytes_make(hex_bytes(place, oids[i].hex), strlen(oids[i].hex) / 2);
        der_put_oid_text(&b, contents);
        assert_string_equal(buf_string(&b), oids[i].text);
        buf_reset(&b);
        der_put_oid(&b, oids[i].text);
        struct der r = der_open(buf_bytes(&b));
        ok_bytes(der_oid(&r), contents);
        assert_true(der_oid_is(contents, oids[i].text));
        assert_false(der_oid_is(contents, "1.2.3"));
    }
}

#define LARGEST "1.2.340282366920938463463374607431768211455"

static void what_is_no_object_identifier_cannot_be_written(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "1",
        "1.",
        ".1",
        "3.1",
        "1.40",
        "0.128",
        "1.2.",
        "1..2",
        "1.2.03",
        "1.2.x",
        "1.2 ",
        "01.2",
        "-1.2",
        /* one arc of more than 133 bits */
        "2.25.10889035741470030830827987437816582766592",
        /* too long as a whole */
        LARGEST "." LARGEST "." LARGEST "." LARGEST,
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        AUTO_VALUE(buf) b = BUF(256);
        der_put_oid(&b, texts[i]);
        assert_true(b.failed);
    }
    AUTO_VALUE(buf) b = BUF(256);
    der_put_oid_text(&b, HEX("2a80"));
    assert_true(b.failed);
}

static void bit_strings_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        unsigned flags;
    } cases[] = {
        {"030100", 0},
        {"03020780", 1 << 0},          /* digitalSignature */
        {"03020106", 1 << 5 | 1 << 6}, /* keyCertSign, cRLSign */
        {"030200ff", 0xff},
        {"0303070080", 1 << 8}, /* decipherOnly */
        {"03030000ff", 0xff00},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t place[16];
        AUTO_VALUE(buf) b = BUF(64);
        struct bytes want = bytes_make(hex_bytes(place, cases[i].hex), strlen(cases[i].hex) / 2);
        struct der r = der_open(want);
        assert_true(der_flags(&r) == cases[i].flags && r.fault == NULL);
        der_put_flags(&b, cases[i].flags);
        ok_bytes(buf_bytes(&b), want);
    }
    AUTO_VALUE(buf) b = BUF(64);
    der_put_bits(&b, HEX("0a0b"));
    ok_bytes(buf_bytes(&b), HEX("0303000a0b"));
    der_put_flags(&b, 1u << 16);
    assert_true(b.failed);
}

static void times_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned tag;
        int64_t ms;
    } cases[] = {
        {"700101000000Z", DER_UTC_TIME, 0},
        {"991231235959Z", DER_UTC_TIME, INT64_C(946684799000)},
        {"000229120000Z", DER_UTC_TIME, INT64_C(951825600000)},
        {"491231235959Z", DER_UTC_TIME, INT64_C(2524607999000)},
        {"20500101000000Z", DER_GENERALIZED_TIME, INT64_C(2524608000000)},
        {"99991231235959Z", DER_GENERALIZED_TIME, INT64_C(253402300799000)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(buf) want = BUF(64);
        AUTO_VALUE(buf) b = BUF(64);
        der_put(&want, cases[i].tag, bytes_text(cases[i].text));
        struct der r = der_open(buf_bytes(&want));
        assert_true(der_time(&r) == cases[i].ms && r.fault == NULL);
        der_put_time(&b, cases[i].ms + 999);
        ok_bytes(buf_bytes(&b), buf_bytes(&want));
    }
    AUTO_VALUE(buf) b = BUF(64);
    der_put_time(&b, INT64_C(253402300800000));
    assert_true(b.failed);
}

static void lengths_are_filled_in_afterwards(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 127, 128, 255, 256, 65535, 65536, 70000};
    static const uint8_t zeros[70000];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        AUTO_VALUE(buf) b = BUF(80000);
        struct err e;
        size_t outer = der_begin(&b, DER_SEQUENCE);
        size_t inner = der_begin(&b, DER_CONTEXT_CONSTRUCTED(3));
        der_put_octets(&b, bytes_make(zeros, sizes[i]));
        der_end(&b, inner);
        der_put_boolean(&b, true);
        der_put_null(&b);
        der_end(&b, outer);
        struct der all = der_open(buf_bytes(&b));
        struct der sequence = der_enter(&all, DER_SEQUENCE);
        struct der context = der_enter(&sequence, DER_CONTEXT_CONSTRUCTED(3));
        ok_bytes(der_octets(&context), bytes_make(zeros, sizes[i]));
        der_leave(&sequence, &context);
        assert_true(der_boolean(&sequence));
        der_null(&sequence);
        der_leave(&all, &sequence);
        ok_call(der_done(&all, "it", &e), e);
    }
}

static void a_full_buffer_makes_the_writer_fail(void **state)
{
    (void)state;
    for (size_t max = 0; max < 140; max++) {
        static const uint8_t zeros[130];
        AUTO_VALUE(buf) b = BUF(max);
        size_t start = der_begin(&b, DER_SET);
        der_put_octets(&b, BYTES_OF(zeros));
        der_end_set(&b, start);
        assert_true(b.failed == (max < 136));
    }
}

static void a_set_is_put_in_order(void **state)
{
    (void)state;
    AUTO_VALUE(buf) b = BUF(64);
    size_t start = der_begin(&b, DER_SET);
    der_put_octets(&b, HEX("02"));
    der_put_small(&b, 300);
    der_put_octets(&b, HEX("0101"));
    der_put_small(&b, 7);
    der_end_set(&b, start);
    ok_bytes(buf_bytes(&b), HEX("310e0201070202012c0401020402"
                                "0101"));
    assert_true(der_is_ordered(HEX("0201070202012c04010204020101")));
    assert_true(der_is_ordered(HEX("020107020107")));
    assert_true(der_is_ordered(BYTES_NONE));
    assert_false(der_is_ordered(HEX("0202012c020107")));
    assert_false(der_is_ordered(HEX("0202012c02")));
}

static void what_is_no_set_cannot_be_put_in_order(void **state)
{
    (void)state;
    AUTO_VALUE(buf) b = BUF(1024);
    size_t start = der_begin(&b, DER_SET);
    buf_put_u8(&b, 0x02);
    der_end_set(&b, start);
    assert_true(b.failed);
    buf_reset(&b);
    start = der_begin(&b, DER_SET);
    for (int i = 0; i <= DER_SET_MAX; i++)
        der_put_null(&b);
    der_end_set(&b, start);
    assert_true(b.failed);
}

static void a_header_written_ahead_is_the_one_that_an_element_gets(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 127, 128, 255, 256, 65535, 65536, 1 << 24};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        AUTO_VALUE(buf) ahead = BUF(64);
        AUTO_VALUE(buf) whole = BUF((1 << 24) + 64);
        der_put_header(&ahead, DER_OCTET_STRING, sizes[i]);
        size_t start = der_begin(&whole, DER_OCTET_STRING);
        assert_non_null(buf_grow(&whole, sizes[i]));
        der_end(&whole, start);
        assert_int_equal(ahead.size, der_header_size(sizes[i]));
        assert_int_equal(whole.size, ahead.size + sizes[i]);
        assert_memory_equal(ahead.data, whole.data, ahead.size);
    }
    AUTO_VALUE(buf) beyond = BUF(64);
    der_put_header(&beyond, DER_OCTET_STRING, (size_t)1 << 32);
    assert_true(beyond.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_der_is_refused_with_its_fault),
        cmocka_unit_test(a_nested_value_is_taken_apart),
        cmocka_unit_test(after_a_fault_everything_reads_as_nothing),
        cmocka_unit_test(a_fault_inside_comes_out),
        cmocka_unit_test(lengths_and_views_are_exact),
        cmocka_unit_test(integers_are_read_and_written),
        cmocka_unit_test(object_identifiers_are_read_and_written),
        cmocka_unit_test(what_is_no_object_identifier_cannot_be_written),
        cmocka_unit_test(bit_strings_are_read_and_written),
        cmocka_unit_test(times_are_read_and_written),
        cmocka_unit_test(lengths_are_filled_in_afterwards),
        cmocka_unit_test(a_full_buffer_makes_the_writer_fail),
        cmocka_unit_test(a_set_is_put_in_order),
        cmocka_unit_test(what_is_no_set_cannot_be_put_in_order),
        cmocka_unit_test(a_header_written_ahead_is_the_one_that_an_element_gets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
