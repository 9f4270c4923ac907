#include "rules/rules.h"

#include <inttypes.h>
#include <stdlib.h>

#include "rules/deadline.h"
#include "rules/entries.h"
#include "rules/grouping.h"
#include "rules/roster.h"
#include "rules/signers.h"
#include "rules/tables.h"

bool rules_new(struct rules_state **ret, struct err *e)
{
    AUTO(rules_state) s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the state");
    if (!grouping_new(&s->grouping, e) || !roster_new(&s->roster, e))
        return false;
    tree_init(&s->tree);
    for (size_t i = 0; i < STATE_TABLES; i++) {
        s->tables[i] = (struct table){.fields = state_table_fields[i], .changes = &s->changes};
        s->next_due[i] = INT64_MAX;
    }
    *ret = TAKE(s);
    return true;
}

void rules_state_free(struct rules_state *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < STATE_TABLES; i++)
        table_done(&s->tables[i]);
    signers_free(s->signers);
    grouping_free(s->grouping);
    roster_free(s->roster);
    free(s);
}

bool rules_copy(struct rules_state **ret, const struct rules_state *s, struct err *e)
{
    AUTO(rules_state) copy = calloc(1, sizeof *copy);
    if (copy == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the state");
    *copy = *s;
    copy->signers = NULL;
    copy->grouping = NULL;
    copy->roster = NULL;
    for (size_t i = 0; i < STATE_TABLES; i++)
        copy->tables[i] = (struct table){.fields = s->tables[i].fields};
    if (!grouping_new(&copy->grouping, e) || !roster_new(&copy->roster, e))
        return false;
    for (size_t i = 0; i < STATE_TABLES; i++) {
        if (!table_copy(&copy->tables[i], &s->tables[i], e))
            return false;
        copy->tables[i].changes = &copy->changes;
    }
    *ret = TAKE(copy);
    return true;
}

/* Bytes of what follows from one entry. Any number of grants can end at once, each with a finding,
 * and an entry must never be refused for that. */
#define OUTCOME_MAX ((size_t)1 << 30)

void outcome_init(struct outcome *o)
{
    *o = (struct outcome){.arena = ARENA(OUTCOME_MAX), .repeated_entry = -1, .repeated_item = -1};
}

void outcome_done(struct outcome *o)
{
    arena_done(&o->arena);
}

static bool place_judge(const struct rules_state *s, const struct entry *entry, struct err *e)
{
    if (entry->index != (int64_t)s->tree.size)
        return err_refuse(e, "entry.index",
                          "entry says index %" PRId64 ", the record has %" PRIu64 " entries",
                          entry->index, s->tree.size);
    if (entry->time < s->time)
        return err_refuse(e, "entry.time",
                          "entry's time %" PRId64 " lies before its predecessor's "
                          "%" PRId64,
                          entry->time, s->time);
    return true;
}

static bool kind_judge(const struct rules_state *s, const struct entry_row *row,
                       const struct entry *entry, struct err *e)
{
    if (row == NULL)
        return err_set(e, ERR_INPUT, "no kind of entry is called \"%.*s\"",
                       BYTES_PRINT(entry->type));
    if (s->begun == (row == &entry_genesis))
        return err_refuse(e, "entry.genesis",
                          s->begun ? "a record has one genesis, its entry 0"
                                   : "a record begins with its genesis");
    if (s->begun && row->since > s->rules_version)
        return err_refuse(e, "entry.version",
                          "entries of this kind start with rules version "
                          "%" PRId64,
                          row->since);
    if (s->clock.doubted && !row->in_doubt) {
        (void)err_refuse(e, "clock.doubt",
                         "the clock is in doubt: only what reduces trust is admitted");
        return err_hint(e, "two people must confirm the time: sealward clock confirm");
    }
    return true;
}

/* Judges the statement that is the entry's body; *ret is what it spends. */
static bool statement_enter(struct statement *ret, const struct rules_state *s,
                            const struct entry_row *row, const struct entry *entry,
                            enum rules_evidence evidence, struct arena *a, struct err *e)
{
    struct signed_entry read;
    if (!signed_entry_read(&read, entry, a, e) ||
        !statement_judge(s, entry, &read.outer, &read.statement, row->statement, e) ||
        !actor_judge(s, read.statement.actor, e))
        return false;
    if (read.outer.brought.entry.data != NULL && !row->brings)
        return err_set(e, ERR_INPUT, "a \"%s\" brings no other entry along", row->name);
    *ret = read.statement;
    return evidence == RULES_JUDGED ||
           evidence_judge(s, entry, &read.statement, &read.outer.evidence, e);
}

static bool entry_enter(struct rules_state *s, const struct entry_row *row,
                        const struct entry *entry, enum rules_evidence evidence,
                        struct outcome *out, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct statement statement;
    bool is_statement = row->statement != STATEMENT_NONE;
    if ((row->before != NULL && !row->before(s, entry, e)) ||
        !deadlines_fire(s, entry->time, out, e))
        return false;
    if (is_statement && !statement_enter(&statement, s, row, entry, evidence, &arena, e))
        return false;
    if (evidence == RULES_JUDGE && row->judge != NULL && !row->judge(s, entry, e))
        return false;
    if (!row->apply(s, entry, out, e) || (is_statement && !statement_spend(s, &statement, e)) ||
        !state_forget(s, entry, e))
        return false;
    s->time = entry->time;
    state_grow(s, entry->leaf);
    return true;
}

bool rules_apply(struct rules_state *s, const struct entry *entry, enum rules_evidence evidence,
                 struct outcome *out, struct err *e)
{
    const struct entry_row *row = entry_row_find(entry->type);
    int64_t next_due[STATE_TABLES];
    if (!place_judge(s, entry, e) || !kind_judge(s, row, entry, e) || !deadlines_ready(s, e))
        return false;
    grouping_clear(s->grouping);
    memcpy(next_due, s->next_due, sizeof next_due);
    if (entry_enter(s, row, entry, evidence, out, e)) {
        changes_keep(&s->changes);
        return true;
    }
    changes_undo(&s->changes);
    memcpy(s->next_due, next_due, sizeof next_due);
    out->jobs = NULL;
    out->job_count = 0;
    out->findings = NULL;
    return false;
}

void rules_head(struct rules_head *ret, const struct rules_state *s)
{
    *ret = (struct rules_head){.begun = s->begun,
                               .origin = s->origin,
                               .base_url = s->base_url,
                               .arc = s->arc,
                               .demonstration = s->demonstration,
                               .version = s->rules_version,
                               .time = s->time,
                               .size = s->tree.size,
                               .clock_doubted = s->clock.doubted};
    memcpy(ret->authority, s->authority, sizeof ret->authority);
    memcpy(ret->log_key, s->log_key, sizeof ret->log_key);
    memcpy(ret->doubt, s->clock.leaf, sizeof ret->doubt);
    tree_root(ret->root, &s->tree);
}

bool rules_silence(int64_t *ret, const struct rules_state *s, struct err *e)
{
    struct limits_object limits;
    if (!state_limits(&limits, s, e))
        return false;
    *ret = limits.silence;
    return true;
}

bool rules_knows_root(const struct rules_state *s, int64_t size, uint8_t ret_root[32])
{
    struct bytes root;
    if (!state_root_at(s, size, &root))
        return false;
    memcpy(ret_root, root.data, 32);
    return true;
}

/* Everything of the state that is in no table. */
static void state_put_head(struct buf *b, const struct rules_state *s)
{
    buf_put(b, BYTES_OF(s->authority));
    buf_put(b, BYTES_OF(s->log_key));
    buf_put(b, bytes_make(s->origin, strlen(s->origin) + 1));
    buf_put(b, bytes_make(s->base_url, strlen(s->base_url) + 1));
    buf_put(b, bytes_make(s->arc, strlen(s->arc) + 1));
    buf_put_u8(b, s->demonstration);
    buf_put_u64(b, (uint64_t)s->rules_version);
    buf_put_u64(b, (uint64_t)s->time);
    buf_put_u64(b, (uint64_t)s->numbers);
    buf_put_u64(b, (uint64_t)s->stale);
    buf_put_u8(b, s->clock.doubted);
    buf_put(b, BYTES_OF(s->clock.leaf));
    tree_write(b, &s->tree);
}

bool rules_digest(const struct rules_state *s, uint8_t ret[32], struct err *e)
{
    AUTO_VALUE(buf) text = BUF(65536);
    buf_put_text(&text, "sealward-state\n");
    state_put_head(&text, s);
    size_t tables = s->rules_version < 2 ? TABLES_OF_VERSION_1 : STATE_TABLES;
    for (size_t i = 0; i < tables; i++) {
        uint8_t digest[32];
        if (!table_digest(&s->tables[i], digest, e))
            return false;
        buf_put(&text, BYTES_OF(digest));
    }
    uint8_t roots[32];
    digest_sha256(roots, bytes_make(s->roots, sizeof s->roots));
    buf_put(&text, BYTES_OF(roots));
    if (!buf_ok(&text, "the state's head", e))
        return false;
    digest_sha256(ret, buf_bytes(&text));
    return true;
}
