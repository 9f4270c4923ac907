/*
 * A fleet of endpoints behind caches, sometimes offline, sometimes started anew, with clocks that
 * are wrong within what their class allows. A key is revoked. Whatever happens to an endpoint, it
 * trusts the key no later than the horizon that people are told (docs/protocol/guard.md): the
 * latest expiry of a list without the revocation, the grace of its class, the error of its clock.
 * All times are the test's, and the same at each run.
 */
#include "world.h"

#include "proof/distrust.h"

enum {
    ENDPOINTS = 24,
    LISTS = 30,     /* one every two hours */
    REVOKED_AT = 6, /* the first list that has it */
    LEFT = 5,       /* an endpoint that goes off the network just before that list */
};
#define EVERY (2 * HOUR)
#define LIFE (8 * HOUR)
#define STEP (HOUR / 2)

static struct buf lists[LISTS];
static uint32_t dice = 12345;

/* Below n. */
static int64_t roll(int64_t n)
{
    dice = dice * 1664525u + 1013904223u;
    return (int64_t)(dice >> 8) % n;
}

struct endpoint {
    struct folder *folder;
    struct held *held;
    struct endpoint_class rules;
    int64_t clock;      /* its error, as it stands */
    int64_t cache;      /* how old a list its cache may give */
    int64_t online;     /* until then it reaches the cache, or */
    int64_t offline;    /* until then it does not */
    int64_t last_trust; /* when it last trusted the key */
};

static struct held_moment moment_of(const struct endpoint *p, int64_t time)
{
    return (struct held_moment){.wall = HIERARCHY_START + time + p->clock, .boot = time};
}

static void endpoint_open(struct endpoint *p, int64_t time)
{
    struct held_moment at = moment_of(p, time);
    struct err e;
    ok_call(held_new(&p->held, p->folder, HELD_WRITE, &at, &e), e);
}

static void endpoint_make(struct endpoint *p, int n)
{
    char name[32];
    struct err e;
    (void)snprintf(name, sizeof name, "edge-%d", n);
    p->rules = (struct endpoint_class){.stale = STALE_REFUSE,
                                       .grace = n % 3 == 0 ? 3 * 3600 : 0,
                                       .clock_error = n % 4 == 0 ? 3600 : 60,
                                       .silence = 86400};
    p->folder = folder_begin(name, &p->rules);
    p->cache = n % 2 == 0 || n == LEFT ? 0 : roll(4 * HOUR);
    endpoint_open(p, 0);
    ok_call(checkpoint_see(p->held, LIST_SIZE, &e), e);
}

/* Ended and started, with its clock set to something else that its class allows. */
static void endpoint_restart(struct endpoint *p, int64_t time)
{
    int64_t error = 1000 * p->rules.clock_error;
    held_free(TAKE(p->held));
    p->clock = roll(2 * error + 1) - error;
    endpoint_open(p, time);
}

static bool is_online(struct endpoint *p, int n, int64_t time)
{
    if (n == LEFT)
        return time < REVOKED_AT * EVERY - HOUR;
    if (time >= p->offline) {
        p->online = time + roll(10 * HOUR);
        p->offline = p->online + roll(12 * HOUR);
    }
    return time < p->online;
}

static void endpoint_round(struct endpoint *p, int64_t time)
{
    struct held_moment at = moment_of(p, time);
    int64_t shown = (time - p->cache) / EVERY;
    AUTO_VALUE(buf) list = BUF(DISTRUST_MAX);
    struct err e;
    if (time < p->cache || shown >= LISTS)
        return;
    buf_put(&list, buf_bytes(&lists[shown]));
    if (held_take(p->held, &list, &tiles, &at, &e))
        ok_call(held_keep_seen(p->held, &at, &e), e);
    else
        assert_string_equal(e.rule, "list.older");
}

static bool trusts_key(const struct endpoint *p, int64_t time)
{
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    struct held_moment at = moment_of(p, time);
    struct holding holding;
    struct distrust list;
    int64_t effective;
    struct err note;
    struct err e;
    held_report(&holding, p->held, &at);
    if (!holding_trust(&holding, &note, &e))
        return false;
    ok_call(distrust_open(&list, held_list(p->held), &a, &e), e);
    return !distrust_key(&list, revoked_key, &effective);
}

static int64_t horizon(const struct endpoint *p)
{
    int64_t list_held = (REVOKED_AT - 1) * EVERY + LIFE;
    return list_held + 1000 * (p->rules.grace + p->rules.clock_error);
}

static void live(struct endpoint *fleet, int64_t time)
{
    for (int n = 0; n < ENDPOINTS; n++) {
        struct endpoint *p = &fleet[n];
        if (roll(12) == 0)
            endpoint_restart(p, time);
        if (is_online(p, n, time))
            endpoint_round(p, time);
        if (!trusts_key(p, time))
            continue;
        p->last_trust = time;
        assert_true(time <= horizon(p));
    }
}

static void nobody_trusts_later_than_the_horizon(void **state)
{
    (void)state;
    struct endpoint fleet[ENDPOINTS] = {0};
    int64_t published = REVOKED_AT * EVERY;
    int prompt = 0;
    for (int n = 0; n < LISTS; n++)
        list_begin(&lists[n], (uint64_t)n + 1, n * EVERY, LIFE, n >= REVOKED_AT);
    for (int n = 0; n < ENDPOINTS; n++)
        endpoint_make(&fleet[n], n);
    for (int64_t time = 0; time < LISTS * EVERY; time += STEP)
        live(fleet, time);
    for (int n = 0; n < ENDPOINTS; n++) {
        prompt += fleet[n].last_trust <= published;
        held_free(fleet[n].held);
        folder_free(fleet[n].folder);
    }
    for (int n = 0; n < LISTS; n++)
        buf_done(&lists[n]);
    /* The horizon is no idle bound: who went off the network trusts until it is near. */
    assert_true(fleet[LEFT].last_trust > horizon(&fleet[LEFT]) - 2 * STEP - EVERY);
    assert_true(prompt > ENDPOINTS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_trusts_later_than_the_horizon, world_make,
                                        world_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
