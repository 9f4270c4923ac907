/*
 * The clock in doubt, and out of it: the keeper raises the doubt, two people end it by statements
 * that name the entry which raised it.
 */
#include <inttypes.h>

#include "base/hex.h"
#include "base/text.h"
#include "rules/duties.h"
#include "rules/entries.h"
#include "rules/quorum.h"
#include "rules/tables.h"

struct doubt {
    int reason;       /* enum doubt_reason */
    int64_t observed; /* what the wall clock said, milliseconds */
};

static const char *const doubt_reasons[] = {"step", "silence", 0};

FIELDS(doubt_fields, "clock doubt", struct doubt, ROW_WORD(struct doubt, reason, doubt_reasons),
       ROW_TIME(struct doubt, observed));

/* Body of a clock-confirm statement; the time confirmed is the statement's own. */
struct confirm {
    struct bytes doubt; /* leaf */
};

FIELDS(confirm_fields, "clock confirmation", struct confirm, ROW_DIGEST(struct confirm, doubt));

static bool doubt_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                        struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct doubt doubt;
    char time[TEXT_TIME_SIZE];
    if (!fields_read(&doubt, &doubt_fields, entry->body, &arena, e))
        return false;
    if (s->clock.doubted)
        return err_refuse(e, "clock.doubted", "the clock is in doubt already");
    s->clock.doubted = true;
    memcpy(s->clock.leaf, entry->leaf, sizeof s->clock.leaf);
    return outcome_find(out, "clock.doubt", BYTES_OF(entry->leaf), e,
                        "the clock said %s after a %s", text_time(time, doubt.observed),
                        doubt_reasons[doubt.reason]);
}

static bool doubt_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct doubt doubt;
    char time[TEXT_TIME_SIZE];
    if (!fields_read(&doubt, &doubt_fields, entry->body, &arena, e))
        return false;
    buf_printf(b, "the clock is in doubt: it said %s after a %s", text_time(time, doubt.observed),
               doubt_reasons[doubt.reason]);
    return true;
}

const struct entry_row entry_clock_doubt = {
    .name = "clock-doubt",
    .since = 1,
    .origin = ENTRY_OF_KEEPER,
    .in_doubt = true,
    .apply = doubt_apply,
    .describe = doubt_describe,
};

void rules_doubt_body(struct buf *b, enum doubt_reason reason, int64_t observed)
{
    struct doubt doubt = {.reason = (int)reason, .observed = observed};
    fields_write(b, &doubt_fields, &doubt);
}

bool rules_confirmed_time(int64_t *ret, struct bytes type, struct bytes body)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_statement outer;
    struct statement statement;
    struct err ignored;
    if (!bytes_is(type, entry_clock_confirm.name) ||
        !signed_statement_read(&outer, &statement, body, &arena, &ignored))
        return false;
    *ret = statement.time;
    return true;
}

static bool confirm_judge(const struct rules_state *s, struct bytes doubt, struct bytes person,
                          struct quorum *ret, struct arena *a, struct err *e)
{
    if (!s->clock.doubted || !bytes_equal(doubt, BYTES_OF(s->clock.leaf)))
        return err_refuse(e, "clock.doubt", "this is not the doubt in force");
    if (!quorum_get(ret, s, "clock", a, e))
        return false;
    if (!team_has(state_view(s, TABLE_OBJECTS), ret->team, person)) {
        (void)err_refuse(e, "clock.team", "%.*s does not confirm the time", BYTES_PRINT(person));
        return err_hint(e, "it takes %" PRId64 " of team %.*s", ret->count, BYTES_PRINT(ret->team));
    }
    if (act_has(s, doubt, "clock.confirm", person))
        return err_refuse(e, "clock.again", "%.*s has confirmed already", BYTES_PRINT(person));
    return true;
}

static bool confirm_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                          struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    struct confirm confirm;
    struct quorum quorum;
    struct bytes person;
    if (!signed_entry_read(&read, entry, &arena, e) ||
        !fields_read(&confirm, &confirm_fields, read.statement.body, &arena, e) ||
        !statement_person(&person, &read.statement, e) ||
        !confirm_judge(s, confirm.doubt, person, &quorum, &arena, e) ||
        !act_put(s, confirm.doubt, "clock.confirm", person, entry->index, e))
        return false;
    if (quorum_count(s, confirm.doubt, "clock.confirm", quorum.team) < (size_t)quorum.count)
        return true;
    table_remove_within(state_table(s, TABLE_ACTS), confirm.doubt);
    s->clock = (struct clock_doubt){.doubted = false};
    return true;
}

static bool confirm_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    char time[TEXT_TIME_SIZE];
    if (!signed_entry_read(&read, entry, &arena, e))
        return false;
    buf_printf(b, "%.*s confirms that it is %s", BYTES_PRINT(read.statement.actor),
               text_time(time, read.statement.time));
    return true;
}

const struct entry_row entry_clock_confirm = {
    .name = "clock-confirm",
    .since = 1,
    .origin = ENTRY_REDUCING,
    .in_doubt = true,
    .statement = STATEMENT_REDUCING,
    .apply = confirm_apply,
    .describe = confirm_describe,
    .marks = signed_entry_marks,
};
