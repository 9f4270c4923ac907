#include "rules/entry.h"

#include "proof/tree.h"
#include "rules/tables.h"

struct envelope {
    int64_t index;
    int64_t time;
    struct bytes type;
    struct bytes body;
};

FIELDS(entry_fields, "entry", struct envelope,
       ROW_INTEGER(struct envelope, index, 0, JSON_INTEGER_MAX), ROW_TIME(struct envelope, time),
       ROW_ID(struct envelope, type), ROW_RAW(struct envelope, body, LIMIT_ENTRY));

bool entry_read(struct entry *ret, struct bytes text, struct arena *a, struct err *e)
{
    if (text.size > LIMIT_ENTRY)
        return err_set(e, ERR_LIMIT, "entry has %zu bytes, the limit is %d", text.size,
                       LIMIT_ENTRY);
    struct envelope envelope;
    if (!fields_read(&envelope, &entry_fields, text, a, e))
        return false;
    *ret = (struct entry){.text = text,
                          .index = envelope.index,
                          .time = envelope.time,
                          .type = envelope.type,
                          .body = envelope.body};
    tree_leaf_hash(ret->leaf, text);
    return true;
}

void entry_write(struct buf *b, int64_t index, int64_t time, struct bytes type, struct bytes body)
{
    struct envelope envelope = {.index = index, .time = time, .type = type, .body = body};
    fields_write(b, &entry_fields, &envelope);
}
