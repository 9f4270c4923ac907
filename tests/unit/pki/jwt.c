#include "unit/page.h"
#include "vectors.h"

#include "base/base64.h"
#include "base/limits.h"
#include "pki/jwt.h"
#include "pki/session_key.h"

static enum jwt_alg alg_of(struct bytes name)
{
    assert_true(bytes_is(name, "RS256") || bytes_is(name, "ES256"));
    return bytes_is(name, "RS256") ? JWT_RS256 : JWT_ES256;
}

/* True if the signature held. The published payloads are mostly no JSON objects, which is found
 * only behind the signature. */
static bool signature_held(struct bytes token, const struct pubkey *key, enum jwt_alg alg)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    const struct json *claims = NULL;
    struct jwt jwt;
    struct err e = {0};
    if (!jwt_parse(&jwt, token, &arena, &e))
        return false;
    bool good = jwt_verify(&claims, &jwt, key, alg, &arena, &e);
    assert_true(good == (claims != NULL));
    return good || strstr(e.message, "payload") != NULL;
}

static void published_tokens_are_judged_right(void **state)
{
    (void)state;
    AUTO_VALUE(buf) text = BUF(1 << 20);
    AUTO(pubkey) key = NULL;
    enum jwt_alg alg = JWT_RS256;
    struct bytes field[VECTOR_FIELDS];
    size_t count = 0;
    vectors_read(&text, "jws.txt");
    struct bytes rest = buf_bytes(&text);
    while (vectors_next(&rest, field)) {
        if (bytes_is(field[0], "key")) {
            alg = alg_of(field[1]);
            vectors_key(&key, field[2]);
            continue;
        }
        if (signature_held(field[1], key, alg) != bytes_is(field[0], "valid"))
            fail_msg("%.*s is judged wrong", BYTES_PRINT(field[2]));
        count++;
    }
    assert_int_equal(count, 108);
}

/* ---- Tokens made here ---- */

static struct session_key *signer;
static struct pubkey *pinned;

static int signer_make(void **state)
{
    (void)state;
    struct err e;
    return session_key_generate(&signer, &e) && pubkey_parse(&pinned, session_key_spki(signer), &e)
               ? 0
               : -1;
}

static int signer_free(void **state)
{
    (void)state;
    session_key_free(signer);
    pubkey_free(pinned);
    return 0;
}

/* A token that is signed rightly, whatever it says. */
static struct bytes token_make(struct buf *b, const char *header, const char *payload)
{
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    struct err e;
    buf_reset(b);
    base64url_put(b, bytes_text(header));
    buf_put_text(b, ".");
    base64url_put(b, bytes_text(payload));
    ok_call(session_key_sign(signer, signature, buf_bytes(b), &e), e);
    buf_put_text(b, ".");
    base64url_put(b, BYTES_OF(signature));
    assert_false(b->failed);
    return buf_bytes(b);
}

static void parse_refused(struct bytes token, enum err_code code, const char *part)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    struct jwt jwt, untouched;
    struct err e = {0};
    memset(&jwt, 0xcd, sizeof jwt);
    memset(&untouched, 0xcd, sizeof untouched);
    ok_err(jwt_parse(&jwt, token, &arena, &e), e, code, part);
    assert_memory_equal(&jwt, &untouched, sizeof jwt);
}

static void a_good_token_gives_its_claims(void **state)
{
    (void)state;
    AUTO_VALUE(buf) b = BUF(4096);
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    const struct json *claims = NULL;
    struct jwt jwt;
    struct err e;
    struct bytes token =
        token_make(&b, "{\"typ\":\"JWT\",\"alg\":\"ES256\",\"x5t\":\"AA\",\"kid\":\"k\\u0031\"}",
                   "{\"iss\":\"https://issuer.test\",\"exp\":17}");
    ok_call(jwt_parse(&jwt, token, &arena, &e), e);
    assert_int_equal(jwt.alg, JWT_ES256);
    ok_text(jwt.kid, "k1");
    ok_call(jwt_verify(&claims, &jwt, pinned, JWT_ES256, &arena, &e), e);
    ok_text(json_member(claims, "iss")->text, "https://issuer.test");
    assert_int_equal(json_member(claims, "exp")->integer, 17);
}

static void a_token_without_type_and_key_id_is_taken(void **state)
{
    (void)state;
    AUTO_VALUE(buf) b = BUF(4096);
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    const struct json *claims = NULL;
    struct jwt jwt;
    struct err e;
    ok_call(jwt_parse(&jwt, token_make(&b, "{\"alg\":\"ES256\"}", "{}"), &arena, &e), e);
    assert_null(jwt.kid.data);
    ok_call(jwt_verify(&claims, &jwt, pinned, JWT_ES256, &arena, &e), e);
}

static const struct {
    const char *header;
    enum err_code code;
    const char *part;
} headers[] = {
    {"{\"alg\":\"none\"}", ERR_AUTH, "algorithm \"none\""},
    {"{\"alg\":\"None\"}", ERR_AUTH, "algorithm \"None\""},
    {"{\"alg\":\"HS256\"}", ERR_AUTH, "algorithm \"HS256\""},
    {"{\"alg\":\"es256\"}", ERR_AUTH, "algorithm \"es256\""},
    {"{\"alg\":\"PS256\"}", ERR_AUTH, "algorithm \"PS256\""},
    {"{\"alg\":\"\"}", ERR_AUTH, "algorithm \"\""},
    {"{}", ERR_INPUT, "no text \"alg\""},
    {"{\"alg\":256}", ERR_INPUT, "no text \"alg\""},
    {"{\"alg\":[\"ES256\"]}", ERR_INPUT, "no text \"alg\""},
    {"{\"alg\":\"ES256\",\"alg\":\"ES256\"}", ERR_INPUT, "header"},
    {"{\"alg\":\"ES256\",\"\\u0061lg\":\"RS256\"}", ERR_INPUT, "header"},
    {"{\"alg\":\"ES256\",\"crit\":[\"exp\"]}", ERR_AUTH, "\"crit\""},
    {"{\"alg\":\"ES256\",\"crit\":null}", ERR_AUTH, "\"crit\""},
    {"{\"alg\":\"ES256\",\"b64\":false}", ERR_AUTH, "\"b64\""},
    {"{\"alg\":\"ES256\",\"jwk\":{}}", ERR_AUTH, "\"jwk\""},
    {"{\"alg\":\"ES256\",\"jku\":\"https://a.test\"}", ERR_AUTH, "\"jku\""},
    {"{\"alg\":\"ES256\",\"x5c\":[]}", ERR_AUTH, "\"x5c\""},
    {"{\"alg\":\"ES256\",\"x5u\":\"https://a.test\"}", ERR_AUTH, "\"x5u\""},
    {"{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}", ERR_AUTH, "type \"at+jwt\""},
    {"{\"alg\":\"ES256\",\"typ\":1}", ERR_INPUT, "\"typ\""},
    {"{\"alg\":\"ES256\",\"kid\":1}", ERR_INPUT, "\"kid\""},
    {"[\"ES256\"]", ERR_INPUT, "no JSON object"},
    {"\"ES256\"", ERR_INPUT, "no JSON object"},
    {"{\"alg\":\"ES256\"} x", ERR_INPUT, "header"},
    {"{\"alg\":\"ES256\"", ERR_INPUT, "header"},
    {"", ERR_INPUT, "header"},
};

static void each_bad_header_gets_its_own_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        AUTO_VALUE(buf) b = BUF(4096);
        parse_refused(token_make(&b, headers[i].header, "{}"), headers[i].code, headers[i].part);
    }
}

static void each_bad_form_gets_its_own_error(void **state)
{
    (void)state;
    static const struct {
        const char *token;
        const char *part;
    } cases[] = {
        {"", "three parts"},
        {"e30", "three parts"},
        {"e30.e30", "three parts"},
        {"e30.e30.e30.e30", "three parts"},
        {"e30=.e30.e30", "header"},
        {"e31.e30.e30", "header"}, /* a bit behind the last byte */
        {"e3+.e30.e30", "header"},
        {" e30.e30.e30", "header"},
        {"eyJhbGciOiJFUzI1NiJ9.e30.AA=", "signature"},
        {"eyJhbGciOiJFUzI1NiJ9.e30.AA\n", "signature"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        parse_refused(bytes_text(cases[i].token), ERR_INPUT, cases[i].part);
}

static void a_huge_token_is_refused(void **state)
{
    (void)state;
    static uint8_t huge[10 << 20];
    parse_refused(BYTES_OF(huge), ERR_LIMIT, "too large");
    parse_refused(bytes_make(huge, LIMIT_IDENTITY_TOKEN + 1), ERR_LIMIT, "too large");
}

static void verify_refused(struct bytes token, enum jwt_alg alg, enum err_code code,
                           const char *part)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    const struct json *claims = NULL;
    struct jwt jwt;
    struct err e = {0};
    ok_call(jwt_parse(&jwt, token, &arena, &e), e);
    ok_err(jwt_verify(&claims, &jwt, pinned, alg, &arena, &e), e, code, part);
    assert_null(claims);
}

static void the_algorithm_must_be_the_pinned_one(void **state)
{
    (void)state;
    AUTO_VALUE(buf) b = BUF(4096);
    verify_refused(token_make(&b, "{\"alg\":\"RS256\"}", "{}"), JWT_ES256, ERR_AUTH,
                   "says RS256, but the issuer's key is for ES256");
    verify_refused(token_make(&b, "{\"alg\":\"ES256\"}", "{}"), JWT_RS256, ERR_AUTH,
                   "says ES256, but the issuer's key is for RS256");
    /* a pin whose key and algorithm do not fit each other */
    verify_refused(token_make(&b, "{\"alg\":\"RS256\"}", "{}"), JWT_RS256, ERR_INPUT,
                   "rsa-pkcs1-sha256 is for rsa keys");
}

static void a_changed_token_does_not_hold(void **state)
{
    (void)state;
    AUTO_VALUE(buf) b = BUF(4096);
    struct bytes token = token_make(&b, "{\"alg\":\"ES256\"}", "{\"sub\":\"a\"}");
    size_t payload = sizeof "eyJhbGciOiJFUzI1NiJ9.";
    assert_true(token.size > payload + 4);
    b.data[payload + 4] ^= 1;
    verify_refused(token, JWT_ES256, ERR_AUTH, "does not hold");
    b.data[payload + 4] ^= 1;
    b.data[token.size - 4] = b.data[token.size - 4] == 'A' ? 'B' : 'A';
    verify_refused(token, JWT_ES256, ERR_AUTH, "does not hold");
}

static void a_cut_signature_does_not_hold(void **state)
{
    (void)state;
    AUTO_VALUE(buf) b = BUF(4096);
    struct bytes token = token_make(&b, "{\"alg\":\"ES256\"}", "{}");
    token.size -= 86;
    verify_refused(token, JWT_ES256, ERR_AUTH, "0 bytes instead of 64");
}

static void a_payload_that_is_no_object_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(buf) b = BUF(4096);
    static const char *const payloads[] = {"", "[]", "\"iss\"", "{\"a\":1,\"a\":2}", "{", "{}{}"};
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++)
        verify_refused(token_make(&b, "{\"alg\":\"ES256\"}", payloads[i]), JWT_ES256, ERR_INPUT,
                       "payload");
}

/* ---- The page ---- */

static void the_example_of_the_page_holds(void **state)
{
    (void)state;
    AUTO_VALUE(buf) page = BUF(1 << 16);
    AUTO_VALUE(buf) spki = BUF(KEY_SPKI_MAX);
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    AUTO(pubkey) key = NULL;
    const struct json *claims = NULL;
    size_t place = 0;
    struct jwt jwt;
    struct err e;
    page_read(&page, "sshsig-and-tokens.md");
    page_hex(&spki, page_block(&page, "spki", &place));
    ok_call(pubkey_parse(&key, buf_bytes(&spki), &e), e);
    ok_call(jwt_parse(&jwt, page_block(&page, "token", &place), &arena, &e), e);
    ok_text(jwt.kid, "key-1");
    ok_call(jwt_verify(&claims, &jwt, key, JWT_ES256, &arena, &e), e);
    ok_text(json_member(claims, "iss")->text, "https://issuer.test");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_tokens_are_judged_right),
        cmocka_unit_test(the_example_of_the_page_holds),
        cmocka_unit_test(a_good_token_gives_its_claims),
        cmocka_unit_test(a_token_without_type_and_key_id_is_taken),
        cmocka_unit_test(each_bad_header_gets_its_own_error),
        cmocka_unit_test(each_bad_form_gets_its_own_error),
        cmocka_unit_test(a_huge_token_is_refused),
        cmocka_unit_test(the_algorithm_must_be_the_pinned_one),
        cmocka_unit_test(a_changed_token_does_not_hold),
        cmocka_unit_test(a_cut_signature_does_not_hold),
        cmocka_unit_test(a_payload_that_is_no_object_is_refused),
    };
    return cmocka_run_group_tests(tests, signer_make, signer_free);
}
