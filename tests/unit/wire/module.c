/* The messages between module and helper, with the examples of docs/protocol/module.md. */
#include "unit/page.h"

#include "base/reader.h"
#include "wire/frame.h"
#include "wire/module.h"

static struct err e;

/* The page's example of that name, as a whole frame. */
static void example_read(struct buf *ret, const char *info)
{
    AUTO_VALUE(buf) page = BUF(1 << 20);
    size_t place = 0;
    page_read(&page, "module.md");
    struct bytes block = page_block(&page, info, &place);
    assert_non_null(block.data);
    page_hex(ret, block);
}

/* Its payload, after its header has been looked at. */
static struct bytes example_payload(struct buf *storage, const char *info, uint8_t type)
{
    example_read(storage, info);
    struct reader r = reader_make(buf_bytes(storage));
    uint32_t size = reader_u32(&r);
    assert_int_equal(reader_u8(&r), type);
    assert_int_equal(r.rest.size, size);
    return r.rest;
}

#define EXAMPLE(info, type)                                                                        \
    AUTO_VALUE(buf) storage = BUF(4096);                                                           \
    AUTO_VALUE(buf) out = BUF(4096);                                                               \
    struct bytes payload = example_payload(&storage, info, type)

/* Every shorter payload and every longer one is refused, and the result stays as it was. */
#define ONLY_WHOLE(parse, result)                                                                  \
    do {                                                                                           \
        __typeof__(*(result)) before_;                                                             \
        AUTO_VALUE(buf) longer_ = BUF(4096);                                                       \
        memset(&before_, 0x5a, sizeof before_);                                                    \
        memset((result), 0x5a, sizeof before_);                                                    \
        buf_put(&longer_, payload);                                                                \
        buf_put_u8(&longer_, 0);                                                                   \
        for (size_t n_ = 0; n_ < payload.size; n_++)                                               \
            ok_err(parse((result), bytes_make(payload.data, n_), &e), e, ERR_INPUT, "");           \
        ok_err(parse((result), buf_bytes(&longer_), &e), e, ERR_INPUT, "");                        \
        assert_memory_equal((result), &before_, sizeof before_);                                   \
    } while (0)

static void hello_is_as_the_page_says(void **state)
{
    (void)state;
    EXAMPLE("hex module-hello", MODULE_HELLO);
    struct module_hello hello;
    ONLY_WHOLE(module_hello_parse, &hello);
    ok_call(module_hello_parse(&hello, payload, &e), e);
    assert_int_equal(hello.version, MODULE_VERSION);
    module_hello_put(&out, &hello);
    ok_bytes(buf_bytes(&out), buf_bytes(&storage));
}

static void welcome_is_as_the_page_says(void **state)
{
    (void)state;
    EXAMPLE("hex module-welcome", MODULE_WELCOME);
    struct module_welcome welcome;
    ONLY_WHOLE(module_welcome_parse, &welcome);
    ok_call(module_welcome_parse(&welcome, payload, &e), e);
    assert_int_equal(welcome.version, 1);
    ok_text(welcome.label, "sealward");
    ok_text(welcome.serial, "0123456789abcdef");
    module_welcome_put(&out, &welcome);
    ok_bytes(buf_bytes(&out), buf_bytes(&storage));
}

static void list_is_as_the_page_says(void **state)
{
    (void)state;
    EXAMPLE("hex module-list", MODULE_LIST);
    ok_call(module_list_parse(payload, &e), e);
    ok_err(module_list_parse(bytes_text("x"), &e), e, ERR_INPUT, "too many");
    module_list_put(&out);
    ok_bytes(buf_bytes(&out), buf_bytes(&storage));
}

static void keys_are_as_the_page_says(void **state)
{
    (void)state;
    EXAMPLE("hex module-keys", MODULE_KEYS);
    static struct module_keys keys;
    ONLY_WHOLE(module_keys_parse, &keys);
    ok_call(module_keys_parse(&keys, payload, &e), e);
    assert_int_equal(keys.key_count, 2);
    assert_int_equal(keys.keys[0].id[0], 0x10);
    ok_text(keys.keys[0].label, "tools");
    assert_int_equal(keys.keys[0].kind, MODULE_P256);
    assert_int_equal(keys.keys[0].params.size, 10);
    assert_int_equal(keys.keys[0].point.size, 67);
    assert_int_equal(keys.keys[0].cert.der.size, 5);
    assert_int_equal(keys.keys[0].cert.number.size, 3);
    assert_int_equal(module_key_signature_size(&keys.keys[0]), 64);
    assert_int_equal(keys.keys[1].kind, MODULE_RSA);
    assert_int_equal(keys.keys[1].exponent.size, 3);
    assert_int_equal(keys.keys[1].cert.der.size, 0);
    assert_int_equal(module_key_signature_size(&keys.keys[1]), 16);
    assert_int_equal(keys.authority_count, 1);
    ok_text(keys.authorities[0].label, "Issuing CA");
    assert_int_equal(keys.authorities[0].cert.subject.size, 3);
    module_keys_put(&out, &keys);
    ok_bytes(buf_bytes(&out), buf_bytes(&storage));
}

static void data_is_as_the_page_says(void **state)
{
    (void)state;
    EXAMPLE("hex module-data", MODULE_DATA);
    struct bytes piece;
    ok_call(module_data_parse(&piece, payload, &e), e);
    ok_text(piece, "to be ");
    module_data_put(&out, piece);
    ok_bytes(buf_bytes(&out), buf_bytes(&storage));
}

static void a_sign_over_a_whole_is_as_the_page_says(void **state)
{
    (void)state;
    EXAMPLE("hex module-sign-whole", MODULE_SIGN);
    struct module_sign sign;
    ONLY_WHOLE(module_sign_parse, &sign);
    ok_call(module_sign_parse(&sign, payload, &e), e);
    assert_int_equal(sign.key[0], 0x30);
    assert_int_equal(sign.family, MODULE_WHOLE);
    assert_int_equal(sign.mechanism, MODULE_RSA_PKCS1);
    assert_int_equal(sign.digest, MODULE_SHA256);
    ok_text(sign.bytes, "signed");
    module_sign_put(&out, &sign);
    ok_bytes(buf_bytes(&out), buf_bytes(&storage));
}

static void a_sign_over_a_digest_is_as_the_page_says(void **state)
{
    (void)state;
    EXAMPLE("hex module-sign-hashed", MODULE_SIGN);
    struct module_sign sign;
    ONLY_WHOLE(module_sign_parse, &sign);
    ok_call(module_sign_parse(&sign, payload, &e), e);
    assert_int_equal(sign.family, MODULE_HASHED);
    assert_int_equal(sign.mechanism, MODULE_ECDSA);
    assert_int_equal(sign.digest, MODULE_DIGEST_UNKNOWN);
    assert_int_equal(sign.bytes.size, 32);
    module_sign_put(&out, &sign);
    ok_bytes(buf_bytes(&out), buf_bytes(&storage));
}

static void a_signature_is_as_the_page_says(void **state)
{
    (void)state;
    EXAMPLE("hex module-signature", MODULE_SIGNATURE);
    struct bytes signature;
    ok_call(module_signature_parse(&signature, payload, &e), e);
    assert_int_equal(signature.size, 64);
    module_signature_put(&out, signature);
    ok_bytes(buf_bytes(&out), buf_bytes(&storage));
}

static void a_refusal_is_as_the_page_says(void **state)
{
    (void)state;
    EXAMPLE("hex module-refusal", MODULE_REFUSAL);
    struct module_refusal refusal;
    ONLY_WHOLE(module_refusal_parse, &refusal);
    ok_call(module_refusal_parse(&refusal, payload, &e), e);
    assert_int_equal(refusal.why, MODULE_REJECTED);
    ok_text(refusal.message, "the window of the grant is over");
    ok_text(refusal.hint, "open another grant");
    ok_text(refusal.request, "812");
    module_refusal_put(&out, &refusal);
    ok_bytes(buf_bytes(&out), buf_bytes(&storage));
}

static void a_long_reason_is_cut_to_what_the_other_side_takes(void **state)
{
    (void)state;
    AUTO_VALUE(buf) out = BUF(4096);
    uint8_t text[MODULE_TEXT_MAX + 50];
    memset(text, 'x', sizeof text);
    struct module_refusal refusal = {.why = MODULE_UNFIT, .message = BYTES_OF(text)};
    struct module_refusal got;
    module_refusal_put(&out, &refusal);
    struct bytes payload = bytes_make(out.data + FRAME_HEADER_SIZE, out.size - FRAME_HEADER_SIZE);
    ok_call(module_refusal_parse(&got, payload, &e), e);
    assert_int_equal(got.message.size, MODULE_TEXT_MAX);
}

static bool sign_taken(struct module_sign sign)
{
    AUTO_VALUE(buf) out = BUF(200000);
    struct module_sign got;
    module_sign_put(&out, &sign);
    assert_false(out.failed);
    return module_sign_parse(
        &got, bytes_make(out.data + FRAME_HEADER_SIZE, out.size - FRAME_HEADER_SIZE), &e);
}

static void a_sign_whose_digest_does_not_fit_is_refused(void **state)
{
    (void)state;
    static uint8_t bytes[MODULE_PIECE_MAX + 1];
    struct module_sign whole = {.family = MODULE_WHOLE,
                                .mechanism = MODULE_ECDSA,
                                .digest = MODULE_SHA384,
                                .bytes = bytes_make(bytes, MODULE_PIECE_MAX)};
    struct module_sign hashed = whole;
    hashed.family = MODULE_HASHED;
    hashed.bytes.size = 48;
    assert_true(sign_taken(whole));
    assert_true(sign_taken(hashed));

    hashed.bytes.size = 32;
    ok_err(sign_taken(hashed), e, ERR_INPUT, "digest");
    hashed.digest = MODULE_DIGEST_UNKNOWN;
    assert_true(sign_taken(hashed));
    hashed.bytes.size = 0;
    ok_err(sign_taken(hashed), e, ERR_INPUT, "digest");
    whole.digest = MODULE_DIGEST_UNKNOWN;
    ok_err(sign_taken(whole), e, ERR_INPUT, "digest");
    whole.digest = MODULE_SHA256;
    whole.bytes.size = 0;
    assert_true(sign_taken(whole));
    whole.bytes.size = MODULE_PIECE_MAX + 1;
    ok_err(sign_taken(whole), e, ERR_INPUT, "limit");
    whole.bytes.size = 1;
    whole.mechanism = (enum module_mechanism)3;
    ok_err(sign_taken(whole), e, ERR_INPUT, "SIGN");
}

static void as_many_keys_as_allowed_and_no_more(void **state)
{
    (void)state;
    static const uint8_t der[] = {0x30, 0};
    static struct module_keys keys;
    static struct module_keys got;
    AUTO_VALUE(buf) out = BUF(MODULE_ANSWER_FRAME_MAX);
    keys.key_count = MODULE_KEYS_MAX;
    for (size_t i = 0; i < MODULE_KEYS_MAX; i++)
        keys.keys[i] = (struct module_key){.id = {(uint8_t)i},
                                           .label = bytes_text("k"),
                                           .kind = MODULE_P384,
                                           .params = BYTES_OF(der),
                                           .point = BYTES_OF(der)};
    module_keys_put(&out, &keys);
    struct bytes payload = bytes_make(out.data + FRAME_HEADER_SIZE, out.size - FRAME_HEADER_SIZE);
    ok_call(module_keys_parse(&got, payload, &e), e);
    assert_int_equal(got.key_count, MODULE_KEYS_MAX);
    assert_int_equal(got.keys[31].id[0], 31);
    assert_int_equal(module_key_signature_size(&got.keys[31]), 96);
    out.data[FRAME_HEADER_SIZE] = MODULE_KEYS_MAX + 1;
    ok_err(module_keys_parse(&got, payload, &e), e, ERR_INPUT, "KEYS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_is_as_the_page_says),
        cmocka_unit_test(welcome_is_as_the_page_says),
        cmocka_unit_test(list_is_as_the_page_says),
        cmocka_unit_test(keys_are_as_the_page_says),
        cmocka_unit_test(data_is_as_the_page_says),
        cmocka_unit_test(a_sign_over_a_whole_is_as_the_page_says),
        cmocka_unit_test(a_sign_over_a_digest_is_as_the_page_says),
        cmocka_unit_test(a_signature_is_as_the_page_says),
        cmocka_unit_test(a_refusal_is_as_the_page_says),
        cmocka_unit_test(a_long_reason_is_cut_to_what_the_other_side_takes),
        cmocka_unit_test(a_sign_whose_digest_does_not_fit_is_refused),
        cmocka_unit_test(as_many_keys_as_allowed_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
