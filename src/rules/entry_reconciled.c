/* The keys of a token compared with those of the record while the keeper runs: what differs, when
 * it differs from what the last start or comparison said. */
#include "rules/entries.h"
#include "rules/tables.h"

struct reconciled {
    struct bytes token;   /* of policy */
    struct list findings; /* struct start_finding; none: what differed before does no more */
};

FIELDS(reconciled_fields, "reconciled", struct reconciled, ROW_ID(struct reconciled, token),
       ROW_LIST(struct reconciled, findings, &start_finding_fields, 0, START_FINDINGS_MAX));

static bool reconciled_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                             struct err *e)
{
    (void)s;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct reconciled reconciled;
    return fields_read(&reconciled, &reconciled_fields, entry->body, &arena, e) &&
           start_findings_tell(out, &reconciled.findings, e);
}

static bool reconciled_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct reconciled reconciled;
    if (!fields_read(&reconciled, &reconciled_fields, entry->body, &arena, e))
        return false;
    buf_printf(b, "token %.*s compared with the record: %zu findings",
               BYTES_PRINT(reconciled.token), reconciled.findings.count);
    return true;
}

const struct entry_row entry_reconciled = {
    .name = "reconciled",
    .since = 2,
    .origin = ENTRY_OF_KEEPER,
    .in_doubt = true,
    .apply = reconciled_apply,
    .describe = reconciled_describe,
};

void rules_reconciled_body(struct buf *b, struct bytes token, const struct list *findings)
{
    struct reconciled reconciled = {.token = token, .findings = *findings};
    fields_write(b, &reconciled_fields, &reconciled);
}
