/*
 * Rollovers: from one key of a signer to another that stands by with its certificate. Approved
 * ahead, with a time or for the case that the old key is compromised; for a while both sign, then
 * the old one is deactivated. Since rules version 2. Inside the rules room only, but for the table
 * of what people sign.
 */
#ifndef SEALWARD_RULES_ROLLOVER_H
#define SEALWARD_RULES_ROLLOVER_H

#include "rules/deadline.h"

/* Detail of a "rollover" proposal. */
struct rollover_detail {
    struct bytes signer;
    struct bytes from; /* key id */
    struct bytes to;   /* key id: a certified key that has not been active yet */
    int64_t switch_at; /* milliseconds; -1 (null): when `from` is compromised */
    int64_t overlap;   /* seconds for which `from` signs on after the switch */
};
extern const struct fields rollover_detail_fields;

extern const struct due_row due_rollover;

/* In an entry that may have compromised a key: switches where a rollover waits for just that. */
CHECKED bool rollover_on_compromise(struct rules_state *s, struct bytes key,
                                    const struct entry *entry, struct outcome *out, struct err *e);

/* Takes away a rollover from or to that key. */
void rollover_forget(struct rules_state *s, struct bytes key);

#endif
