/* Doing things while nobody knows what time it is, or making it certain alone. */
#include "world.h"

struct doubted {
    struct world w;
    struct world_key key;
    struct world_key planned;
    struct signed_file file;
    uint8_t waiting[32]; /* a grant that waits */
    const char *doubt;
};

static void doubted_done(struct doubted *d)
{
    world_key_done(&d->key);
    world_key_done(&d->planned);
    world_done(&d->w);
}
AUTO_DONE(doubted)

static void doubted_make(struct doubted *d)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct world *w = &d->w;
    world_found(w, false);
    world_ready(w);
    world_key_make(w, &d->key, "desktop");
    world_key_plan(w, &d->planned, "package", "soft", "p-256");
    struct bytes tar = world_artifact(w, "app-1.tar", "cms", "one");
    accepted(w, world_grant(w, "ci-app", world_grant_body(w, "desktop", tar, 4, 3600)));
    memcpy(d->waiting, w->grant, sizeof d->waiting);
    accepted(w, world_grant(w, "ci-app", world_grant_body(w, "desktop", tar, 4, 3600)));
    accepted(w, world_approve(w, APPROVER_1, w->grant));
    d->file = world_cms(w, "one");
    accepted(w, world_sign(w, &d->key, d->file.digest));
    rules_doubt_body(&body, DOUBT_STEP, w->now + 2 * HOUR);
    accepted(w, world_enter(w, "clock-doubt", buf_bytes(&body)));
    d->doubt = world_base64(w, BYTES_OF(w->leaf));
}

static bool confirm(struct doubted *d, enum hand hand)
{
    return world_say(&d->w, hand, "clock-confirm",
                     world_format(&d->w, "{\"doubt\":\"%s\"}", d->doubt));
}

static void nothing_raises_trust_in_doubt(void **state)
{
    (void)state;
    AUTO_VALUE(doubted) d = {.doubt = NULL};
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct work work;
    doubted_make(&d);
    struct world *w = &d.w;
    struct bytes detail = world_key_detail(w, "desktop", "soft", "p-256");
    struct bytes tar = world_artifact(w, "app-1.tar", "cms", "one");
    refused(w, world_propose(w, ENGINEER, "key", detail), "clock.doubt");
    refused(w, world_approve(w, APPROVER_1, d.waiting), "clock.doubt");
    refused(w, world_bind(w, &d.key, d.file.digest, 0, d.file.preimages, 1), "clock.doubt");
    refused(w, world_sign(w, &d.key, world_cms(w, "two").digest), "clock.doubt");
    refused(w, world_enter(w, "key", world_key_body(w, &d.planned, "soft", world_attributes)),
            "clock.doubt");
    refused(w, world_grant(w, "machine", world_grant_body(w, "desktop", tar, 1, 60)),
            "clock.doubt");
    ok_call(rules_work(&work, w->state, 0, &w->e), w->e);
    assert_int_equal(work.kind, WORK_NONE);
    rules_doubt_body(&body, DOUBT_STEP, w->now);
    refused(w, world_enter(w, "clock-doubt", buf_bytes(&body)), "clock.doubted");
}

static void what_reduces_trust_goes_on_in_doubt(void **state)
{
    (void)state;
    AUTO_VALUE(doubted) d = {.doubt = NULL};
    doubted_make(&d);
    struct world *w = &d.w;
    accepted(w, world_reject(w, APPROVER_1, d.waiting));
    accepted(w, world_suspend(w, OFFICER_1, "path", "desktop"));
    accepted(w, world_suspend(w, OFFICER_1, "key", world_hex(w, BYTES_OF(d.key.id))));
    accepted(w, world_close(w));
    assert_string_equal(w->out.findings->kind, "grant.unbound");
}

static void the_time_is_confirmed_by_two(void **state)
{
    (void)state;
    AUTO_VALUE(doubted) d = {.doubt = NULL};
    doubted_make(&d);
    struct world *w = &d.w;
    refused(w, confirm(&d, APPROVER_1), "clock.team");
    accepted(w, confirm(&d, OFFICER_3));
    refused(w, confirm(&d, OFFICER_3), "clock.again");
    refused(w, confirm(&d, OFFICER_3_AGAIN), "clock.again");
    assert_true(w->head.clock_doubted);
    accepted(w, confirm(&d, OFFICER_1));
    assert_false(w->head.clock_doubted);
    w->now++;
    refused(w, confirm(&d, OFFICER_2), "clock.doubt");
    accepted(w, world_bind(w, &d.key, d.file.digest, 0, d.file.preimages, 1));
}

static void an_old_confirmation_does_not_end_a_new_doubt(void **state)
{
    (void)state;
    AUTO_VALUE(doubted) d = {.doubt = NULL};
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    doubted_make(&d);
    struct world *w = &d.w;
    struct bytes said = world_format(w, "{\"doubt\":\"%s\"}", d.doubt);
    struct statement s = world_statement(w, "clock-confirm", bytes_text("person/officer-2"), said);
    struct bytes kept = world_signed(w, &s, OFFICER_2);
    accepted(w, confirm(&d, OFFICER_1));
    accepted(w, confirm(&d, OFFICER_3));
    rules_doubt_body(&body, DOUBT_STEP, w->now + 2 * HOUR);
    accepted(w, world_enter(w, "clock-doubt", buf_bytes(&body)));
    refused(w, world_enter(w, "clock-confirm", kept), "clock.doubt");
    d.doubt = world_base64(w, BYTES_OF(w->leaf));
    accepted(w, confirm(&d, OFFICER_1)); /* what he said of the last doubt does not count here */
    assert_true(w->head.clock_doubted);
}

static void windows_close_in_doubt_too(void **state)
{
    (void)state;
    AUTO_VALUE(doubted) d = {.doubt = NULL};
    doubted_make(&d);
    struct world *w = &d.w;
    w->now += HOUR;
    accepted(w, confirm(&d, OFFICER_1));
    assert_string_equal(w->out.findings->kind, "grant.unbound");
    refused(w, world_close(w), "grant.expired");
}

static void nothing_is_signed_again_in_doubt(void **state)
{
    (void)state;
    AUTO_VALUE(doubted) d = {.doubt = NULL};
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    struct entry request;
    doubted_make(&d);
    struct world *w = &d.w;
    ok_call(entry_read(&request, w->entries[w->count - 2], &arena, &w->e), w->e);
    ok_text(request.type, "request");
    ok_err(rules_sign_again(w->state, &request, 0, 0, &w->out, &w->e), w->e, ERR_REFUSED, "doubt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_raises_trust_in_doubt),
        cmocka_unit_test(what_reduces_trust_goes_on_in_doubt),
        cmocka_unit_test(the_time_is_confirmed_by_two),
        cmocka_unit_test(an_old_confirmation_does_not_end_a_new_doubt),
        cmocka_unit_test(windows_close_in_doubt_too),
        cmocka_unit_test(nothing_is_signed_again_in_doubt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
