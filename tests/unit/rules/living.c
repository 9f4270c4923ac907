/* What time does to keys and certificates: disuse, stages, renewal, the end. */
#include "world_living.h"
#include "world_revoking.h"

#include "base/hex.h"
#include "rules/proposals.h"

static const struct stage *stage_of(struct living *l)
{
    const struct stage *stage = state_stage(l->w.state, world_certificate(&l->w, &l->key)->number);
    assert_non_null(stage);
    return stage;
}

/* ---- Use ---- */

static void a_key_remembers_its_last_use_and_how_often(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    const struct life *life = state_life(l.w.state, BYTES_OF(l.key.id));
    assert_non_null(life);
    assert_int_equal(life->uses, 0);
    world_wait(&l.w, HOUR);
    accepted(&l.w, world_use(&l.w, &l.key, "one"));
    life = state_life(l.w.state, BYTES_OF(l.key.id));
    assert_int_equal(life->uses, 1);
    assert_int_equal(life->last_used, l.w.now);
}

static void a_key_that_signs_nothing_is_suspended_when_its_time_comes(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    int64_t since = state_life(l.w.state, BYTES_OF(l.key.id))->last_used;
    world_wait_until(&l.w, since + LIFE_UNUSED - 1);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_ACTIVE);
    world_wait(&l.w, 1);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_SUSPENDED);
    assert_int_equal(world_findings(&l.w, "key.unused"), 1);
    const struct suspension *p = state_suspension(l.w.state, SUSPENDED_KEY, bytes_text(l.id));
    assert_non_null(p);
    ok_text(p->actor, "authority");
    refused(&l.w, world_use(&l.w, &l.key, "late"), "key.suspended");
    /* It is resumed like every other, and has its whole time again. */
    world_decide(&l.w, "resume", world_resume_detail(&l.w, "key", l.id), OFFICER_2, APPROVER_2);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_ACTIVE);
    world_wait(&l.w, DAY);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_ACTIVE);
    accepted(&l.w, world_use(&l.w, &l.key, "again"));
}

static void the_leaf_of_such_a_suspension_is_a_hash_of_what_it_says(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    uint8_t leaf[32];
    living_make(&l);
    int64_t due = state_life(l.w.state, BYTES_OF(l.key.id))->last_used + LIFE_UNUSED;
    world_wait_until(&l.w, due + HOUR);
    struct bytes text = world_format(
        &l.w, "{\"authority\":\"%s\",\"key\":\"%s\",\"cause\":\"unused\",\"time\":%lld}",
        world_base64(&l.w, BYTES_OF(l.w.head.authority)), world_base64(&l.w, BYTES_OF(l.key.id)),
        (long long)due);
    digest_sha256(leaf, text);
    const struct suspension *p = state_suspension(l.w.state, SUSPENDED_KEY, bytes_text(l.id));
    assert_non_null(p);
    ok_bytes(p->leaf, BYTES_OF(leaf));
    assert_int_equal(p->time, due);
}

static void use_puts_it_off(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    world_wait_until(&l.w, l.w.now + LIFE_UNUSED - DAY);
    accepted(&l.w, world_use(&l.w, &l.key, "one"));
    world_wait_until(&l.w, l.w.now + 20 * DAY);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_ACTIVE);
}

/* ---- Stages ---- */

static void a_certificate_is_renewed_warned_of_alarmed_about_and_ends(void **state)
{
    (void)state;
    static const struct {
        int64_t before;
        int stage;
        const char *kind;
    } steps[] = {{LIFE_RENEW, STAGE_RENEW, "certificate.renew"},
                 {LIFE_WARN, STAGE_WARN, "certificate.warn"},
                 {LIFE_ALARM, STAGE_ALARM, "certificate.alarm"},
                 {-1, STAGE_EXPIRED, "certificate.expired"}};
    AUTO_VALUE(living) l;
    living_make(&l);
    int64_t end = world_certificate(&l.w, &l.key)->not_after;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        world_wait_until(&l.w, end - steps[i].before - 1);
        assert_int_equal(stage_of(&l)->stage, steps[i].stage - 1);
        world_wait(&l.w, 1);
        assert_int_equal(stage_of(&l)->stage, steps[i].stage);
        assert_int_equal(world_findings(&l.w, steps[i].kind), 1);
        assert_non_null(strstr(world_finding(&l.w, steps[i].kind), "release-engineer"));
    }
}

static void a_certificate_of_no_signer_has_windows_by_its_validity(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    struct windows w;
    living_make(&l);
    AUTO_VALUE(world_key) list = {0};
    world_role_key(&l.w, &list, "list", &l.w.root);
    const struct certificate *c = world_certificate(&l.w, &list);
    windows_find(&w, l.w.state->signers, c);
    assert_int_equal(w.renew, 18 * DAY);
    assert_int_equal(w.warn, 9 * DAY);
    assert_int_equal(w.alarm, 9 * DAY / 2);
    world_wait_until(&l.w, c->not_after - 18 * DAY);
    assert_int_equal(world_findings(&l.w, "certificate.renew"), 1);
    assert_non_null(strstr(world_finding(&l.w, "certificate.renew"), "list"));
}

static void the_end_of_an_older_certificate_concerns_nobody(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    uint8_t proposal[32];
    living_make(&l);
    int64_t old = world_certificate(&l.w, &l.key)->number;
    struct bytes detail =
        world_issuance_detail(&l.w, &l.key, "private", "package", "package", INT64_C(90) * 86400);
    world_wait(&l.w, DAY);
    accepted(&l.w, world_propose(&l.w, ENGINEER, "issuance", detail));
    memcpy(proposal, l.w.leaf, sizeof proposal);
    accepted(&l.w, world_approve(&l.w, OFFICER_3, proposal));
    accepted(&l.w, world_approve(&l.w, APPROVER_1, proposal));
    accepted(&l.w, world_issue(&l.w, proposal));
    assert_non_null(state_stage(l.w.state, old));
    accepted(&l.w,
             world_enter(&l.w, "certificate", world_certificate_body(&l.w, l.w.leaf, &l.w.ca)));
    assert_null(state_stage(l.w.state, old));
    assert_int_equal(stage_of(&l)->stage, STAGE_FRESH);
}

/* ---- Renewal ---- */

static bool renew(struct living *l, int64_t number)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    rules_renewal_body(&body, number);
    return world_enter(&l->w, "renewal", buf_bytes(&body));
}

/* The number that the keeper is told to renew; -1: none. */
static int64_t renewal_due(struct living *l)
{
    struct work work = {.kind = WORK_CERTIFY};
    struct err e;
    for (size_t n = 0; work.kind != WORK_NONE; n++) {
        ok_call(rules_work(&work, l->w.state, n, &e), e);
        if (work.kind == WORK_RENEW)
            return work.number;
    }
    return -1;
}

static void a_renewal_is_proposed_by_itself_and_decided_by_people(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    const struct certificate *old = world_certificate(&l.w, &l.key);
    int64_t number = old->number;
    int64_t end = old->not_after;
    assert_int_equal(renewal_due(&l), -1);
    refused(&l.w, renew(&l, number), "renewal.window");
    failed(&l.w, renew(&l, 999), ERR_NOT_FOUND, "no certificate number 999");
    accepted(&l.w, world_use(&l.w, &l.key, "one"));
    world_wait_until(&l.w, end - LIFE_RENEW);
    assert_int_equal(renewal_due(&l), number);
    accepted(&l.w, renew(&l, number));
    uint8_t proposal[32];
    memcpy(proposal, l.w.leaf, sizeof proposal);
    assert_int_equal(renewal_due(&l), -1);
    refused(&l.w, renew(&l, number), "renewal.open");
    const struct decision *d = state_decision(l.w.state, BYTES_OF(proposal));
    assert_non_null(d);
    ok_text(d->actor, "authority");
    /* The duties of the key count, and the quorum of every issuance. */
    refused(&l.w, world_approve(&l.w, ENGINEER, proposal), "approval.team");
    refused(&l.w, world_approve(&l.w, OFFICER_1, proposal), "duty.key.approve/issuance.approve");
    accepted(&l.w, world_approve(&l.w, OFFICER_3, proposal));
    assert_false(state_decision(l.w.state, BYTES_OF(proposal))->approved);
    accepted(&l.w, world_approve(&l.w, APPROVER_1, proposal));
    accepted(&l.w, world_issue(&l.w, proposal));
    accepted(&l.w,
             world_enter(&l.w, "certificate", world_certificate_body(&l.w, l.w.leaf, &l.w.ca)));
    const struct certificate *c = world_certificate(&l.w, &l.key);
    assert_true(c->number > number && c->not_after > end);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_ACTIVE);
    refused(&l.w, renew(&l, number), "renewal.over");
    refused(&l.w, renew(&l, c->number), "renewal.window");
}

static void a_renewal_that_people_reject_is_not_asked_for_again_at_once(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    int64_t number = world_certificate(&l.w, &l.key)->number;
    int64_t end = world_certificate(&l.w, &l.key)->not_after;
    accepted(&l.w, world_use(&l.w, &l.key, "one"));
    world_wait_until(&l.w, end - LIFE_RENEW);
    accepted(&l.w, renew(&l, number));
    accepted(&l.w, world_reject(&l.w, OFFICER_1, l.w.leaf));
    assert_int_equal(renewal_due(&l), -1);
    refused(&l.w, renew(&l, number), "renewal.open");
    /* The warning asks once more. */
    accepted(&l.w, world_use(&l.w, &l.key, "two"));
    world_wait_until(&l.w, end - LIFE_WARN);
    assert_int_equal(renewal_due(&l), number);
    accepted(&l.w, renew(&l, number));
}

static void nobody_renews_for_a_key_that_is_over_or_while_an_issuance_waits(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    int64_t number = world_certificate(&l.w, &l.key)->number;
    accepted(&l.w, world_use(&l.w, &l.key, "one"));
    world_wait_until(&l.w, world_certificate(&l.w, &l.key)->not_after - LIFE_RENEW);
    accepted(&l.w, world_propose(&l.w, ENGINEER, "issuance",
                                 world_issuance_detail(&l.w, &l.key, "private", "package",
                                                       "package", 86400)));
    refused(&l.w, renew(&l, number), "renewal.open");
    assert_int_equal(renewal_due(&l), -1);
    accepted(&l.w, world_reject(&l.w, OFFICER_1, l.w.leaf));
    accepted(&l.w, world_retire(&l.w, OFFICER_1, "key", l.id));
    refused(&l.w, renew(&l, number), "renewal.over");
    assert_int_equal(renewal_due(&l), -1);
}

/* A key that is certified until then. */
static void key_until(struct living *l, struct world_key *ret, int64_t end)
{
    uint8_t proposal[32];
    struct world *w = &l->w;
    int64_t validity = (end - w->now / 1000 * 1000) / 1000 + 1;
    world_key_plan(w, ret, "package", "soft", "p-256");
    accepted(w, world_enter(w, "key", world_key_body(w, ret, "soft", world_attributes)));
    accepted(
        w, world_propose(w, ENGINEER, "issuance",
                         world_issuance_detail(w, ret, "private", "package", "package", validity)));
    memcpy(proposal, w->leaf, sizeof proposal);
    accepted(w, world_approve(w, OFFICER_3, proposal));
    accepted(w, world_approve(w, APPROVER_1, proposal));
    accepted(w, world_issue(w, proposal));
    accepted(w, world_enter(w, "certificate", world_certificate_body(w, w->leaf, &w->ca)));
}

static void a_renewal_never_outlives_its_issuer(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    AUTO_VALUE(world_key) late = {0};
    AUTO_VALUE(world_key) last = {0};
    struct issuance_detail detail;
    struct err e;
    living_make(&l);
    int64_t ca_end = world_certificate(&l.w, &l.w.ca)->not_after;
    l.w.quick = true;
    world_wait_until(&l.w, ca_end - 45 * DAY);
    key_until(&l, &late, ca_end - 10 * DAY);
    key_until(&l, &last, ca_end);
    world_wait_until(&l.w, ca_end - 20 * DAY);
    accepted(&l.w, renew(&l, world_certificate(&l.w, &late)->number));
    const struct decision *d = state_decision(l.w.state, BYTES_OF(l.w.leaf));
    ok_call(fields_read(&detail, &issuance_detail_fields, d->detail, &arena, &e), e);
    assert_int_equal(l.w.now + WORLD_PROPOSAL_AGE + detail.validity * 1000, ca_end);
    refused(&l.w, renew(&l, world_certificate(&l.w, &last)->number), "renewal.issuer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_remembers_its_last_use_and_how_often),
        cmocka_unit_test(a_key_that_signs_nothing_is_suspended_when_its_time_comes),
        cmocka_unit_test(the_leaf_of_such_a_suspension_is_a_hash_of_what_it_says),
        cmocka_unit_test(use_puts_it_off),
        cmocka_unit_test(a_certificate_is_renewed_warned_of_alarmed_about_and_ends),
        cmocka_unit_test(a_certificate_of_no_signer_has_windows_by_its_validity),
        cmocka_unit_test(the_end_of_an_older_certificate_concerns_nobody),
        cmocka_unit_test(a_renewal_is_proposed_by_itself_and_decided_by_people),
        cmocka_unit_test(a_renewal_that_people_reject_is_not_asked_for_again_at_once),
        cmocka_unit_test(nobody_renews_for_a_key_that_is_over_or_while_an_issuance_waits),
        cmocka_unit_test(a_renewal_never_outlives_its_issuer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
