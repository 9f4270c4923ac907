/*
 * The only reader of clocks. Rooms that judge (pki, proof, rules, verify) take time as a parameter;
 * main programs and event loops ask here.
 *
 * All times are milliseconds in int64_t. Safe in any thread. Never fails: the clocks asked for
 * exist on every kernel that Sealward supports.
 */
#ifndef SEALWARD_BASE_CLOCK_H
#define SEALWARD_BASE_CLOCK_H

#include "base/auto.h"

#include <stdbool.h>
#include <stdint.h>

/* Since 1970-01-01T00:00:00Z, as the machine believes. May step in either direction. */
int64_t clock_wall_ms(void);

/* Since boot, time asleep included. Never steps: the measure against which a step shows. */
int64_t clock_boot_ms(void);

/* Since some start, time asleep left out. For intervals, deadlines and timeouts. */
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void); /* microseconds, for latencies */

/* Sleeps until clock_monotonic_ms() has reached that time. False if a signal handler ran first. */
CHECKED bool clock_sleep_until(int64_t monotonic_ms);

#endif
