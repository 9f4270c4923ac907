#include "service/health.h"

#include <string.h>

#include "base/clock.h"
#include "base/diag.h"

enum { RETRY_MS = 1000 };

void health_init(struct health *h)
{
    *h = (struct health){.signing = false};
    (void)pthread_mutex_init(&h->lock, NULL);
    (void)err_set(&h->trouble[TROUBLE_KEEPER], ERR_STATE, "the keeper has not been reached yet");
}

void health_done(struct health *h)
{
    if (h != NULL)
        (void)pthread_mutex_destroy(&h->lock);
}

void health_set(struct health *h, enum trouble which, const char *event, const struct err *why)
{
    struct err *known = &h->trouble[which];
    (void)pthread_mutex_lock(&h->lock);
    bool said = known->code != ERR_NONE && strcmp(known->message, why->message) == 0;
    *known = *why;
    (void)pthread_mutex_unlock(&h->lock);
    if (!said)
        diag_err(DIAG_WARNING, event, why);
    health_rest(h, which);
}

void health_clear(struct health *h, enum trouble which)
{
    (void)pthread_mutex_lock(&h->lock);
    h->trouble[which].code = ERR_NONE;
    (void)pthread_mutex_unlock(&h->lock);
    h->retry_ms[which] = 0;
}

void health_rest(struct health *h, enum trouble which)
{
    h->retry_ms[which] = clock_monotonic_ms() + RETRY_MS;
}

bool health_rests(const struct health *h, enum trouble which)
{
    return clock_monotonic_ms() < h->retry_ms[which];
}

int64_t health_next(const struct health *h, int64_t now_ms)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < TROUBLE_COUNT; i++)
        if (h->retry_ms[i] > now_ms && h->retry_ms[i] < next)
            next = h->retry_ms[i];
    return next;
}

void health_set_signing(struct health *h, bool signing)
{
    (void)pthread_mutex_lock(&h->lock);
    h->signing = signing;
    (void)pthread_mutex_unlock(&h->lock);
}

void health_stop(struct health *h)
{
    (void)pthread_mutex_lock(&h->lock);
    h->stopped = true;
    h->signing = false;
    (void)pthread_mutex_unlock(&h->lock);
}

bool health_signing(struct health *h)
{
    (void)pthread_mutex_lock(&h->lock);
    bool signing = h->signing;
    (void)pthread_mutex_unlock(&h->lock);
    return signing;
}

bool health_stopped(struct health *h)
{
    (void)pthread_mutex_lock(&h->lock);
    bool stopped = h->stopped;
    (void)pthread_mutex_unlock(&h->lock);
    return stopped;
}

bool health_check(struct health *h, struct err *e)
{
    bool ok = true;
    (void)pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < TROUBLE_COUNT && ok && !h->stopped; i++)
        if (h->trouble[i].code != ERR_NONE) {
            *e = h->trouble[i];
            ok = false;
        }
    (void)pthread_mutex_unlock(&h->lock);
    return ok;
}
