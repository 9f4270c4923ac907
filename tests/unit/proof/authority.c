#include "unit/ok.h"

#include "memory_log.h"
#include "proof/authority.h"

#define KEY "sealward.example/log+c7f8b1d5+ARRhVGIGsV/Gm2fr1dNDQwnIP8FwQPMd1gu7nu7PeB7M"
#define ID "xHyiey7jqSczaGm3dLTLByUscSvBgXwIhs9s0tyP4MU="

static void an_authority_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct authority a = {.origin = bytes_text("log"),
                          .base_url = bytes_text("http://127.0.0.1:8080/a/b")};
    struct authority again;
    struct err e;
    AUTO_VALUE(buf) b = BUF(LIMIT_AUTHORITY);
    AUTO_VALUE(arena) arena = ARENA(1 << 16);
    memset(a.id, 0x5a, sizeof a.id);
    memory_log_key(&a.log_key, "log", 1);
    authority_write(&b, &a);
    assert_false(b.failed);
    ok_call(authority_read(&again, buf_bytes(&b), &arena, &e), e);
    ok_bytes(BYTES_OF(again.id), BYTES_OF(a.id));
    ok_text(again.origin, "log");
    ok_text(again.base_url, "http://127.0.0.1:8080/a/b");
    assert_memory_equal(again.log_key.key, a.log_key.key, 32);
}

static void what_is_no_authority_is_refused_and_leaves_the_result(void **state)
{
    (void)state;
#define FILE_OF(id, origin, key, url)                                                              \
    "{\"authority\":\"" id "\",\"origin\":\"" origin "\",\"log_key\":\"" key                       \
    "\",\"base_url\":\"" url "\"}"
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"", "one line"},
        {FILE_OF(ID, "sealward.example/log", KEY, "https://a"), "one line"},
        {FILE_OF(ID, "sealward.example/log", KEY, "https://a") "\n\n", "one line"},
        {FILE_OF(ID, "sealward.example/log", KEY, "https://a") " \n", ""},
        {"{}\n", ""},
        {FILE_OF("AAAA", "sealward.example/log", KEY, "https://a") "\n", "authority"},
        {FILE_OF(ID, "other", KEY, "https://a") "\n", "not named other"},
        {FILE_OF(ID, "", KEY, "https://a") "\n", "origin"},
        {FILE_OF(ID, "sealward.example/log", "key", "https://a") "\n", "log_key"},
        {FILE_OF(ID, "sealward.example/log", KEY, "ftp://a") "\n", "base URL"},
        {FILE_OF(ID, "sealward.example/log", KEY, "https://") "\n", "base URL"},
        {FILE_OF(ID, "sealward.example/log", KEY, "https:///a") "\n", "base URL"},
        {FILE_OF(ID, "sealward.example/log", KEY, "https://a/") "\n", "base URL"},
        {FILE_OF(ID, "sealward.example/log", KEY, "https://a?b") "\n", "base URL"},
        {FILE_OF(ID, "sealward.example/log", KEY, "https://a b") "\n", "base URL"},
        {FILE_OF(ID, "sealward.example/log", KEY, "https://user@a") "\n", "base URL"},
    };
    struct authority a;
    static struct authority poisoned;
    memset(&poisoned, 0xa5, sizeof poisoned);
    a = poisoned;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err e;
        AUTO_VALUE(arena) arena = ARENA(1 << 16);
        ok_err(authority_read(&a, bytes_text(cases[i].text), &arena, &e), e, ERR_INPUT,
               cases[i].says);
    }
    static uint8_t large[LIMIT_AUTHORITY + 1];
    AUTO_VALUE(arena) arena = ARENA(1 << 16);
    struct err e;
    ok_err(authority_read(&a, BYTES_OF(large), &arena, &e), e, ERR_LIMIT, "4097 bytes");
    assert_memory_equal(&a, &poisoned, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_authority_is_read_as_it_was_written),
        cmocka_unit_test(what_is_no_authority_is_refused_and_leaves_the_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
