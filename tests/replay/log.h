/*
 * A recorded log: a file of entries, one a line, and a file of verdicts, one a line for each entry:
 * the state's digest after it in hex, a blank, and how many signatures it authorises.
 */
#ifndef SEALWARD_TESTS_REPLAY_LOG_H
#define SEALWARD_TESTS_REPLAY_LOG_H

#include "unit/ok.h"

#include "rules/rules.h"

/* Cuts the next line off *rest; false at the end. */
static inline bool log_line(struct bytes *ret, struct bytes *rest)
{
    const uint8_t *end = rest->size == 0 ? NULL : memchr(rest->data, '\n', rest->size);
    if (end == NULL)
        return false;
    *ret = bytes_make(rest->data, (size_t)(end - rest->data));
    *rest = bytes_make(end + 1, rest->size - ret->size - 1);
    return true;
}

/* Gives the entry to the state and appends its verdict. */
static inline void log_enter(struct buf *verdict, struct rules_state *s, struct bytes text,
                             enum rules_evidence evidence)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    AUTO_VALUE(outcome) out;
    uint8_t digest[32];
    struct entry entry;
    struct err e;
    outcome_init(&out);
    ok_call(entry_read(&entry, text, &arena, &e), e);
    ok_call(rules_apply(s, &entry, evidence, &out, &e), e);
    ok_call(rules_digest(s, digest, &e), e);
    for (size_t i = 0; i < sizeof digest; i++)
        buf_printf(verdict, "%02x", digest[i]);
    buf_printf(verdict, " %zu\n", out.job_count);
}

#endif
