#include "rules/statement.h"

#include "base/hex.h"
#include "pki/digest.h"
#include "proof/path.h"
#include "rules/tables.h"

FIELDS(seen_fields, "checkpoint seen", struct seen,
       ROW_INTEGER(struct seen, size, 1, JSON_INTEGER_MAX), ROW_DIGEST(struct seen, root));

FIELDS(statement_fields, "statement", struct statement, ROW_ID(struct statement, type),
       ROW_DIGEST(struct statement, authority), ROW_TIME(struct statement, time),
       ROW_OBJECT(struct statement, seen, &seen_fields), ROW_ID(struct statement, actor),
       ROW_RAW(struct statement, body, LIMIT_STATEMENT));

FIELDS(evidence_fields, "evidence", struct evidence,
       ROW_BYTES_OR_NULL(struct evidence, signature, 16, LIMIT_SSHSIG),
       ROW(struct evidence, token, .kind = FIELD_TEXT, .min = 16, .max = LIMIT_IDENTITY_TOKEN,
           .optional = true));

FIELDS(signed_statement_fields, "signed statement", struct signed_statement,
       ROW_RAW(struct signed_statement, statement, LIMIT_STATEMENT),
       ROW_OBJECT(struct signed_statement, evidence, &evidence_fields),
       ROW_BYTES_OR_NULL(struct signed_statement, consistency, TREE_HASH, PATH_HASHES *TREE_HASH));

FIELDS(brought_fields, "entry brought along", struct brought,
       ROW_RAW(struct brought, entry, LIMIT_ENTRY),
       ROW_BYTES(struct brought, inclusion, TREE_HASH, PATH_HASHES *TREE_HASH),
       ROW_RAW_OR_NULL(struct brought, artifact, LIMIT_BROUGHT_ARTIFACT),
       ROW_INTEGER(struct brought, item, 0, LIMIT_REQUEST_ITEMS));

/* With the entry that it brings along. */
FIELDS(bringing_statement_fields, "signed statement", struct signed_statement,
       ROW_RAW(struct signed_statement, statement, LIMIT_STATEMENT),
       ROW_OBJECT(struct signed_statement, evidence, &evidence_fields),
       ROW_BYTES_OR_NULL(struct signed_statement, consistency, TREE_HASH, PATH_HASHES *TREE_HASH),
       ROW_OBJECT(struct signed_statement, brought, &brought_fields));

bool statement_read(struct statement *ret, struct bytes text, struct arena *a, struct err *e)
{
    struct statement statement;
    if (!fields_read(&statement, &statement_fields, text, a, e))
        return false;
    statement.text = text;
    *ret = statement;
    return true;
}

void statement_write(struct buf *b, const struct statement *statement)
{
    fields_write(b, &statement_fields, statement);
}

/* By the one table or by the other. A text that fits neither is judged by the first. */
static bool outer_read(struct signed_statement *ret, struct bytes text, struct arena *a,
                       struct err *e)
{
    struct err other;
    struct signed_statement outer = {.consistency = BYTES_NONE};
    if (!fields_read(&outer, &signed_statement_fields, text, a, e) &&
        !fields_read(&outer, &bringing_statement_fields, text, a, &other))
        return false;
    *ret = outer;
    return true;
}

bool signed_statement_read(struct signed_statement *ret, struct statement *ret_statement,
                           struct bytes text, struct arena *a, struct err *e)
{
    struct signed_statement outer;
    struct statement inner;
    if (!outer_read(&outer, text, a, e) || !statement_read(&inner, outer.statement, a, e))
        return false;
    *ret = outer;
    *ret_statement = inner;
    return true;
}

void signed_statement_write(struct buf *b, const struct signed_statement *s)
{
    bool brings = s->brought.entry.data != NULL;
    fields_write(b, brings ? &bringing_statement_fields : &signed_statement_fields, s);
}

void statement_audience(char ret[STATEMENT_AUDIENCE_SIZE], struct bytes statement_text)
{
    uint8_t digest[32];
    const size_t prefix = sizeof STATEMENT_AUDIENCE_PREFIX - 1;
    digest_sha256(digest, statement_text);
    memcpy(ret, STATEMENT_AUDIENCE_PREFIX, prefix);
    (void)hex_string(ret + prefix, BYTES_OF(digest));
}

static bool actor_split(struct bytes actor, const char *prefix, struct bytes *ret)
{
    size_t size = strlen(prefix);
    if (actor.size <= size || memcmp(actor.data, prefix, size) != 0)
        return false;
    *ret = bytes_make(actor.data + size, actor.size - size);
    return true;
}

bool actor_is_person(struct bytes actor, struct bytes *ret_handle)
{
    return actor_split(actor, "person/", ret_handle);
}

bool actor_is_workload(struct bytes actor, struct bytes *ret_id)
{
    return actor_split(actor, "workload/", ret_id);
}
