/* A start of the keeper: the state's digest for everybody to compare, and what it found. */
#include <inttypes.h>

#include "base/hex.h"
#include "rules/entries.h"
#include "rules/tables.h"

struct start {
    struct bytes version; /* of the program */
    struct bytes digest;  /* of the state before this entry */
    struct list findings; /* struct start_finding */
};

FIELDS(start_finding_fields, "finding of a start", struct start_finding,
       ROW_ID(struct start_finding, kind), ROW_BYTES(struct start_finding, id, 1, 64),
       ROW_TEXT(struct start_finding, note, 256));

FIELDS(start_fields, "start", struct start, ROW_ID(struct start, version),
       ROW_DIGEST(struct start, digest),
       ROW_LIST(struct start, findings, &start_finding_fields, 0, START_FINDINGS_MAX));

static bool silence_judge(const struct rules_state *s, const struct entry *entry, struct err *e)
{
    struct limits_object limits;
    if (!state_limits(&limits, s, e))
        return false;
    if (s->clock.doubted || entry->time - s->time <= limits.silence)
        return true;
    return err_refuse(e, "start.silence",
                      "after %" PRId64 " ms of silence a start must doubt the "
                      "clock first",
                      entry->time - s->time);
}

/* The digest is that of the state as the last entry left it. */
static bool start_before(const struct rules_state *s, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct start start;
    uint8_t digest[32];
    if (!fields_read(&start, &start_fields, entry->body, &arena, e) || !rules_digest(s, digest, e))
        return false;
    if (bytes_equal(start.digest, BYTES_OF(digest)))
        return true;
    return err_refuse(e, "start.digest",
                      "the start states another digest of the state than this replay gives");
}

bool start_findings_tell(struct outcome *out, const struct list *list, struct err *e)
{
    const struct start_finding *findings = list->items;
    for (size_t i = 0; i < list->count; i++)
        if (!outcome_find(out, "token.reconcile", findings[i].id, e, "%.*s: %.*s",
                          BYTES_PRINT(findings[i].kind), BYTES_PRINT(findings[i].note)))
            return false;
    return true;
}

static bool start_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                        struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct start start;
    if (!fields_read(&start, &start_fields, entry->body, &arena, e) || !silence_judge(s, entry, e))
        return false;
    return start_findings_tell(out, &start.findings, e);
}

static bool start_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct start start;
    char hex[65];
    if (!fields_read(&start, &start_fields, entry->body, &arena, e))
        return false;
    buf_printf(b, "keeper %.*s started, state %.16s, %zu findings", BYTES_PRINT(start.version),
               hex_string(hex, start.digest), start.findings.count);
    return true;
}

const struct entry_row entry_start = {
    .name = "start",
    .since = 1,
    .origin = ENTRY_OF_KEEPER,
    .in_doubt = true,
    .before = start_before,
    .apply = start_apply,
    .describe = start_describe,
};

bool rules_start_body(struct buf *b, const struct rules_state *s, struct bytes version,
                      const struct list *findings, struct err *e)
{
    uint8_t digest[32];
    if (!rules_digest(s, digest, e))
        return false;
    struct start start = {.version = version, .digest = BYTES_OF(digest), .findings = *findings};
    fields_write(b, &start_fields, &start);
    return buf_ok(b, "start", e);
}
