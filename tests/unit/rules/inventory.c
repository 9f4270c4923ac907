/* The inventory, the calendar and the other views of lives. */
#include "world_living.h"
#include "world_revoking.h"

#include <stdio.h>

#include "base/hex.h"
#include "rules/view.h"

static const char *inventory(struct living *l, struct inventory_filter filter)
{
    AUTO_VALUE(buf) b = BUF(1 << 22);
    struct err e;
    ok_call(view_inventory(&b, l->w.state, &filter, &e), e);
    return (const char *)world_copy(&l->w, buf_bytes(&b)).data;
}

static const char *calendar(struct living *l, int64_t until)
{
    AUTO_VALUE(buf) b = BUF(1 << 22);
    struct err e;
    ok_call(view_calendar(&b, l->w.state, until, &e), e);
    return (const char *)world_copy(&l->w, buf_bytes(&b)).data;
}

static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in %s", part, text);
}

static void the_inventory_says_whose_a_key_is_and_how_it_is_used(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    world_wait(&l.w, HOUR);
    accepted(&l.w, world_use(&l.w, &l.key, "one"));
    const struct certificate *c = world_certificate(&l.w, &l.key);
    const char *all = inventory(&l, (struct inventory_filter){0});
    has(all, (const char *)world_format(
                 &l.w,
                 "{\"id\":\"%s\",\"role\":\"signer\",\"signer\":\"package\",\"level\":"
                 "\"internal-package\",\"owner\":\"release-engineer\",\"deputy\":\"approver-2\","
                 "\"token\":\"soft\",\"algorithm\":\"p-256\",\"state\":\"active\",\"since\":%lld,"
                 "\"last_used\":%lld,\"uses\":1,\"certificate\":%lld,\"expires\":%lld}",
                 l.id, (long long)state_key(l.w.state, BYTES_OF(l.key.id))->since,
                 (long long)l.w.now, (long long)c->number, (long long)c->not_after)
                 .data);
    has(all, "\"role\":\"issuing-ca\",\"signer\":null,\"level\":null,\"owner\":null");
    has(all, "{\"id\":\"package\",\"level\":\"internal-package\",\"owner\":\"release-engineer\","
             "\"deputy\":\"approver-2\",\"present\":true,\"orphan\":null,\"retired\":false}");
    has(all, "{\"id\":\"firmware\",\"signer\":\"firmware\",\"owner\":\"officer-2\"");
    has(all, "{\"id\":\"ci-app\",\"issuer\":\"ci\"}");
    has(all, "{\"handle\":\"release-engineer\",\"owns\":2,\"deputises\":0}");
    ok_call(json_canonical(bytes_text(all), &l.w.e), l.w.e);
}

static void filters_leave_what_is_asked_for(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    int64_t end = world_certificate(&l.w, &l.key)->not_after;
    const char *none = "\"keys\":[],\"certificates\":[]}";
    has(inventory(&l, (struct inventory_filter){.expiring = end}), none);
    has(inventory(&l, (struct inventory_filter){.expiring = end + 1}), l.id);
    has(inventory(&l, (struct inventory_filter){.unused = l.w.now}), none);
    has(inventory(&l, (struct inventory_filter){.unused = l.w.now + 1}), l.id);
    has(inventory(&l, (struct inventory_filter){.owner = bytes_text("approver-2")}), l.id);
    const char *other = inventory(&l, (struct inventory_filter){.owner = bytes_text("officer-2")});
    assert_null(strstr(other, l.id));
    has(other, "{\"handle\":\"officer-2\",\"owns\":2,\"deputises\":0}");
    /* What is retired does not end any more. */
    accepted(&l.w, world_retire(&l.w, OFFICER_1, "key", l.id));
    has(inventory(&l, (struct inventory_filter){.expiring = end + 1}), none);
}

static void the_calendar_says_what_ends_and_who_sees_to_it(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) to = {0};
    living_make(&l);
    world_standby(&l.w, &to, "package");
    world_decide(&l.w, "rollover",
                 world_rollover_detail(
                     &l.w, "package", &l.key, &to,
                     (const char *)world_format(&l.w, "%lld", (long long)(l.w.now + 2 * DAY)).data,
                     86400),
                 OFFICER_1, OFFICER_3);
    world_leave(&l.w, "release-engineer");
    const struct certificate *c = world_certificate(&l.w, &l.key);
    const char *all = calendar(&l, INT64_C(253402300799999));
    has(all,
        (const char *)world_format(&l.w,
                                   "{\"time\":%lld,\"kind\":\"certificate\",\"id\":\"%lld\","
                                   "\"signer\":\"package\",\"what\":\"renewal is proposed\","
                                   "\"who\":null}",
                                   (long long)(c->not_after - LIFE_RENEW), (long long)c->number)
            .data);
    has(all, (const char *)world_format(&l.w,
                                        "{\"time\":%lld,\"kind\":\"certificate\",\"id\":\"%lld\","
                                        "\"signer\":\"package\",\"what\":\"ends\",\"who\":"
                                        "\"approver-2\"}",
                                        (long long)(c->not_after + 1), (long long)c->number)
                 .data);
    has(all, (const char *)world_format(&l.w,
                                        "{\"time\":%lld,\"kind\":\"orphan\",\"id\":\"package\","
                                        "\"signer\":\"package\",\"what\":\"keys are suspended\","
                                        "\"who\":\"approver-2\"}",
                                        (long long)(l.w.now + LIFE_GRACE))
                 .data);
    has(all, "\"what\":\"new key signs\",\"who\":null}");
    has(all, "\"what\":\"old key is deactivated\",\"who\":null}");
    has(all, "\"kind\":\"root\"");
    has(all, "\"what\":\"ends\",\"who\":\"certifiers\"}");
    has(all, "\"what\":\"is suspended if it stays unused\",\"who\":\"approver-2\"}");
    assert_null(strstr(calendar(&l, l.w.now + DAY), "certificate"));
    ok_call(json_canonical(bytes_text(all), &l.w.e), l.w.e);
}

static void lives_are_shown_as_their_records_are(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(buf) b = BUF(1 << 20);
    struct err e;
    living_make(&l);
    world_leave(&l.w, "release-engineer");
    accepted(&l.w, world_retire(&l.w, OFFICER_1, "path", "package"));
    ok_call(view_life(&b, l.w.state, &e), e);
    const char *all = buf_string(&b);
    has(all,
        "\"orphans\":[{\"signer\":\"desktop\",\"cause\":\"owner\",\"who\":\"release-engineer\"");
    has(all, "\"retirements\":[{\"kind\":\"path\",\"id\":\"package\"");
    has(all, "\"stages\":[]}");
    buf_reset(&b);
    ok_call(view_signer(&b, l.w.state, bytes_text("desktop"), l.w.now, &e), e);
    has(buf_string(&b), "\"timestamp\":true}");
    buf_reset(&b);
    ok_call(view_signer(&b, l.w.state, bytes_text("package"), l.w.now, &e), e);
    has(buf_string(&b), "\"timestamp\":false}");
}

/* Many keys with a certificate each: made of one, for what the tables cost. */
static void many(struct living *l, int64_t count)
{
    struct rules_state *s = l->w.state;
    struct err e;
    struct certificate c = *world_certificate(&l->w, &l->key);
    struct key_record key = *state_key(s, BYTES_OF(l->key.id));
    c.tbs = bytes_make(c.tbs.data, 64);
    c.der = bytes_make(c.der.data, 64);
    for (int64_t i = 0; i < count; i++) {
        uint8_t id[32];
        digest_sha256(id, bytes_make(&i, sizeof i));
        key.id = c.key = BYTES_OF(id);
        c.number = 1000 + i;
        struct stage stage = {.number = c.number, .stage = STAGE_FRESH};
        struct life life = {.id = BYTES_OF(id), .last_used = l->w.now, .uses = i};
        ok_call(state_put_key(s, &key, &e), e);
        ok_call(state_put_certificate(s, &c, &e), e);
        ok_call(state_put_stage(s, &stage, &e), e);
        ok_call(state_put_life(s, &life, &e), e);
    }
    changes_keep(&s->changes);
}

static void every_key_of_many_is_there_once(void **state)
{
    (void)state;
    enum { KEYS = 2000 };
    AUTO_VALUE(living) l;
    AUTO_VALUE(buf) b = BUF(1 << 26);
    struct inventory_filter filter = {0};
    struct err e;
    living_make(&l);
    many(&l, KEYS);
    ok_call(view_inventory(&b, l.w.state, &filter, &e), e);
    const char *at = buf_string(&b);
    size_t with_certificate = 0;
    for (int64_t i = 0; i < KEYS; i++) {
        char part[64];
        (void)snprintf(part, sizeof part, "\"certificate\":%lld,", (long long)(1000 + i));
        const char *found = strstr(at, part);
        with_certificate += found != NULL && strstr(found + 1, part) == NULL;
    }
    assert_int_equal(with_certificate, KEYS);
}

static const char *keys_of(struct living *l, struct keys_filter filter)
{
    AUTO_VALUE(buf) b = BUF(1 << 22);
    struct err e;
    ok_call(view_keys(&b, l->w.state, &filter, &e), e);
    ok_call(json_canonical(buf_bytes(&b), &e), e);
    return (const char *)world_copy(&l->w, buf_bytes(&b)).data;
}

static size_t times(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

static void some_keys_of_many_come_alone_or_page_by_page(void **state)
{
    (void)state;
    enum { KEYS = 700 };
    AUTO_VALUE(living) l;
    uint8_t next[32];
    size_t found = 0;
    struct err e;
    living_make(&l);
    many(&l, KEYS);
    /* The beginning of an id, of any number of digits. */
    char digits[10];
    (void)snprintf(digits, sizeof digits, "%s", l.id);
    const char *one =
        keys_of(&l, (struct keys_filter){.prefix = bytes_text(digits), .limit = VIEW_KEYS_MAX});
    assert_int_equal(times(one, "\"spki\""), 1);
    assert_int_equal(times(one, "\"not_after\""), 1);
    has(one, "\"next\":null}");
    assert_null(strstr(one, "\"der\""));
    /* All of a signer. */
    struct keys_filter filter = {.signer = bytes_text("package"), .limit = 100};
    for (;;) {
        const char *page = keys_of(&l, filter);
        size_t here = times(page, "\"spki\"");
        assert_int_equal(times(page, "\"not_after\""), here);
        found += here;
        const char *at = strstr(page, "\"next\":\"");
        if (at == NULL)
            break;
        assert_int_equal(here, 100);
        ok_call(hex_decode(next, sizeof next, bytes_make(at + 8, 64), &e), e);
        filter.from = BYTES_OF(next);
    }
    assert_int_equal(found, KEYS + 1);
    AUTO_VALUE(buf) b = BUF(1 << 20);
    filter.prefix = bytes_text("xyz");
    assert_false(view_keys(&b, l.w.state, &filter, &e));
    assert_int_equal(e.code, ERR_INPUT);
}

static void certificates_come_page_by_page(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(buf) b = BUF(1 << 20);
    struct err e;
    living_make(&l);
    many(&l, 10);
    ok_call(view_certificates(&b, l.w.state, 1000, 7, &e), e);
    assert_int_equal(times(buf_string(&b), "\"number\""), 7);
    has(buf_string(&b), "\"next\":1007}");
    buf_reset(&b);
    ok_call(view_certificates(&b, l.w.state, 1007, 7, &e), e);
    assert_int_equal(times(buf_string(&b), "\"number\""), 3);
    has(buf_string(&b), "\"next\":null}");
}

static void what_ends_soon_comes_page_by_page(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    uint8_t next[32];
    struct err e;
    living_make(&l);
    many(&l, 50);
    int64_t end = world_certificate(&l.w, &l.key)->not_after;
    struct inventory_filter filter = {.expiring = end + 1, .limit = 30};
    const char *first = inventory(&l, filter);
    assert_int_equal(times(first, "\"role\""), 30);
    assert_int_equal(times(first, "\"number\""), 30);
    const char *at = strstr(first, "\"next\":{\"keys\":\"");
    assert_non_null(at);
    ok_call(hex_decode(next, sizeof next, bytes_make(at + 16, 64), &e), e);
    filter.keys_from = BYTES_OF(next);
    filter.certificates_from = 1029;
    const char *second = inventory(&l, filter);
    assert_int_equal(times(second, "\"role\""), 21);
    assert_int_equal(times(second, "\"number\""), 21);
    has(second, "\"next\":{\"keys\":null,\"certificates\":null}");
    /* A certificate more, and the order of ends is another one. */
    many(&l, 60);
    assert_int_equal(
        times(inventory(&l, (struct inventory_filter){.expiring = end + 1}), "\"role\""), 61);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_inventory_says_whose_a_key_is_and_how_it_is_used),
        cmocka_unit_test(filters_leave_what_is_asked_for),
        cmocka_unit_test(the_calendar_says_what_ends_and_who_sees_to_it),
        cmocka_unit_test(lives_are_shown_as_their_records_are),
        cmocka_unit_test(every_key_of_many_is_there_once),
        cmocka_unit_test(some_keys_of_many_come_alone_or_page_by_page),
        cmocka_unit_test(certificates_come_page_by_page),
        cmocka_unit_test(what_ends_soon_comes_page_by_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
