#include "keeper/timekeeper.h"

#include "base/clock.h"

#define HOUR_MS INT64_C(3600000)

void timekeeper_init(struct timekeeper *t)
{
    *t = (struct timekeeper){.wall = clock_wall_ms(), .boot = clock_boot_ms()};
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t timekeeper_now(const struct timekeeper *t, int64_t last)
{
    if (t->doubted)
        return later(last, t->doubt_time + (clock_boot_ms() - t->doubt_boot));
    return later(last, clock_wall_ms());
}

enum clock_finding timekeeper_look(const struct timekeeper *t)
{
    int64_t expected = t->wall + (clock_boot_ms() - t->boot);
    int64_t step = clock_wall_ms() - expected;
    return !t->doubted && (step > HOUR_MS || step < -HOUR_MS) ? CLOCK_STEPPED : CLOCK_GOOD;
}

bool timekeeper_agrees(int64_t time)
{
    int64_t difference = clock_wall_ms() - time;
    return difference <= HOUR_MS && difference >= -HOUR_MS;
}

enum clock_finding timekeeper_look_at_start(int64_t last, int64_t silence)
{
    int64_t wall = clock_wall_ms();
    if (wall - last > silence)
        return CLOCK_SILENT;
    return wall < last - HOUR_MS ? CLOCK_STEPPED : CLOCK_GOOD;
}

void timekeeper_doubt(struct timekeeper *t, int64_t last)
{
    t->doubted = true;
    t->doubt_time = last;
    t->doubt_boot = clock_boot_ms();
}

void timekeeper_trust(struct timekeeper *t)
{
    timekeeper_init(t);
}
