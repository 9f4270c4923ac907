/* YAML that is taken and YAML that is not; the shipped example; plans from one policy to another.
 */
#include "unit/ok.h"

#include "cli/issuer_key.h"
#include "cli/policy_file.h"
#include "cli/policy_plan.h"
#include "pki/digest.h"
#include "pki/jwt.h"
#include "rules/policy.h"

#include <stdio.h>

#define KEY_LINE "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEVGVFE2AIbznoz938otaRoWwMCI0sKysErfY3K9PUV0"
#define LIMITS "limits: { statement_age: 15m, proposal_age: 1d, silence: 90d }\n"

static bool tree_of(struct yaml_tree **ret, const char *text, struct arena *a, struct err *e)
{
    return yaml_tree_read(ret, bytes_text(text), a, e);
}

/* --- The tree --- */

static void a_tree_remembers_shape_text_and_line(void **state)
{
    (void)state;
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    struct yaml_tree *tree;
    struct err e;
    ok_call(tree_of(&tree, "# a\na: { b: [yes, '1.0'] }\nc: |\n  two\n  lines\n", &arena, &e), e);
    const struct yaml_tree *a = yaml_tree_member(tree, "a");
    const struct yaml_tree *list = yaml_tree_member(a, "b");
    assert_int_equal(a->line, 2);
    assert_int_equal(list->kind, YAML_LIST);
    assert_int_equal(list->count, 2);
    ok_text(list->first->text, "yes");
    ok_text(list->first->next->text, "1.0");
    ok_text(yaml_tree_member(tree, "c")->text, "two\nlines\n");
    assert_null(yaml_tree_member(tree, "d"));
    assert_null(yaml_tree_member(list, "b"));
}

static void what_yaml_can_hide_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *part;
    } cases[] = {
        {"a: &x 1\n", "line 1: anchors"},
        {"\na: *x\n", "line 2: aliases"},
        {"a: !!str b\n", "line 1: tags"},
        {"a: !mine {}\n", "line 1: tags"},
        {"a: 1\nb: 2\na: 3\n", "line 3: \"a\" stands here already, in line 1"},
        {"a: 1\n---\nb: 2\n", "line 2: a second document"},
        {"%YAML 1.1\n---\na: 1\n", "directive"},
        {"? [a]\n: 1\n", "line 1: a key must be a text"},
        {"'': 1\n", "line 1: a key must be a text"},
        {"a: \"\\e[2J\"\n", "line 1: the text has control characters"},
        {"a: [1\n", "line 2: not YAML"},
        {"a: {{{{{{{{{{{{{{ }}}}}}}}}}}}}}\n", "line 1"},
        {"", "there is nothing in it"},
        {"a: \xff\n", "not UTF-8"},
    };
    struct yaml_tree *tree = NULL;
    struct err e;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(arena) arena = ARENA(1 << 20);
        ok_err(tree_of(&tree, cases[i].text, &arena, &e), e, ERR_INPUT, cases[i].part);
        assert_null(tree);
    }
}

static void depth_and_size_have_limits(void **state)
{
    (void)state;
    AUTO_VALUE(arena) arena = ARENA(64 << 20);
    AUTO_VALUE(buf) deep = BUF(1024);
    AUTO_VALUE(buf) many = BUF(YAML_SIZE_MAX);
    struct yaml_tree *tree = NULL;
    struct err e;
    for (int i = 0; i < YAML_DEPTH_MAX + 1; i++)
        buf_put_text(&deep, "[");
    for (int i = 0; i < YAML_DEPTH_MAX + 1; i++)
        buf_put_text(&deep, "]");
    ok_err(tree_of(&tree, buf_string(&deep), &arena, &e), e, ERR_INPUT, "nested more than 12");
    buf_put_text(&many, "[");
    for (int i = 0; i < YAML_NODES_MAX; i++)
        buf_put_text(&many, "a,");
    buf_put_text(&many, "]");
    ok_err(tree_of(&tree, buf_string(&many), &arena, &e), e, ERR_LIMIT, "too much YAML");
    assert_null(tree);
}

/* --- Policies --- */

static bool policy_of(struct list *ret, struct names *names, const char *text, struct arena *a,
                      struct err *e)
{
    struct yaml_tree *tree;
    return tree_of(&tree, text, a, e) && policy_file_read(ret, tree, NULL, names, a, e);
}

static void people_become_handles_everywhere(void **state)
{
    (void)state;
    AUTO_VALUE(arena) arena = ARENA(1 << 22);
    AUTO_VALUE(arena) scratch = ARENA(1 << 22);
    struct names names = {.rows = {.count = 0}};
    struct list objects;
    struct team team;
    struct err e;
    ok_call(policy_of(&objects, &names,
                      "teams: { officers: { members: [officer-1] } }\n" LIMITS
                      "people: { officer-1: { keys: ['" KEY_LINE "'] } }\n",
                      &arena, &e),
            e);
    const struct change *changes = objects.items;
    assert_int_equal(objects.count, 3);
    assert_int_equal(changes[0].kind, OBJECT_PERSON);
    const struct name_row *row = names_find(&names, bytes_text("officer-1"));
    ok_bytes(changes[0].id, row->handle);
    assert_int_equal(changes[1].kind, OBJECT_TEAM);
    ok_call(fields_read(&team, object_fields(OBJECT_TEAM), changes[1].value, &scratch, &e), e);
    ok_bytes(((const struct bytes *)team.members.items)[0], row->handle);
    ok_text(changes[2].id, "main");
}

static void lives_status_and_endpoints_become_objects(void **state)
{
    (void)state;
    AUTO_VALUE(arena) arena = ARENA(1 << 22);
    struct names names = {.rows = {.count = 0}};
    struct list objects;
    struct err e;
    ok_call(policy_of(&objects, &names,
                      LIMITS
                      "life:\n  firmware: { renew: 60d, warn: 30d, alarm: 7d, unused: 0s, "
                      "grace: 7d, timestamp: true }\n"
                      "status: { crl_every: 1d, crl_life: 7d, list_every: 1h, list_life: 1d, "
                      "ratify: 3d, accuracy: 2s }\n"
                      "endpoints:\n  server: { reads: list, stale: refuse, grace: 0s, "
                      "clock_error: 10s, silence: 2h }\n",
                      &arena, &e),
            e);
    const struct change *changes = objects.items;
    assert_int_equal(objects.count, 4);
    ok_text(changes[0].value, "{\"renew\":5184000,\"warn\":2592000,\"alarm\":604800,\"unused\":0,"
                              "\"grace\":604800,\"timestamp\":true}");
    assert_int_equal(changes[1].kind, OBJECT_ENDPOINTS);
    ok_text(changes[1].value, "{\"reads\":\"list\",\"stale\":\"refuse\",\"grace\":0,"
                              "\"clock_error\":10,\"silence\":7200}");
    assert_int_equal(changes[3].kind, OBJECT_STATUS);
    ok_text(changes[3].id, "main");
    ok_text(changes[3].value, "{\"crl_every\":86400,\"crl_life\":604800,\"list_every\":3600,"
                              "\"list_life\":86400,\"ratify\":259200,\"accuracy\":2000}");
}

static void a_mistake_is_named_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *part;
    } cases[] = {
        {"people: {}\n", "\"limits\" is missing"},
        {LIMITS "peoples: {}\n", "line 2: a policy has no section \"peoples\""},
        {LIMITS "teams:\n  a: { members: [nobody] }\n", "line 3: nobody is called \"nobody\""},
        {LIMITS "teams:\n  a: { member: [] }\n", "line 3: there is no key \"member\" here"},
        {LIMITS "teams:\n  a: {}\n", "line 3: \"members\" is missing"},
        {LIMITS "teams:\n  a: { members: {} }\n", "line 3: \"members\" must be a list"},
        {LIMITS "teams:\n  A: { members: [] }\n", "line 3: \"A\" cannot be an id"},
        {LIMITS "tokens:\n  a: { software: yes }\n", "line 3: \"software\" must be true or false"},
        {LIMITS "quorums:\n  policy: { team: a, count: two }\n", "line 3: \"count\" must be a num"},
        {LIMITS "quorums:\n  policy: { team: a, count: 999 }\n", "line 3: quorum \"policy\""},
        {LIMITS "duties:\n  - [a]\n", "line 3: a duty is a pair"},
        {LIMITS "people:\n  a: { keys: [x.pub] }\n", "line 3: files cannot be named here"},
        {LIMITS "people:\n  a: { keys: ['ssh-dss AAAA'] }\n", "line 3"},
        {"limits: { statement_age: 15, proposal_age: 1d, silence: 1d }\n",
         "line 1: \"statement_age\" must be a duration"},
        {LIMITS "issuers:\n  a: { iss: b, max_age: 1m, skew: 0s, keys: [{ key: '{}' }] }\n",
         "line 3"},
        {LIMITS "life:\n  a: { renew: 1d, warn: 1d, alarm: 1d, unused: 0s, grace: 1d }\n",
         "line 3: \"timestamp\" is missing"},
        {LIMITS "status: { crl_every: 1d, crl_life: 7d, list_every: often, list_life: 1d, ratify: "
                "1d, accuracy: 1s }\n",
         "line 2: \"list_every\" must be a duration"},
        {LIMITS "endpoints:\n  a: { reads: ocsp, stale: warn, grace: 0s, clock_error: 0s, silence: "
                "1d }\n",
         "line 3: \"reads\""},
        {"[]\n", "a policy must be a mapping"},
    };
    struct list objects = {.count = 9};
    struct err e;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(arena) arena = ARENA(1 << 22);
        struct names names = {.rows = {.count = 0}};
        ok_err(policy_of(&objects, &names, cases[i].text, &arena, &e), e, ERR_INPUT, cases[i].part);
        assert_int_equal(objects.count, 9);
    }
}

/* --- Keys of issuers --- */

static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
                          "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEkFbfJb6CxDIJnFefNiOy0N93TAZs\n"
                          "9XvIXveugyIlksHEagspOV7idydCueIZZHiP1B5mv7NkRnbkx9TfzyQ9WQ==\n"
                          "-----END PUBLIC KEY-----\n";

static const char jwk[] = "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"key-1\",\"x\":"
                          "\"kFbfJb6CxDIJnFefNiOy0N93TAZs9XvIXveugyIlksE\","
                          "\"y\":\"xGoLKTle4ncnQrniGWR4j9QeZr-zZEZ25MfU388kPVk\",\"use\":\"sig\"}";

static void pem_and_jwk_of_one_key_give_one_spki(void **state)
{
    (void)state;
    AUTO_VALUE(arena) arena = ARENA(1 << 22);
    AUTO_VALUE(buf) set = BUF(4096);
    struct issuer_keys a;
    struct issuer_keys b;
    struct issuer_keys c;
    struct err e;
    ok_call(issuer_keys_read(&a, bytes_text(pem), &arena, &e), e);
    ok_call(issuer_keys_read(&b, bytes_text(jwk), &arena, &e), e);
    buf_printf(&set, " {\"keys\":[%s,%s]}", jwk, jwk);
    ok_call(issuer_keys_read(&c, buf_bytes(&set), &arena, &e), e);
    assert_int_equal(a.count, 1);
    assert_null(a.list[0].kid.data);
    assert_int_equal(a.list[0].algorithm, JWT_ES256);
    ok_bytes(b.list[0].spki, a.list[0].spki);
    ok_text(b.list[0].kid, "key-1");
    assert_int_equal(c.count, 2);
    ok_bytes(c.list[1].spki, a.list[0].spki);
}

static void what_is_no_public_key_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *part;
    } cases[] = {
        {"", "neither"},
        {"ssh-ed25519 AAAA", "neither"},
        {"-----BEGIN PUBLIC KEY-----\nAAAA\n", "does not end"},
        {"-----BEGIN PUBLIC KEY-----\nA!AA\n-----END PUBLIC KEY-----\n", ""},
        {"{\"kty\":\"EC\",\"d\":\"AA\"}", "private key"},
        {"{\"kty\":\"oct\",\"k\":\"AA\"}", "\"oct\""},
        {"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"AA\",\"y\":\"AA\"}", "P-256"},
        {"{\"kty\":\"RSA\",\"n\":\"AA\",\"e\":\"AQAB\"}", ""},
        {"{\"kty\":\"RSA\",\"n\":\"AA\"}", "\"e\""},
        {"{}", "\"kty\""},
        {"{\"keys\":[]}", "1 to 16"},
        {"{\"keys\":[{}]}", "key 1"},
    };
    struct issuer_keys keys = {.count = 99};
    struct err e;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(arena) arena = ARENA(1 << 22);
        if (issuer_keys_read(&keys, bytes_text(cases[i].text), &arena, &e))
            fail_msg("taken: %s", cases[i].text);
        if (strstr(e.message, cases[i].part) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", e.message, cases[i].part);
        assert_int_equal(keys.count, 99);
    }
}

/* --- Plans --- */

/* The objects as they would be in force. */
static void put_in_force(struct policy_force *ret, const struct list *wanted, struct arena *a)
{
    const struct change *changes = wanted->items;
    struct object *objects = arena_alloc(a, wanted->count * sizeof *objects);
    assert_non_null(objects);
    for (size_t i = 0; i < wanted->count; i++) {
        uint8_t digest[32];
        digest_sha256(digest, changes[i].value);
        objects[i] = (struct object){.kind = changes[i].kind,
                                     .id = changes[i].id,
                                     .digest = arena_copy(a, BYTES_OF(digest)),
                                     .activated = arena_copy(a, BYTES_OF(digest)),
                                     .value = changes[i].value};
    }
    ret->objects = (struct list){.items = objects, .count = wanted->count};
}

static void a_plan_is_the_difference_and_names_what_it_replaces(void **state)
{
    (void)state;
    AUTO_VALUE(arena) arena = ARENA(1 << 22);
    AUTO_VALUE(buf) shown = BUF(65536);
    struct names names = {.rows = {.count = 0}};
    struct list before;
    struct list after;
    struct list changes;
    struct policy_force force;
    struct err e;
    ok_call(policy_of(&before, &names,
                      LIMITS "tokens: { a: { software: true }, b: { software: true } }\n", &arena,
                      &e),
            e);
    ok_call(policy_of(&after, &names,
                      LIMITS "tokens: { b: { software: false }, c: { software: true } }\n", &arena,
                      &e),
            e);
    put_in_force(&force, &before, &arena);
    ok_call(policy_plan_make(&changes, &force, &before, &arena, &e), e);
    assert_int_equal(changes.count, 0);
    ok_call(policy_plan_make(&changes, &force, &after, &arena, &e), e);
    assert_int_equal(changes.count, 3);
    const struct change *items = changes.items;
    ok_text(items[0].id, "b");
    ok_bytes(items[0].replaces, policy_force_find(&force, OBJECT_TOKEN, bytes_text("b"))->digest);
    ok_text(items[1].id, "c");
    assert_null(items[1].replaces.data);
    ok_text(items[2].id, "a");
    assert_null(items[2].value.data);
    policy_plan_show(&shown, &force, &changes, &names);
    ok_text(buf_bytes(&shown), "~ token b\n    - {\"software\":true}\n    + {\"software\":false}\n"
                               "+ token c\n    + {\"software\":true}\n"
                               "- token a\n    - {\"software\":true}\n");
}

static void an_object_that_stands_twice_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(arena) arena = ARENA(1 << 22);
    struct names names = {.rows = {.count = 0}};
    struct list wanted;
    struct list changes = {.count = 5};
    struct policy_force force = {.objects = {.count = 0}};
    struct err e;
    ok_call(policy_of(&wanted, &names, LIMITS "duties: [[a.b, c.d], [a.b, c.d]]\n", &arena, &e), e);
    ok_err(policy_plan_make(&changes, &force, &wanted, &arena, &e), e, ERR_INPUT, "stands twice");
    assert_int_equal(changes.count, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_remembers_shape_text_and_line),
        cmocka_unit_test(what_yaml_can_hide_is_refused_with_its_line),
        cmocka_unit_test(depth_and_size_have_limits),
        cmocka_unit_test(people_become_handles_everywhere),
        cmocka_unit_test(lives_status_and_endpoints_become_objects),
        cmocka_unit_test(a_mistake_is_named_with_its_line),
        cmocka_unit_test(pem_and_jwk_of_one_key_give_one_spki),
        cmocka_unit_test(what_is_no_public_key_is_refused),
        cmocka_unit_test(a_plan_is_the_difference_and_names_what_it_replaces),
        cmocka_unit_test(an_object_that_stands_twice_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
