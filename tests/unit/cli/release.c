/* Under which release path an actor signs, read from the policy as the daemon shows it. */
#include "unit/ok.h"

#include <string.h>

#include "cli/release.h"
#include "rules/state.h"

#define PATH(id, signer, workloads, teams)                                                         \
    "{\"kind\":\"path\",\"id\":\"" id "\",\"value\":{\"signer\":\"" signer                         \
    "\",\"workloads\":[" workloads "],\"teams\":[" teams                                           \
    "],\"approvers\":\"officers\",\"formats\":[\"pe\"],\"names\":[\"*\"],\"window\":600,"          \
    "\"count\":4}}"

static const char policy_text[] =
    "{\"objects\":["
    "{\"kind\":\"team\",\"id\":\"releasers\",\"value\":{\"members\":[\"p1\",\"p2\"]}},"
    "{\"kind\":\"signer\",\"id\":\"tools\",\"value\":{}}," PATH(
        "tools-ci", "tools", "\"ci\"",
        "") "," PATH("tools-hand", "tools", "",
                     "\"releasers\"") "," PATH("other", "other", "\"ci\",\"nightly\"",
                                               "") "," PATH("twice-a", "twice", "\"ci\"",
                                                            "") "," PATH("twice-b", "twice",
                                                                         "\"ci\"", "") "]}";

struct found {
    struct arena arena;
    struct json *policy;
    struct release release;
};

static struct found policy_read(void)
{
    struct found f = {.arena = ARENA(1 << 20)};
    struct err e;
    ok_call(json_parse(&f.policy, bytes_text(policy_text), &f.arena, &e), e);
    return f;
}

static bool find(struct found *f, const char *signer, const char *actor, const char *wanted,
                 struct err *e)
{
    return release_find_path(&f->release, f->policy, bytes_text(signer), bytes_text(actor),
                             wanted == NULL ? BYTES_NONE : bytes_text(wanted), &f->arena, e);
}

static void finds_the_only_path_that_is_the_actors(void **state)
{
    (void)state;
    struct found f = policy_read();
    struct err e;
    ok_call(find(&f, "tools", "workload/ci", NULL, &e), e);
    ok_text(f.release.id, "tools-ci");
    assert_int_equal(f.release.path.window, 600);
    ok_call(find(&f, "tools", "person/p2", NULL, &e), e);
    ok_text(f.release.id, "tools-hand");
    ok_call(find(&f, "other", "workload/nightly", NULL, &e), e);
    ok_text(f.release.id, "other");
    arena_done(&f.arena);
}

static void asks_where_several_fit(void **state)
{
    (void)state;
    struct found f = policy_read();
    struct err e;
    ok_err(find(&f, "twice", "workload/ci", NULL, &e), e, ERR_INPUT, "\"twice-a\", \"twice-b\"");
    assert_null(f.release.id.data);
    ok_call(find(&f, "twice", "workload/ci", "twice-b", &e), e);
    ok_text(f.release.id, "twice-b");
    arena_done(&f.arena);
}

static void finds_none_for_others(void **state)
{
    (void)state;
    struct found f = policy_read();
    struct err e;
    ok_err(find(&f, "tools", "workload/nightly", NULL, &e), e, ERR_NOT_FOUND, "workload/nightly");
    ok_err(find(&f, "tools", "person/p3", NULL, &e), e, ERR_NOT_FOUND, "person/p3");
    ok_err(find(&f, "nobody", "workload/ci", NULL, &e), e, ERR_NOT_FOUND, "\"nobody\"");
    ok_err(find(&f, "tools", "workload/ci", "tools-hand", &e), e, ERR_NOT_FOUND, "tools-hand");
    assert_null(f.release.id.data);
    arena_done(&f.arena);
}

static void takes_the_active_key_whose_certificate_lasts_longest(void **state)
{
    (void)state;
    struct err e;
    struct bytes der = bytes_text("certificate");
    struct signer_key_view keys[] = {
        {.state = KEY_ACTIVE, .not_after = -1},
        {.state = KEY_SUSPENDED, .certificate = der, .not_after = 9000},
        {.state = KEY_ACTIVE, .certificate = der, .not_after = 10},
        {.state = KEY_ACTIVE, .certificate = der, .not_after = 20},
    };
    struct release release = {
        .signer = {.signer = bytes_text("tools"), .keys = {.items = keys, .count = 4}}};
    ok_call(release_find_key(&release, &e), e);
    assert_ptr_equal(release.key, &keys[3]);
    release.signer.keys.count = 2;
    ok_err(release_find_key(&release, &e), e, ERR_STATE, "no active key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_only_path_that_is_the_actors),
        cmocka_unit_test(asks_where_several_fit),
        cmocka_unit_test(finds_none_for_others),
        cmocka_unit_test(takes_the_active_key_whose_certificate_lasts_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
