/* The account of what was signed, from a record as the rulebook makes it. */
#include "record.h"

#include "base/hex.h"
#include "service/account.h"
#include "service/catalog.h"
#include "service/signature.h"

static struct record record;
static char folder[32];
static char path[64];
static struct catalog *catalog;
static struct search *search;
static int64_t cut;          /* between the two grants */
static struct bytes to_sign; /* the digest that is bound */

/* Puts every entry into the index as the follower does. */
static void record_index(struct catalog *c)
{
    struct err e;
    AUTO(replica) r = NULL;
    ok_call(replica_new(&r, &e), e);
    ok_call(catalog_begin(c, &e), e);
    for (size_t i = 0; i < record.world.count; i++) {
        AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
        AUTO_VALUE(outcome) out;
        struct entry entry;
        struct trace trace;
        outcome_init(&out);
        ok_call(replica_apply(r, record.world.entries[i], &entry, &out, &e), e);
        ok_call(replica_trace(&trace, r, &entry, &out, &arena, &e), e);
        ok_call(catalog_put(c, &entry, &trace, &e), e);
    }
    ok_call(catalog_commit(c, &e), e);
}

/* A second grant, two months later: three digests in one request, one bound. */
static void second_grant(struct world *w)
{
    struct request_item items[3];
    uint8_t digests[3][32];
    struct signed_file file = world_cms(w, "tool");
    for (int i = 0; i < 3; i++) {
        digest_sha256(digests[i], bytes_make(&i, sizeof i));
        items[i] = (struct request_item){.digest = BYTES_OF(digests[i]), .artifact = -1};
    }
    items[0].digest = file.digest;
    to_sign = file.digest;
    w->now += 20 * DAY;
    cut = w->now;
    accepted(w,
             world_grant(w, "ci-app",
                         world_grant_body(w, "package",
                                          world_artifact(w, "tool.tar", "cms", "tool"), 4, 3600)));
    accepted(w, world_sign_items(w, &record.key, items, 3));
    accepted(w, world_bind(w, &record.key, file.digest, 0, file.preimages, file.count));
    accepted(w, world_close(w));
}

static int group_setup(void **state)
{
    (void)state;
    bool rebuilt;
    struct err e;
    record_make(&record);
    second_grant(&record.world);
    folder_make(folder, sizeof folder);
    (void)snprintf(path, sizeof path, "%s/index.db", folder);
    ok_call(catalog_open(&catalog, path, &rebuilt, &e), e);
    record_index(catalog);
    ok_call(search_open(&search, path, 1, &e), e);
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    search_free(search);
    catalog_free(catalog);
    folder_remove(folder);
    record_end(&record);
    return 0;
}

static struct account_query query_of(const char *kind, const char *id, size_t limit)
{
    return (struct account_query){.kind = bytes_text(kind),
                                  .id = bytes_text(id),
                                  .before = INDEX_FROM_NEWEST,
                                  .limit = limit};
}

static const char *key_hex(void)
{
    return world_hex(&record.world, BYTES_OF(record.key.id));
}

#define shows(b, part)                                                                             \
    do {                                                                                           \
        if (!has((b), (part)))                                                                     \
            fail_msg("no %s in %s", (part), buf_string(b));                                        \
    } while (0)

static void a_key_answers_for_what_it_signed(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(buf) b = BUF(1 << 20);
    struct account_query query = query_of("key", key_hex(), 10);
    ok_call(account_radius(search, &query, bytes_text("[]"), &b, &e), e);
    shows(&b, "\"signatures\":4,");
    shows(&b, "\"totals\":[{\"path\":\"package\",\"month\":\"2027-01\",\"count\":1},"
              "{\"path\":\"package\",\"month\":\"2027-02\",\"count\":3}]");
    shows(&b, "\"actor\":\"workload/ci-app\",\"approvals\":[]");
    shows(&b, "\"name\":\"tool.tar\",\"format\":\"cms\"");
    shows(&b, "\"next\":null}");
}

static void every_scope_finds_the_same_signatures(void **state)
{
    (void)state;
    struct err e;
    char signature[65];
    uint8_t id[32];
    uint8_t digest[32];
    distrust_signature_id(id, record.key.id, to_sign);
    (void)hex_string(signature, BYTES_OF(id));
    digest_sha256(digest, bytes_text("tool"));
    const struct {
        const char *kind;
        const char *id;
        const char *shown;
    } cases[] = {
        {"certificate", "2", "\"signatures\":4,"},
        {"certificate", "77", "\"signatures\":0,"},
        {"path", "package", "\"signatures\":4,"},
        {"path", "nowhere", "\"signatures\":0,\"first\":null,\"last\":null,\"totals\":[],"},
        {"workload", "ci-app", "\"signatures\":4,"},
        {"person", "officer-1", "\"signatures\":0,"},
        {"grant", world_hex(&record.world, BYTES_OF(record.world.grant)), "\"signatures\":3,"},
        {"artifact", world_hex(&record.world, BYTES_OF(digest)), "\"signatures\":1,"},
        {"signature", signature, "\"signatures\":1,"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(buf) b = BUF(1 << 20);
        struct account_query query = query_of(cases[i].kind, cases[i].id, 10);
        ok_call(account_radius(search, &query, bytes_text("[]"), &b, &e), e);
        shows(&b, cases[i].shown);
    }
}

static void pages_follow_each_other(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(buf) first = BUF(1 << 20);
    AUTO_VALUE(buf) second = BUF(1 << 20);
    int64_t request = (int64_t)record.world.count - 3;
    char next[40];
    struct account_query query = query_of("path", "package", 3);
    ok_call(account_radius(search, &query, bytes_text("[]"), &first, &e), e);
    (void)snprintf(next, sizeof next, "\"next\":\"%lld-0\"}", (long long)request);
    shows(&first, next);
    query.before = (struct index_hit){.entry = request, .item = 0};
    ok_call(account_radius(search, &query, bytes_text("[]"), &second, &e), e);
    shows(&second, "\"signatures\":4,");
    shows(&second, "\"next\":null}");
    assert_false(has(&second, "tool.tar"));
}

static void an_effective_time_parts_what_falls_from_what_stays(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(buf) b = BUF(1 << 20);
    struct account_query query = query_of("key", key_hex(), 10);
    query.effective = cut;
    ok_call(account_what_if(search, &query, &b, &e), e);
    shows(&b, "\"fall\":3,\"survive\":1,"
              "\"paths\":[{\"path\":\"package\",\"fall\":3,\"survive\":1}]");
    shows(&b, "\"last_good\":{\"entry\"");
    shows(&b, "OpenSSL");
    buf_reset(&b);
    query.effective = 0;
    ok_call(account_what_if(search, &query, &b, &e), e);
    shows(&b, "\"fall\":4,\"survive\":0,");
    shows(&b, "\"last_good\":null");
    buf_reset(&b);
    query.effective = cut + 365 * DAY;
    ok_call(account_what_if(search, &query, &b, &e), e);
    shows(&b, "\"fall\":0,\"survive\":4,");
}

static void an_artifact_falls_whatever_its_time(void **state)
{
    (void)state;
    struct err e;
    uint8_t digest[32];
    AUTO_VALUE(buf) b = BUF(1 << 20);
    digest_sha256(digest, bytes_text("tool"));
    struct account_query query =
        query_of("artifact", world_hex(&record.world, BYTES_OF(digest)), 10);
    query.effective = cut + 365 * DAY;
    ok_call(account_what_if(search, &query, &b, &e), e);
    shows(&b, "\"effective\":0,\"fall\":1,\"survive\":0,");
    shows(&b, "certificates alone");
}

static void a_story_is_told_with_its_approvals(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(buf) b = BUF(1 << 20);
    struct story_query query = {
        .kind = bytes_text("key"), .id = bytes_text(key_hex()), .after = -1, .limit = 100};
    ok_call(account_story(search, &query, &b, &e), e);
    shows(&b, "\"type\":\"proposal\"");
    shows(&b, "\"type\":\"approval\"");
    shows(&b, "\"type\":\"key\"");
    shows(&b, "\"type\":\"certificate\"");
    assert_false(has(&b, "\"type\":\"request\""));
    shows(&b, "\"next\":null}");
    buf_reset(&b);
    query = (struct story_query){
        .kind = bytes_text("person"), .id = bytes_text("officer-1"), .after = -1, .limit = 2};
    ok_call(account_story(search, &query, &b, &e), e);
    assert_false(has(&b, "\"next\":null}"));
    buf_reset(&b);
    query = (struct story_query){
        .kind = bytes_text("certificate"), .id = bytes_text("2"), .after = -1, .limit = 9};
    ok_call(account_story(search, &query, &b, &e), e);
    shows(&b, "\"type\":\"certificate\"");
    shows(&b, "\"type\":\"issuance\"");
    shows(&b, "\"type\":\"approval\"");
}

static void what_cannot_be_asked_is_said(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(buf) b = BUF(1 << 20);
    const struct {
        const char *kind;
        const char *id;
        const char *said;
    } cases[] = {{"nothing", "x", "no account"},
                 {"key", "abcd", "no hex"},
                 {"key", "zz", "no hex"},
                 {"certificate", "x", "number"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct account_query query = query_of(cases[i].kind, cases[i].id, 10);
        ok_err(account_radius(search, &query, bytes_text("[]"), &b, &e), e, ERR_INPUT,
               cases[i].said);
    }
    struct account_query query = query_of("person", "officer-1", 10);
    ok_err(account_what_if(search, &query, &b, &e), e, ERR_INPUT, "not revoked");
    struct story_query story = {
        .kind = bytes_text("certificate"), .id = bytes_text("99"), .after = -1, .limit = 9};
    ok_err(account_story(search, &story, &b, &e), e, ERR_NOT_FOUND, "no certificate");
    story.kind = bytes_text("tale");
    ok_err(account_story(search, &story, &b, &e), e, ERR_INPUT, "no story");
    assert_int_equal(b.size, 0);
}

static void a_wiped_index_gives_the_same_account_again(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(buf) before = BUF(1 << 20);
    AUTO_VALUE(buf) after = BUF(1 << 20);
    struct account_query query = query_of("key", key_hex(), 10);
    ok_call(account_radius(search, &query, bytes_text("[]"), &before, &e), e);
    ok_call(catalog_wipe(catalog, &e), e);
    record_index(catalog);
    ok_call(account_radius(search, &query, bytes_text("[]"), &after, &e), e);
    ok_bytes(buf_bytes(&after), buf_bytes(&before));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_answers_for_what_it_signed),
        cmocka_unit_test(every_scope_finds_the_same_signatures),
        cmocka_unit_test(pages_follow_each_other),
        cmocka_unit_test(an_effective_time_parts_what_falls_from_what_stays),
        cmocka_unit_test(an_artifact_falls_whatever_its_time),
        cmocka_unit_test(a_story_is_told_with_its_approvals),
        cmocka_unit_test(what_cannot_be_asked_is_said),
        cmocka_unit_test(a_wiped_index_gives_the_same_account_again),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
