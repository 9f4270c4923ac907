/* The files of a status: bytes and signatures in either order, and what stands there already. */
#include "record.h"
#include "unit/rules/world_revoking.h"

#include "base/file.h"
#include "pki/crl.h"
#include "proof/distrust.h"
#include "rules/watch.h"
#include "service/status.h"

struct story {
    struct world w;
    struct world_key key; /* of signer "package" */
    struct world_key list;
    char folder[32];
    struct status *status;
};

static void story_done(struct story *s)
{
    status_free(s->status);
    folder_remove(s->folder);
    world_key_done(&s->key);
    world_key_done(&s->list);
    world_done(&s->w);
}
AUTO_DONE(story)

static struct status *status_made(struct story *s)
{
    struct err e;
    struct status *made = NULL;
    ok_call(status_new(&made, s->folder, &e), e);
    return made;
}

static void story_make(struct story *s)
{
    *s = (struct story){.status = NULL};
    world_found(&s->w, false);
    world_ready(&s->w);
    world_second(&s->w);
    world_key_make(&s->w, &s->key, "package");
    world_role_key(&s->w, &s->list, "list", &s->w.root);
    folder_make(s->folder, sizeof s->folder);
    s->status = status_made(s);
}

static int64_t index_of(const struct story *s)
{
    return (int64_t)s->w.count - 1;
}

/* What the keeper says of the n-th file of the status just entered. */
struct said {
    int64_t index;
    struct bytes path;
    uint8_t signature[64];
};

static struct said said_make(struct story *s, size_t n)
{
    static const char prefix[] = "sealward-distrust-list";
    AUTO_VALUE(buf) tbs = BUF(1 << 20);
    AUTO_VALUE(buf) message = BUF(1 << 20);
    struct said said = {.index = index_of(s)};
    struct publication p;
    struct err e;
    ok_call(rules_publication(&p, s->w.state, n, &e), e);
    ok_call(rules_publication_build(&tbs, s->w.state, n, &e), e);
    if (p.kind == PUBLICATION_LIST)
        buf_put(&message, bytes_make(prefix, sizeof prefix));
    buf_put(&message, buf_bytes(&tbs));
    const struct world_key *key = p.kind == PUBLICATION_LIST ? &s->list : &s->w.ca;
    ok_call(session_key_sign(key->p256, said.signature, buf_bytes(&message), &e), e);
    said.path = world_copy(&s->w, bytes_text(p.path));
    return said;
}

static void say(struct story *s, const struct said *said)
{
    struct err e;
    ok_call(status_sign(s->status, said->index, said->path, BYTES_OF(said->signature), &e), e);
}

static void build(struct story *s)
{
    struct err e;
    ok_call(status_build(s->status, s->w.state, index_of(s), &e), e);
}

static void step(struct story *s)
{
    struct err e;
    ok_call(status_step(s->status, &e), e);
}

static struct bytes file_of(struct story *s, struct bytes name)
{
    AUTO_VALUE(buf) path = BUF(256);
    AUTO_VALUE(buf) file = BUF(1 << 20);
    struct err e;
    buf_printf(&path, "%s/%.*s", s->folder, BYTES_PRINT(name));
    if (!file_read(&file, buf_string(&path), FILE_REGULAR, &e))
        return BYTES_NONE;
    return world_copy(&s->w, buf_bytes(&file));
}

static uint64_t list_number(struct story *s)
{
    AUTO_VALUE(arena) arena = DISTRUST_ARENA;
    struct distrust list;
    struct err e;
    struct bytes file = file_of(s, bytes_text("distrust/list"));
    if (file.data == NULL)
        return 0;
    ok_call(distrust_open(&list, file, &arena, &e), e);
    return list.head.number;
}

/* Enters a status, builds it, and signs all its files. */
static void publish(struct story *s)
{
    s->w.now += MINUTE;
    accepted(&s->w, world_status(&s->w));
    build(s);
    for (size_t n = 0; n < 2; n++) {
        struct said said = said_make(s, n);
        say(s, &said);
    }
    step(s);
}

static void files_are_written_when_their_signatures_are_there(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    accepted(&s.w, world_status(&s.w));
    build(&s);
    struct said list = said_make(&s, 0);
    struct said crl = said_make(&s, 1);
    step(&s);
    assert_int_equal(list_number(&s), 0);
    say(&s, &list);
    step(&s);
    assert_int_equal(list_number(&s), 1);
    assert_int_equal(status_newest(s.status).number, -1);
    assert_null(file_of(&s, crl.path).data);
    say(&s, &crl);
    step(&s);
    struct crl read;
    ok_call(crl_parse(&read, file_of(&s, crl.path), &s.w.e), s.w.e);
    struct status_written newest = status_newest(s.status);
    uint8_t digest[32];
    digest_sha256(digest, file_of(&s, bytes_text("distrust/list")));
    assert_int_equal(newest.number, 1);
    assert_true(newest.listed);
    assert_memory_equal(newest.list, digest, sizeof digest);
}

static void signatures_may_come_before_the_entry(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    accepted(&s.w, world_status(&s.w));
    struct said list = said_make(&s, 0);
    struct said crl = said_make(&s, 1);
    say(&s, &list);
    say(&s, &crl);
    step(&s);
    assert_int_equal(list_number(&s), 0);
    build(&s);
    step(&s);
    assert_int_equal(list_number(&s), 1);
    assert_int_equal(status_newest(s.status).number, 1);
}

static void the_state_may_have_moved_on(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    accepted(&s.w, world_status(&s.w));
    build(&s);
    struct said list = said_make(&s, 0);
    world_revoke_key(&s.w, &s.key);
    struct err e;
    ok_err(status_build(s.status, s.w.state, index_of(&s), &e), e, ERR_CONFLICT, "no status");
    say(&s, &list);
    step(&s);
    assert_int_equal(list_number(&s), 1);
}

static void a_signature_over_other_bytes_writes_nothing(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    accepted(&s.w, world_status(&s.w));
    build(&s);
    struct said list = said_make(&s, 0);
    struct said false_one = list;
    false_one.signature[5] ^= 1;
    say(&s, &false_one);
    step(&s);
    assert_int_equal(list_number(&s), 0);
    say(&s, &list);
    step(&s);
    assert_int_equal(list_number(&s), 1);
}

static void an_older_one_never_takes_the_place_of_a_newer(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    accepted(&s.w, world_status(&s.w));
    build(&s);
    struct said old = said_make(&s, 0);
    publish(&s);
    assert_int_equal(list_number(&s), 2);
    say(&s, &old);
    step(&s);
    assert_int_equal(list_number(&s), 2);
    /* Another process finds out by what stands there. */
    struct bytes before = file_of(&s, bytes_text("distrust/list"));
    publish(&s);
    assert_int_equal(list_number(&s), 3);
    status_free(s.status);
    s.status = status_made(&s);
    AUTO_VALUE(buf) path = BUF(256);
    buf_printf(&path, "%s/distrust/list", s.folder);
    ok_call(file_replace(buf_string(&path), before, 0644, &s.w.e), s.w.e);
    build(&s);
    struct said again = said_make(&s, 0);
    say(&s, &again);
    step(&s);
    assert_int_equal(list_number(&s), 3);
}

static void an_older_crl_never_takes_the_place_of_a_newer(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    AUTO_VALUE(buf) path = BUF(256);
    story_make(&s);
    accepted(&s.w, world_status(&s.w));
    build(&s);
    struct said old = said_make(&s, 1);
    world_revoke_key(&s.w, &s.key);
    publish(&s);
    struct bytes newer = file_of(&s, old.path);
    assert_non_null(newer.data);
    say(&s, &old);
    step(&s);
    assert_true(bytes_equal(file_of(&s, old.path), newer));
    /* Cut, it is no CRL, and is made anew. */
    buf_printf(&path, "%s/%.*s", s.folder, BYTES_PRINT(old.path));
    ok_call(file_replace(buf_string(&path), bytes_make(newer.data, 99), 0644, &s.w.e), s.w.e);
    publish(&s);
    struct crl read;
    ok_call(crl_parse(&read, file_of(&s, old.path), &s.w.e), s.w.e);
}

static void what_stands_there_and_cannot_be_read_is_replaced(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    AUTO_VALUE(buf) path = BUF(256);
    story_make(&s);
    publish(&s);
    buf_printf(&path, "%s/distrust/list", s.folder);
    struct bytes whole = file_of(&s, bytes_text("distrust/list"));
    ok_call(file_replace(buf_string(&path), bytes_make(whole.data, 99), 0644, &s.w.e), s.w.e);
    status_free(s.status);
    s.status = status_made(&s);
    publish(&s);
    assert_int_equal(list_number(&s), 2);
}

static void a_file_that_cannot_be_written_is_tried_again(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    AUTO_VALUE(buf) path = BUF(256);
    struct err e;
    story_make(&s);
    accepted(&s.w, world_status(&s.w));
    build(&s);
    struct said list = said_make(&s, 0);
    say(&s, &list);
    buf_printf(&path, "%s/distrust", s.folder);
    ok_call(file_replace(buf_string(&path), bytes_text("in the way"), 0644, &e), e);
    assert_false(status_step(s.status, &e));
    ok_call(file_remove(buf_string(&path), &e), e);
    step(&s);
    assert_int_equal(list_number(&s), 1);
}

static void only_the_last_few_wait_for_signatures(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    accepted(&s.w, world_status(&s.w));
    build(&s);
    struct said first = said_make(&s, 0);
    struct said last = first;
    for (int i = 0; i < STATUS_KEPT; i++) {
        s.w.now += MINUTE;
        accepted(&s.w, world_status(&s.w));
        build(&s);
        last = said_make(&s, 0);
    }
    say(&s, &first);
    step(&s);
    assert_int_equal(list_number(&s), 0);
    say(&s, &last);
    step(&s);
    assert_int_equal(list_number(&s), STATUS_KEPT + 1);
}

/* --- rules/watch ------------------------------------------------------------------------------ */

static void watchers_see_revocations_and_what_stands_open(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    struct watched_revocation revocation;
    struct watched_status status;
    struct watched_certificate newest;
    struct watched_counts counts;
    struct watched_class class;
    story_make(&s);
    assert_false(watch_status(&status, s.w.state));
    assert_false(watch_revocation_at(&revocation, s.w.state, 0));
    world_revoke_key(&s.w, &s.key);
    const char *id = world_hex(&s.w, BYTES_OF(s.key.id));
    assert_true(watch_revocation(&revocation, s.w.state, bytes_text("key"), bytes_text(id)));
    assert_string_equal(revocation.reason, "keyCompromise");
    assert_int_equal(revocation.status, -1);
    assert_false(watch_revocation(&revocation, s.w.state, bytes_text("path"), bytes_text(id)));
    accepted(&s.w, world_status(&s.w));
    assert_true(watch_status(&status, s.w.state));
    assert_true(watch_revocation(&revocation, s.w.state, bytes_text("key"), bytes_text(id)));
    assert_int_equal(revocation.status, status.number);
    watch_counts(&counts, s.w.state);
    assert_true(counts.revocations >= 2 && counts.unratified == 1 && counts.overdue == 0);
    assert_true(watch_certificate_at(&newest, s.w.state, 0));
    assert_memory_equal(newest.key.data, s.list.id, 32);
    size_t classes = 0;
    size_t confirming = 0;
    for (; watch_class_at(&class, s.w.state, classes); classes++)
        confirming += class.confirms;
    assert_int_equal(classes, 4);
    assert_int_equal(confirming, 2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_written_when_their_signatures_are_there),
        cmocka_unit_test(signatures_may_come_before_the_entry),
        cmocka_unit_test(the_state_may_have_moved_on),
        cmocka_unit_test(a_signature_over_other_bytes_writes_nothing),
        cmocka_unit_test(an_older_one_never_takes_the_place_of_a_newer),
        cmocka_unit_test(an_older_crl_never_takes_the_place_of_a_newer),
        cmocka_unit_test(what_stands_there_and_cannot_be_read_is_replaced),
        cmocka_unit_test(a_file_that_cannot_be_written_is_tried_again),
        cmocka_unit_test(only_the_last_few_wait_for_signatures),
        cmocka_unit_test(watchers_see_revocations_and_what_stands_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
