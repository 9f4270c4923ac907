/*
 * Places at which a crash test can make the process die or the disk fail. Exists only in builds
 * with -Dfaults=true; in all others FAULT_POINT is nothing, and there is no option to arm one.
 *
 *   FAULT_POINT(journal_before_write);
 *   if (!file_pwrite(...)) ...
 *
 * Each point registers itself where it stands, so `--fault list` of a program names exactly the
 * points linked into it and tests can walk them one by one. A name is used in one place only.
 *
 * A point is armed by `name:n:action`: at the n-th passing (1, 2, ...) in this process, do
 *   kill    end the process at once, with nothing flushed and exit code 137
 *   eio     the next write, sync, truncation or reservation through base/file in this thread fails
 *           with EIO
 *   enospc  ... with ENOSPC
 *   short   the next write through base/file in this thread writes half of its bytes, then ENOSPC
 */
#ifndef SEALWARD_BASE_FAULT_H
#define SEALWARD_BASE_FAULT_H

#include "base/auto.h"
#include "base/err.h"

#ifdef SEALWARD_FAULTS

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum fault_action { FAULT_NONE, FAULT_KILL, FAULT_EIO, FAULT_ENOSPC, FAULT_SHORT };

struct fault {
    const char *name;
    enum fault_action action;
    unsigned at; /* the passing at which to act; 0 never */
    _Atomic unsigned passed;
};

#define FAULT_POINT(point)                                                                         \
    do {                                                                                           \
        static struct fault fault_##point = {.name = #point};                                      \
        static struct fault *const fault_row_##point                                               \
            __attribute__((used, section("sealward_faults"))) = &fault_##point;                    \
        fault_pass(&fault_##point);                                                                \
    } while (0)

void fault_pass(struct fault *f);

/* Arms by `name:n:action`; called by main before there are threads. ERR_INPUT if it cannot be read,
 * ERR_NOT_FOUND if no such point is linked into this program. */
CHECKED bool fault_arm(const char *text, struct err *e);

/* Calls `each` with the name of every point of this program. */
void fault_list(void (*each)(void *context, const char *name), void *context);

/* For base/file: 0, or the errno with which this operation has to fail, once. *size is what may
 * still be written before. */
int fault_take(size_t *size);

#else

#define FAULT_POINT(point) ((void)0)

/* Never reached: without fault points no option names one. */
CHECKED static inline bool fault_arm(const char *text, struct err *e)
{
    return err_set(e, ERR_STATE, "this build has no fault point \"%s\"", text);
}

static inline void fault_list(void (*each)(void *context, const char *name), void *context)
{
    (void)each;
    (void)context;
}

#endif

#endif
