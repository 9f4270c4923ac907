/*
 * Horizons against simulated fleets: machines with caches that give old lists, machines that are
 * offline, machines whose clocks are wrong within what policy says. None of them trusts what was
 * revoked later than the horizon, and the worst of them does until then.
 */
#include "unit/rules/world_revoking.h"

#include <stdlib.h>

#include "rules/watch.h"

enum { ROUNDS = 8, MACHINES = 400, STATUSES_MAX = 512 };

/* What was published so far. */
struct issue {
    int64_t number;
    int64_t time;
    int64_t ends[2]; /* of the list, of the CRLs */
};

struct fleet {
    struct world w;
    struct world_key list;
    struct issue issues[STATUSES_MAX];
    size_t count;
    uint64_t seed;
};

static void fleet_done(struct fleet *f)
{
    world_key_done(&f->list);
    world_done(&f->w);
}
AUTO_DONE(fleet)

static uint64_t random_below(struct fleet *f, uint64_t limit)
{
    uint64_t z = (f->seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % limit;
}

static void publish(struct fleet *f)
{
    struct watched_status status;
    accepted(&f->w, world_status(&f->w));
    assert_true(watch_status(&status, f->w.state));
    assert_true(f->count < STATUSES_MAX);
    f->issues[f->count++] = (struct issue){.number = status.number,
                                           .time = status.time,
                                           .ends = {status.list_expires, status.crl_next}};
}

/* Policy changes its mind about how long lists hold. */
static void lives_change(struct fleet *f)
{
    world_change(&f->w, "status", "main",
                 world_format(&f->w,
                              "{\"crl_every\":600,\"crl_life\":%d,\"list_every\":600,"
                              "\"list_life\":%d,\"ratify\":86400,\"accuracy\":500}",
                              3600 + (int)random_below(f, 40000),
                              3600 + (int)random_below(f, 40000)));
}

static void time_pass(struct fleet *f)
{
    size_t issues = 1 + random_below(f, 4);
    for (size_t i = 0; i < issues; i++) {
        f->w.now += 1 + (int64_t)random_below(f, (uint64_t)(2 * HOUR));
        if (random_below(f, 4) == 0)
            lives_change(f);
        publish(f);
    }
}

/* How one machine lives. */
struct machine {
    int which;       /* of an issue's ends */
    int64_t grace;   /* milliseconds */
    int64_t error;   /* its clock is that much ahead; negative: behind */
    int64_t since;   /* when the simulation begins */
    int64_t offline; /* from then on it fetches nothing */
    int64_t every;   /* milliseconds between fetches */
};

/* A cache gives any issue that is not older than the one held: *held. */
static void fetch(struct fleet *f, size_t *held, int64_t now)
{
    size_t newest = f->count;
    while (newest > 0 && f->issues[newest - 1].time > now)
        newest--;
    if (newest == 0)
        return;
    size_t from = *held < f->count ? *held : 0;
    *held = from + random_below(f, newest - from);
}

/* The last moment at which the machine trusts what `revoked` (a status number) and later revoke; -1
 * if it never does. */
static int64_t last_trust(struct fleet *f, const struct machine *m, int64_t revoked, int64_t until)
{
    size_t held = f->count;
    int64_t last = -1;
    for (int64_t now = m->since; now < until; now += m->every) {
        if (now < m->offline)
            fetch(f, &held, now);
        if (held == f->count || f->issues[held].number >= revoked)
            continue;
        int64_t end = f->issues[held].ends[m->which] + m->grace - m->error;
        int64_t next = now + m->every - 1;
        int64_t trusts = end < next ? end : next;
        if (trusts >= now && trusts > last)
            last = trusts;
    }
    return last;
}

static struct machine machine_any(struct fleet *f, int which, const struct endpoint_class *class,
                                  int64_t revoked)
{
    int64_t bound = class->clock_error * SECOND;
    struct machine m = {.which = which,
                        .grace = class->grace * SECOND,
                        .since = revoked - 12 * HOUR,
                        .every = 1 + (int64_t)random_below(f, (uint64_t)HOUR)};
    m.offline = random_below(f, 2) == 0 ? INT64_MAX
                                        : m.since + (int64_t)random_below(f, (uint64_t)(24 * HOUR));
    m.error = (int64_t)random_below(f, (uint64_t)(2 * bound + 1)) - bound;
    if (random_below(f, 3) == 0)
        m.error = -bound;
    return m;
}

/* It holds the issue without the revocation that ends last, and its clock is behind. */
static int64_t worst_trust(const struct fleet *f, int which, const struct endpoint_class *class,
                           int64_t revoked)
{
    int64_t last = 0;
    int64_t grace = which == 0 ? class->grace : 0;
    for (size_t i = 0; i < f->count; i++)
        if (f->issues[i].number < revoked && f->issues[i].ends[which] > last)
            last = f->issues[i].ends[which];
    return last + (grace + class->clock_error) * SECOND;
}

static void class_judge(struct fleet *f, const char *name, int which, const char *id)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 16);
    struct endpoint_class class;
    struct watched_revocation r;
    int64_t horizon;
    struct err e;
    ok_call(policy_get(&class, state_view(f->w.state, TABLE_OBJECTS), OBJECT_ENDPOINTS,
                       bytes_text(name), &arena, &e),
            e);
    assert_true(watch_revocation(&r, f->w.state, bytes_text("key"), bytes_text(id)));
    ok_call(rules_horizon(&horizon, f->w.state, bytes_text("key"), bytes_text(id), bytes_text(name),
                          &e),
            e);
    assert_true(horizon != HORIZON_UNBOUNDED);
    for (int i = 0; i < MACHINES; i++) {
        struct machine m = machine_any(f, which, &class, r.time);
        int64_t last = last_trust(f, &m, r.status, horizon + DAY);
        if (last > horizon)
            fail_msg("class %s: trusted %lld ms beyond the horizon", name,
                     (long long)(last - horizon));
    }
    assert_int_equal(worst_trust(f, which, &class, r.status), horizon);
}

static void nobody_trusts_beyond_the_horizon(void **state)
{
    (void)state;
    AUTO_VALUE(fleet) f = {.seed = 1};
    world_found(&f.w, false);
    world_ready(&f.w);
    world_second(&f.w);
    world_role_key(&f.w, &f.list, "list", &f.w.root);
    f.w.quick = true;
    for (int round = 0; round < ROUNDS; round++) {
        AUTO_VALUE(world_key) key = {0};
        world_key_make(&f.w, &key, "package");
        const char *id = world_hex(&f.w, BYTES_OF(key.id));
        time_pass(&f);
        world_revoke_key(&f.w, &key);
        time_pass(&f);
        class_judge(&f, "server", 0, id);
        class_judge(&f, "browser", 1, id);
    }
}

static void who_only_warns_or_never_looks_has_no_horizon(void **state)
{
    (void)state;
    AUTO_VALUE(fleet) f = {.seed = 7};
    AUTO_VALUE(world_key) key = {0};
    int64_t horizon;
    struct err e;
    world_found(&f.w, false);
    world_ready(&f.w);
    world_second(&f.w);
    world_role_key(&f.w, &f.list, "list", &f.w.root);
    world_key_make(&f.w, &key, "package");
    const char *id = world_hex(&f.w, BYTES_OF(key.id));
    world_revoke_key(&f.w, &key);
    publish(&f);
    const char *const classes[] = {"sloppy", "blind"};
    for (size_t i = 0; i < 2; i++) {
        ok_call(rules_horizon(&horizon, f.w.state, bytes_text("key"), bytes_text(id),
                              bytes_text(classes[i]), &e),
                e);
        assert_true(horizon == HORIZON_UNBOUNDED);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_trusts_beyond_the_horizon),
        cmocka_unit_test(who_only_warns_or_never_looks_has_no_horizon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
