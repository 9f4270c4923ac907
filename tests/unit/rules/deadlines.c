/* Time alone moves deadlines: into how many steps it is cut makes no difference. */
#include "world_living.h"
#include "world_revoking.h"

#include "rules/deadline.h"

enum { TRIALS = 60, SPAN_DAYS = 120 };

static uint32_t seed;

static uint32_t random_below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)seed * n) >> 32);
}

static int64_t random_time(int64_t from, int64_t span)
{
    return from + (int64_t)random_below(SPAN_DAYS) * (span / SPAN_DAYS) +
           (int64_t)random_below(1000) * (random_below(2) == 0 ? 0 : MINUTE);
}

/* A world in which everything waits for its time: keys that will be unused, certificates, an orphan
 * that was confirmed and one that was not, rollovers, a grant, a proposal, a ratification. */
struct waiting {
    struct living l;
    struct world_key desktop;
    struct world_key standby[2];
};

static void waiting_done(struct waiting *v)
{
    world_key_done(&v->desktop);
    world_key_done(&v->standby[0]);
    world_key_done(&v->standby[1]);
    living_done(&v->l);
}
AUTO_DONE(waiting)

static void rollover_plan(struct waiting *v, const char *signer, const struct world_key *from,
                          const struct world_key *to)
{
    struct world *w = &v->l.w;
    const char *at = (const char *)world_format(w, "%lld", (long long)(w->now + 5 * DAY)).data;
    world_decide(w, "rollover", world_rollover_detail(w, signer, from, to, at, 86400), OFFICER_1,
                 OFFICER_3);
}

static void waiting_make(struct waiting *v)
{
    struct world *w = &v->l.w;
    *v = (struct waiting){.l = {.id = NULL}};
    living_make(&v->l);
    world_standby(w, &v->desktop, "desktop");
    world_standby(w, &v->standby[0], "package");
    world_standby(w, &v->standby[1], "desktop");
    rollover_plan(v, "package", &v->l.key, &v->standby[0]);
    rollover_plan(v, "desktop", &v->desktop, &v->standby[1]);
    accepted(w, world_use(w, &v->l.key, "one"));
    accepted(w, world_suspend(w, OFFICER_1, "path", "firmware"));
    accepted(w, world_propose(w, ENGINEER, "key", world_key_detail(w, "package", "soft", "p-256")));
    world_leave(w, "release-engineer");
    accepted(w, world_say(w, APPROVER_2, "confirm", bytes_text("{\"signer\":\"package\"}")));
}

static struct rules_state *copy_of(const struct rules_state *s)
{
    struct rules_state *copy = NULL;
    struct err e;
    ok_call(rules_copy(&copy, s, &e), e);
    return copy;
}

/* Puts the deadlines of the records anywhere in the span. */
static void scatter(struct rules_state *s, int64_t from, int64_t span)
{
    const struct table *t = state_view(s, TABLE_ROLLOVERS);
    for (size_t i = 0; i < t->count; i++) {
        struct rollover *r = table_at(t, i);
        r->switch_at = random_time(from, span);
        r->overlap = (int64_t)random_below(30) * DAY;
    }
    t = state_view(s, TABLE_ORPHANS);
    for (size_t i = 0; i < t->count; i++)
        ((struct orphan *)table_at(t, i))->deadline = random_time(from, span);
    t = state_view(s, TABLE_LIVES);
    for (size_t i = 0; i < t->count; i++)
        ((struct life *)table_at(t, i))->last_used = random_time(from - LIFE_UNUSED, span);
    t = state_view(s, TABLE_CERTIFICATES);
    for (size_t i = 0; i < t->count; i++)
        ((struct certificate *)table_at(t, i))->not_after = random_time(from + 10 * DAY, span);
    memset(s->next_due, 0, sizeof s->next_due);
}

static size_t fire(struct rules_state *s, int64_t time)
{
    AUTO_VALUE(outcome) out;
    struct err e;
    size_t findings = 0;
    outcome_init(&out);
    ok_call(deadlines_fire(s, time, &out, &e), e);
    changes_keep(&s->changes);
    s->time = time;
    for (const struct finding *f = out.findings; f != NULL; f = f->next)
        findings++;
    return findings;
}

static void same_tables(const struct rules_state *a, const struct rules_state *b)
{
    for (size_t i = 0; i < STATE_TABLES; i++) {
        uint8_t left[32];
        uint8_t right[32];
        struct err e;
        ok_call(table_digest(&a->tables[i], left, &e), e);
        ok_call(table_digest(&b->tables[i], right, &e), e);
        if (memcmp(left, right, sizeof left) != 0)
            fail_msg("table %zu differs", i);
    }
}

static void any_cut_of_time_gives_the_same_state(void **state)
{
    (void)state;
    AUTO_VALUE(waiting) v;
    size_t moved = 0;
    waiting_make(&v);
    const int64_t from = v.l.w.now;
    const int64_t span = SPAN_DAYS * DAY;
    for (int trial = 0; trial < TRIALS; trial++) {
        AUTO(rules_state) whole = copy_of(v.l.w.state);
        seed = (uint32_t)trial;
        scatter(whole, from, span);
        AUTO(rules_state) cut = copy_of(whole);
        memset(cut->next_due, 0, sizeof cut->next_due);
        size_t findings = fire(whole, from + span);
        size_t in_parts = 0;
        for (int64_t t = from; t < from + span;
             t += 1 + (int64_t)random_below(6) * DAY + (int64_t)random_below(86400) * SECOND)
            in_parts += fire(cut, t);
        in_parts += fire(cut, from + span);
        same_tables(whole, cut);
        assert_int_equal(findings, in_parts);
        moved += findings;
    }
    assert_true(moved > 10 * TRIALS);
}

/* What is due when an entry comes has happened by then, and a refusal undoes it. */
static void a_refused_entry_leaves_what_is_due(void **state)
{
    (void)state;
    AUTO_VALUE(waiting) v;
    waiting_make(&v);
    struct world *w = &v.l.w;
    w->now += 6 * DAY;
    failed(w, world_say(w, OFFICER_1, "confirm", bytes_text("{\"signer\":1}")), ERR_INPUT, "");
    assert_int_equal(world_key_state(w, &v.standby[0]), KEY_PRE_ACTIVATION);
    world_wait(w, 0);
    assert_int_equal(world_key_state(w, &v.standby[0]), KEY_ACTIVE);
    assert_int_equal(world_key_state(w, &v.l.key), KEY_DEACTIVATED);
}

/* A shorter time in policy is due at once, as of the change and not before it. */
static void a_change_of_policy_moves_deadlines(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    world_wait_until(&l.w, l.w.now + 20 * DAY);
    struct bytes life = world_object(&l.w, "life", "internal-package");
    world_change(&l.w, "life", "internal-package",
                 world_replace(&l.w, life, "\"unused\":5184000", "\"unused\":864000"));
    int64_t changed = l.w.now;
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_ACTIVE);
    world_wait(&l.w, DAY);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_SUSPENDED);
    const struct suspension *p = state_suspension(l.w.state, SUSPENDED_KEY, bytes_text(l.id));
    assert_int_equal(p->time, changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_cut_of_time_gives_the_same_state),
        cmocka_unit_test(a_refused_entry_leaves_what_is_due),
        cmocka_unit_test(a_change_of_policy_moves_deadlines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
