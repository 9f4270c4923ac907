/* Confirmations: the examples of docs/protocol/guard.md, signed by another library, fed to the
 * code.
 */
#include "unit/page.h"

#include "base/base64.h"
#include "pki/session_key.h"
#include "proof/confirmation.h"

static struct buf page = {.max = 65536};

static struct bytes example_at(const char *name, size_t *place)
{
    if (page.size == 0)
        page_read(&page, "guard.md");
    return page_block(&page, name, place);
}

static struct bytes example(const char *name)
{
    size_t place = 0;
    struct bytes block = example_at(name, &place);
    assert_non_null(block.data);
    return block;
}

static void the_page_s_example_is_read_and_its_signature_holds(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = CONFIRMATION_ARENA;
    AUTO_VALUE(buf) text = BUF(CONFIRMATION_MAX);
    struct confirmation_signed c;
    struct bytes key;
    struct err e;
    ok_call(confirmation_read(&c, example("json confirmation accept"), &a, &e), e);
    ok_text(c.confirmation.endpoint, "edge-7");
    assert_int_equal(c.confirmation.number, 41);
    assert_int_equal(c.confirmation.size, 812);
    ok_bytes(c.text, example("text confirmation signed"));
    ok_call(base64_decode(&key, example("base64 confirmation key"), &a, &e), e);
    ok_call(confirmation_verify(&c, key, &e), e);
    confirmation_text(&text, &c.confirmation);
    buf_drop(&text, strlen("sealward-confirmation") + 1);
    ok_bytes(buf_bytes(&text), c.text);
}

static void what_is_written_is_what_was_read(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = CONFIRMATION_ARENA;
    AUTO_VALUE(buf) text = BUF(CONFIRMATION_MAX);
    struct confirmation_signed c;
    struct err e;
    ok_call(confirmation_read(&c, example("json confirmation accept"), &a, &e), e);
    confirmation_write(&text, &c.confirmation, c.signature);
    ok_bytes(buf_bytes(&text), example("json confirmation accept"));
}

static void what_is_none_is_refused_and_leaves_the_result(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = CONFIRMATION_ARENA;
    static struct confirmation_signed poisoned;
    struct confirmation_signed c;
    size_t place = 0;
    unsigned count = 0;
    struct bytes block;
    struct err e;
    memset(&poisoned, 0xa5, sizeof poisoned);
    c = poisoned;
    while ((block = example_at("json confirmation refuse", &place)).data != NULL) {
        ok_err(confirmation_read(&c, block, &a, &e), e, ERR_INPUT, "");
        count++;
    }
    assert_int_equal(count, 2);
    static uint8_t large[CONFIRMATION_MAX + 1];
    ok_err(confirmation_read(&c, BYTES_OF(large), &a, &e), e, ERR_LIMIT, "1025 bytes");
    assert_memory_equal(&c, &poisoned, sizeof c);
}

/* One that this key signs. */
static void sign(struct buf *ret, const struct session_key *key, const struct confirmation *c)
{
    AUTO_VALUE(buf) text = BUF(CONFIRMATION_MAX);
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    struct err e;
    confirmation_text(&text, c);
    ok_call(session_key_sign(key, signature, buf_bytes(&text), &e), e);
    confirmation_write(ret, c, BYTES_OF(signature));
    ok_call(buf_ok(ret, "a confirmation", &e), e);
}

static void another_key_or_another_word_is_no_confirmation(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = CONFIRMATION_ARENA;
    AUTO(session_key) key = NULL;
    AUTO(session_key) other = NULL;
    AUTO_VALUE(buf) text = BUF(CONFIRMATION_MAX);
    static const uint8_t digest[32] = {1};
    struct confirmation plain = {.authority = BYTES_OF(digest),
                                 .endpoint = bytes_text("e"),
                                 .number = 1,
                                 .list = BYTES_OF(digest),
                                 .size = 2,
                                 .root = BYTES_OF(digest)};
    struct confirmation_signed c;
    struct err e;
    ok_call(session_key_generate(&key, &e), e);
    ok_call(session_key_generate(&other, &e), e);
    sign(&text, key, &plain);
    ok_call(confirmation_read(&c, buf_bytes(&text), &a, &e), e);
    ok_call(confirmation_verify(&c, session_key_spki(key), &e), e);
    ok_err(confirmation_verify(&c, session_key_spki(other), &e), e, ERR_AUTH, "signature");
    uint8_t *number = memmem(text.data, text.size, "\"number\":1", 10);
    assert_non_null(number);
    number[9] = '2';
    ok_call(confirmation_read(&c, buf_bytes(&text), &a, &e), e);
    ok_err(confirmation_verify(&c, session_key_spki(key), &e), e, ERR_AUTH, "signature");
}

static int page_done(void **state)
{
    (void)state;
    buf_done(&page);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_s_example_is_read_and_its_signature_holds),
        cmocka_unit_test(what_is_written_is_what_was_read),
        cmocka_unit_test(what_is_none_is_refused_and_leaves_the_result),
        cmocka_unit_test(another_key_or_another_word_is_no_confirmation),
    };
    return cmocka_run_group_tests(tests, NULL, page_done);
}
