/*
 * Entry time: never back, and in doubt where the clock is not to be believed (docs/architecture.md,
 * "Time"). Asks base/clock; says what the rulebook is to be told, never decides what that means.
 */
#ifndef SEALWARD_KEEPER_TIMEKEEPER_H
#define SEALWARD_KEEPER_TIMEKEEPER_H

#include <stdbool.h>
#include <stdint.h>

struct timekeeper {
    int64_t wall; /* the clocks at one moment, against which a step shows */
    int64_t boot;
    int64_t doubt_time; /* entry time and boot clock when the doubt began */
    int64_t doubt_boot;
    bool doubted;
};

enum clock_finding { CLOCK_GOOD, CLOCK_STEPPED, CLOCK_SILENT };

/* Starts measuring now. */
void timekeeper_init(struct timekeeper *t);

/* The time for the next entry, given the last one's. */
int64_t timekeeper_now(const struct timekeeper *t, int64_t last);

/* Whether the wall clock has stepped by more than an hour against the boot clock. */
enum clock_finding timekeeper_look(const struct timekeeper *t);

/* Whether the wall clock is within an hour of that time. */
bool timekeeper_agrees(int64_t time);

/* Whether a start must doubt the clock: silent for longer than `silence` milliseconds, or set back
 * by more than an hour since the last entry. */
enum clock_finding timekeeper_look_at_start(int64_t last, int64_t silence);

/* The record says that the clock is (no longer) in doubt. */
void timekeeper_doubt(struct timekeeper *t, int64_t last);
void timekeeper_trust(struct timekeeper *t);

#endif
