#include "http/rate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESS_BYTES = 16, WAY = 8 };

/* What an address has left, in thousandths of one asking. */
struct place {
    uint8_t address[ADDRESS_BYTES];
    size_t size; /* 0: free */
    int64_t left;
    int64_t seen_ms;
};

struct rate {
    pthread_mutex_t lock;
    int64_t per_second;
    struct place places[RATE_PLACES];
};

bool rate_new(struct rate **ret, unsigned per_second, struct err *e)
{
    struct rate *r = calloc(1, sizeof *r);
    if (r == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for rates");
    (void)pthread_mutex_init(&r->lock, NULL);
    r->per_second = per_second;
    *ret = r;
    return true;
}

void rate_free(struct rate *r)
{
    if (r == NULL)
        return;
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
}

/* FNV-1a: where an address may stand. Who chooses addresses to collide makes others' bursts come
 * back sooner, no more. */
static size_t place_first(struct bytes address)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < address.size; i++)
        hash = (hash ^ address.data[i]) * 16777619u;
    return hash % (RATE_PLACES / WAY) * WAY;
}

/* The address's place, or the one of its few that has been quiet longest. */
static struct place *place_find(struct rate *r, struct bytes address, int64_t now_ms)
{
    struct place *few = &r->places[place_first(address)];
    struct place *oldest = few;
    for (size_t i = 0; i < WAY; i++) {
        if (bytes_equal(bytes_make(few[i].address, few[i].size), address))
            return &few[i];
        if (few[i].size == 0 || few[i].seen_ms < oldest->seen_ms)
            oldest = &few[i];
    }
    *oldest = (struct place){
        .size = address.size, .left = r->per_second * RATE_BURST * 1000, .seen_ms = now_ms};
    memcpy(oldest->address, address.data, address.size);
    return oldest;
}

bool rate_take(struct rate *r, struct bytes address, int64_t now_ms)
{
    const int64_t most = r->per_second * RATE_BURST * 1000;
    if (address.size == 0 || address.size > ADDRESS_BYTES)
        return true;
    (void)pthread_mutex_lock(&r->lock);
    struct place *place = place_find(r, address, now_ms);
    int64_t passed = now_ms > place->seen_ms ? now_ms - place->seen_ms : 0;
    place->left = passed > RATE_BURST * 1000 ? most : place->left + passed * r->per_second;
    place->left = place->left > most ? most : place->left;
    place->seen_ms = now_ms;
    bool may = place->left >= 1000;
    if (may)
        place->left -= 1000;
    (void)pthread_mutex_unlock(&r->lock);
    return may;
}
