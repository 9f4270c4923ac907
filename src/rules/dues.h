/*
 * What falls due while deadlines fire, always the earliest next: a heap in the order (time, kind,
 * key). Owns its memory. For want of memory it says that it failed, and is incomplete. Inside
 * deadline.c only.
 */
#ifndef SEALWARD_RULES_DUES_H
#define SEALWARD_RULES_DUES_H

#include "base/auto.h"
#include "rules/deadline.h"

struct due {
    int64_t time;
    size_t kind; /* index of its row */
    uint8_t key[DUE_KEY_MAX];
    size_t key_size;
};

struct dues {
    struct due *list;
    size_t count;
    size_t capacity;
    int64_t until; /* later ones are not added */
    int64_t now;   /* of the one that fires */
    bool failed;
};

void dues_done(struct dues *d);
AUTO_DONE(dues)

/* `key` has at most DUE_KEY_MAX bytes. */
void dues_add(struct dues *d, int64_t time, size_t kind, struct bytes key);

/* Takes the earliest out; false if there is none. */
bool dues_next(struct due *ret, struct dues *d);

#endif
