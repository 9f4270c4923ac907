#include "rules/entries.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/hex.h"
#include "base/text.h"
#include "rules/tables.h"

FIELDS(verdict_fields, "verdict", struct verdict, ROW_DIGEST(struct verdict, subject));

bool signed_entry_read(struct signed_entry *ret, const struct entry *entry, struct arena *a,
                       struct err *e)
{
    struct signed_entry read;
    if (!signed_statement_read(&read.outer, &read.statement, entry->body, a, e))
        return false;
    if (!bytes_equal(read.statement.type, entry->type))
        return err_set(e, ERR_INPUT, "the statement is a \"%.*s\", the entry a \"%.*s\"",
                       BYTES_PRINT(read.statement.type), BYTES_PRINT(entry->type));
    *ret = read;
    return true;
}

bool statement_person(struct bytes *ret_handle, const struct statement *statement, struct err *e)
{
    if (actor_is_person(statement->actor, ret_handle))
        return true;
    (void)err_refuse(e, "actor.person", "a %.*s is a person's act, not that of %.*s",
                     BYTES_PRINT(statement->type), BYTES_PRINT(statement->actor));
    return err_hint(e, "a person of the policy in force must sign it");
}

bool outcome_find(struct outcome *out, const char *kind, struct bytes subject, struct err *e,
                  const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);

    struct finding *finding = arena_alloc(&out->arena, sizeof *finding);
    struct bytes kept = arena_copy(&out->arena, subject);
    struct bytes words = arena_copy(&out->arena, bytes_text(text));
    if (finding == NULL || kept.data == NULL || words.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a finding");
    *finding =
        (struct finding){.next = out->findings, .kind = kind, .subject = kept, .text = words};
    out->findings = finding;
    return true;
}

bool mark_add(struct mark **list, const char *kind, struct bytes key, int64_t item, struct arena *a,
              struct err *e)
{
    struct mark *mark = arena_alloc(a, sizeof *mark);
    struct bytes kept = arena_copy(a, key);
    if (mark == NULL || kept.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for what an entry is found by");
    *mark = (struct mark){.next = *list, .kind = kind, .key = kept, .item = item};
    *list = mark;
    return true;
}

bool subject_mark(struct mark **list, const char *kind, struct bytes id, struct arena *a,
                  struct err *e)
{
    uint8_t digest[32];
    struct err ignored;
    if (strcmp(kind, "path") == 0)
        return mark_add(list, kind, id, 0, a, e);
    if (strcmp(kind, "key") == 0 && hex_decode(digest, sizeof digest, id, &ignored))
        return mark_add(list, kind, BYTES_OF(digest), 0, a, e);
    return true;
}

bool signed_entry_marks(struct mark **list, const struct entry *entry, struct arena *a,
                        struct err *e)
{
    struct signed_entry read;
    struct bytes name;
    if (!signed_entry_read(&read, entry, a, e) || !subject_marks(list, &read.statement, a, e))
        return false;
    if (actor_is_person(read.statement.actor, &name))
        return mark_add(list, "person", name, 0, a, e);
    if (actor_is_workload(read.statement.actor, &name))
        return mark_add(list, "workload", name, 0, a, e);
    return true;
}

bool subject_refuse(const struct rules_state *s, struct bytes leaf, const char *what, struct err *e)
{
    char hex[65];
    const struct ended *ended = state_ended(s, leaf);
    if (ended == NULL)
        return err_set(e, ERR_NOT_FOUND, "no open %s has the leaf hash %s", what,
                       hex_string(hex, leaf));
    char rule[sizeof e->rule];
    char time[TEXT_TIME_SIZE];
    const char *how = end_reason_names[ended->reason];
    (void)snprintf(rule, sizeof rule, "%s.%s", what, how);
    (void)err_refuse(e, rule, "this %s was %s at %s", what,
                     ended->reason == END_DONE ? "carried out" : how, text_time(time, ended->time));
    return err_hint(e, "open a new one");
}

bool acts_move(struct rules_state *s, struct bytes from, struct bytes to, struct err *e)
{
    struct table *acts = state_table(s, TABLE_ACTS);
    for (size_t i; (i = table_seek(acts, from)), table_within(acts, i, from);) {
        struct act act = *(const struct act *)table_at(acts, i);
        uint8_t key[32 + 2 * LIMIT_ID + 1];
        struct bytes old = table_key(acts, i);
        memcpy(key, old.data, old.size);
        struct bytes old_key = bytes_make(key, old.size);
        uint8_t new_key[sizeof key];
        memcpy(new_key, key, old.size);
        memcpy(new_key, to.data, 32);
        act.subject = to;
        if (!table_put(acts, bytes_make(new_key, old.size), &act, e))
            return false;
        table_remove(acts, old_key);
    }
    return true;
}
