#include "unit/ok.h"

#include "client/session.h"
#include "client/statement.h"
#include "pki/key.h"
#include "rules/requests.h"

static const struct authority authority = {.id = {1, 2, 3}};
static const struct checkpoint seen = {.size = 12, .root = {9, 8, 7}};

static struct statement_plan plan_of(const char *actor, const char *body)
{
    return (struct statement_plan){.type = "approval",
                                   .actor = bytes_text(actor),
                                   .body = bytes_text(body),
                                   .time = 1700000000000};
}

static void a_statement_says_who_when_what_and_having_seen_what(void **state)
{
    (void)state;
    AUTO_VALUE(buf) text = BUF(LIMIT_STATEMENT);
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    struct statement_plan plan = plan_of("person/p0011223344556677", "{\"subject\":\"AA==\"}");
    struct statement read;
    struct err e;
    ok_call(statement_build(&text, &authority, &seen, &plan, &e), e);
    ok_call(statement_read(&read, buf_bytes(&text), &arena, &e), e);
    ok_text(read.type, "approval");
    ok_bytes(read.authority, BYTES_OF(authority.id));
    assert_int_equal(read.time, 1700000000000);
    assert_int_equal(read.seen.size, 12);
    ok_bytes(read.seen.root, BYTES_OF(seen.root));
    ok_text(read.actor, "person/p0011223344556677");
    ok_text(read.body, "{\"subject\":\"AA==\"}");
}

static void what_no_statement_may_be_is_not_built(void **state)
{
    (void)state;
    AUTO_VALUE(buf) text = BUF(LIMIT_STATEMENT);
    struct statement_plan plans[] = {
        plan_of("person/a", "{\"b\": 1}"), plan_of("person/a", "[]"), plan_of("person/a", "{"),
        plan_of("person/\n", "{}"),        plan_of("", "{}"),
    };
    struct checkpoint nothing = {.size = 0};
    struct err e;
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++)
        assert_false(statement_build(&text, &authority, &seen, &plans[i], &e));
    plans[0] = plan_of("person/a", "{}");
    assert_false(statement_build(&text, &authority, &nothing, &plans[0], &e));
    assert_int_equal(text.size, 0);
}

static void the_text_stands_in_its_entry_as_it_was_signed(void **state)
{
    (void)state;
    static const uint8_t signature[32] = {5};
    AUTO_VALUE(buf) text = BUF(LIMIT_STATEMENT);
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    struct statement_plan plan = plan_of("workload/ci", "{\"a\":[1,\"b\"]}");
    struct evidence evidence = {.signature = BYTES_OF(signature),
                                .token = bytes_text("aaaaaa.bbbbbb.cccccc")};
    struct signed_statement outer;
    struct statement inner;
    struct err e;
    ok_call(statement_build(&text, &authority, &seen, &plan, &e), e);
    ok_call(statement_wrap(&body, buf_bytes(&text), &evidence, &e), e);
    ok_call(signed_statement_read(&outer, &inner, buf_bytes(&body), &arena, &e), e);
    ok_bytes(outer.statement, buf_bytes(&text));
    ok_bytes(outer.evidence.signature, BYTES_OF(signature));
    ok_text(outer.evidence.token, "aaaaaa.bbbbbb.cccccc");
    assert_null(outer.consistency.data);
}

/* --- Sessions --- */

static void session_signed_by(const struct session *s, struct bytes text, struct bytes signature)
{
    AUTO(pubkey) key = NULL;
    struct err e;
    ok_call(pubkey_parse(&key, session_spki(s), &e), e);
    ok_call(pubkey_verify(key, MECHANISM_ECDSA_SHA256, text, signature, &e), e);
}

static void a_request_is_signed_by_the_session_for_its_grant(void **state)
{
    (void)state;
    static const uint8_t grant[32] = {4};
    static const uint8_t key[32] = {6};
    static const uint8_t digest[32] = {7};
    AUTO(session) s = NULL;
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    AUTO_VALUE(buf) text = BUF(LIMIT_ENTRY);
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    struct request_item item = {.digest = BYTES_OF(digest), .artifact = -1};
    struct request request = {.key = BYTES_OF(key),
                              .mechanism = MECHANISM_ECDSA_SHA256,
                              .items = {.items = &item, .count = 1}};
    struct request read;
    struct err e;
    ok_call(session_new(&s, BYTES_OF(authority.id), &e), e);
    session_open(s, grant);
    ok_call(session_request_body(&body, s, &request, &e), e);
    ok_call(fields_read(&read, &request_fields, buf_bytes(&body), &arena, &e), e);
    ok_bytes(read.grant, BYTES_OF(grant));
    request_text(&text, BYTES_OF(authority.id), &read);
    session_signed_by(s, buf_bytes(&text), read.signature);
}

static void closing_is_signed_likewise(void **state)
{
    (void)state;
    static const uint8_t grant[32] = {4};
    AUTO(session) s = NULL;
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    AUTO_VALUE(buf) text = BUF(LIMIT_ENTRY);
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    struct closing closing;
    struct err e;
    ok_call(session_new(&s, BYTES_OF(authority.id), &e), e);
    session_open(s, grant);
    ok_call(session_close_body(&body, s, &e), e);
    ok_call(fields_read(&closing, &closing_fields, buf_bytes(&body), &arena, &e), e);
    close_text(&text, BYTES_OF(authority.id), BYTES_OF(grant));
    session_signed_by(s, buf_bytes(&text), closing.signature);
}

static void every_session_has_a_key_of_its_own(void **state)
{
    (void)state;
    AUTO(session) one = NULL;
    AUTO(session) two = NULL;
    AUTO(session) none = NULL;
    struct err e;
    ok_call(session_new(&one, BYTES_OF(authority.id), &e), e);
    ok_call(session_new(&two, BYTES_OF(authority.id), &e), e);
    assert_false(bytes_equal(session_spki(one), session_spki(two)));
    ok_err(session_new(&none, bytes_text("short"), &e), e, ERR_INPUT, "32 bytes");
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_says_who_when_what_and_having_seen_what),
        cmocka_unit_test(what_no_statement_may_be_is_not_built),
        cmocka_unit_test(the_text_stands_in_its_entry_as_it_was_signed),
        cmocka_unit_test(a_request_is_signed_by_the_session_for_its_grant),
        cmocka_unit_test(closing_is_signed_likewise),
        cmocka_unit_test(every_session_has_a_key_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
