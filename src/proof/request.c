#include "proof/request.h"

#include "base/limits.h"
#include "pki/mechanism.h"

FIELDS(request_item_fields, "request item", struct request_item,
       {.name = "digest",
        .kind = FIELD_BYTES,
        .offset = offsetof(struct request_item, digest),
        .min = 32,
        .max = 64,
        .optional = true},
       {.name = "artifact",
        .kind = FIELD_INTEGER,
        .offset = offsetof(struct request_item, artifact),
        .max = LIMIT_GRANT_ARTIFACTS - 1,
        .optional = true},
       {.name = "preimages",
        .kind = FIELD_LIST,
        .offset = offsetof(struct request_item, preimages),
        .max = 2,
        .item = FIELD_BYTES,
        .item_min = 1,
        .item_max = LIMIT_PREIMAGE});

FIELDS(request_fields, "request", struct request,
       {.name = "grant",
        .kind = FIELD_BYTES,
        .offset = offsetof(struct request, grant),
        .min = 32,
        .max = 32},
       {.name = "key",
        .kind = FIELD_BYTES,
        .offset = offsetof(struct request, key),
        .min = 32,
        .max = 32},
       {.name = "mechanism",
        .kind = FIELD_ENUM,
        .offset = offsetof(struct request, mechanism),
        .names = mechanism_names},
       {.name = "items",
        .kind = FIELD_LIST,
        .offset = offsetof(struct request, items),
        .min = 1,
        .max = LIMIT_REQUEST_ITEMS,
        .item = FIELD_OBJECT,
        .object = &request_item_fields},
       {.name = "signature",
        .kind = FIELD_BYTES,
        .offset = offsetof(struct request, signature),
        .min = 64,
        .max = 64});

/* The four members of every entry. */
struct envelope {
    int64_t index;
    int64_t time;
    struct bytes type;
    struct bytes body;
};

FIELDS(envelope_fields, "entry", struct envelope,
       {.name = "index",
        .kind = FIELD_INTEGER,
        .offset = offsetof(struct envelope, index),
        .max = JSON_INTEGER_MAX},
       {.name = "time",
        .kind = FIELD_INTEGER,
        .offset = offsetof(struct envelope, time),
        .max = LIMIT_TIME_MS},
       {.name = "type",
        .kind = FIELD_TEXT,
        .offset = offsetof(struct envelope, type),
        .min = 1,
        .max = LIMIT_ID},
       {.name = "body",
        .kind = FIELD_RAW,
        .offset = offsetof(struct envelope, body),
        .max = LIMIT_ENTRY});

bool request_entry_read(struct request_entry *ret, struct bytes entry, struct arena *a,
                        struct err *e)
{
    struct envelope envelope;
    struct request request;
    if (entry.size > LIMIT_ENTRY)
        return err_set(e, ERR_LIMIT, "the entry has %zu bytes, the limit is %d", entry.size,
                       LIMIT_ENTRY);
    if (!fields_read(&envelope, &envelope_fields, entry, a, e))
        return false;
    if (!bytes_is(envelope.type, "request"))
        return err_set(e, ERR_NOT_FOUND, "the entry is of type \"%.*s\", not a request",
                       BYTES_PRINT(envelope.type));
    if (!fields_read(&request, &request_fields, envelope.body, a, e))
        return false;
    *ret =
        (struct request_entry){.index = envelope.index, .time = envelope.time, .request = request};
    return true;
}
