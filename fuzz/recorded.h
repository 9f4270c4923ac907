/*
 * States for fuzz targets, made by replaying the log that tests/replay holds: rules_apply is given
 * what comes as if it were the next entry of a record that lives.
 */
#ifndef SEALWARD_FUZZ_RECORDED_H
#define SEALWARD_FUZZ_RECORDED_H

#include "property.h"

#include "base/file.h"
#include "rules/rules.h"

static inline void recorded_enter(struct rules_state *s, struct bytes text)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    AUTO_VALUE(outcome) out;
    struct entry entry;
    struct err e;
    outcome_init(&out);
    PROPERTY(entry_read(&entry, text, &arena, &e));
    PROPERTY(rules_apply(s, &entry, RULES_JUDGED, &out, &e));
}

/* The state after the first `count` entries, or after all if there are fewer. */
static inline struct rules_state *recorded_state(size_t count)
{
    AUTO_VALUE(buf) log = BUF(1 << 24);
    struct rules_state *s = NULL;
    struct err e;
    PROPERTY(file_read(&log, SEALWARD_LOGS "/rules-1.entries", FILE_REGULAR, &e));
    PROPERTY(rules_new(&s, &e));
    struct bytes rest = buf_bytes(&log);
    for (size_t i = 0; i < count && rest.size > 0; i++) {
        const uint8_t *end = memchr(rest.data, '\n', rest.size);
        PROPERTY(end != NULL);
        struct bytes text = bytes_make(rest.data, (size_t)(end - rest.data));
        recorded_enter(s, text);
        rest = bytes_make(end + 1, rest.size - text.size - 1);
    }
    return s;
}

#endif
