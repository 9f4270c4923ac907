#include "rules/requests.h"

#include "pki/mechanism.h"
#include "rules/state.h"
#include "rules/tables.h"

/* What is signed: the request without its signature, and for whom. */
struct request_signed {
    struct bytes authority;
    struct bytes grant;
    struct bytes key;
    int mechanism;
    struct list items;
};

FIELDS(request_signed_fields, "request to be signed", struct request_signed,
       ROW_DIGEST(struct request_signed, authority), ROW_DIGEST(struct request_signed, grant),
       ROW_DIGEST(struct request_signed, key),
       ROW_WORD(struct request_signed, mechanism, mechanism_names),
       ROW_LIST(struct request_signed, items, &request_item_fields, 1, LIMIT_REQUEST_ITEMS));

struct closing_signed {
    struct bytes authority;
    struct bytes grant;
};

FIELDS(closing_signed_fields, "closing to be signed", struct closing_signed,
       ROW_DIGEST(struct closing_signed, authority), ROW_DIGEST(struct closing_signed, grant));

FIELDS(closing_fields, "closing", struct closing, ROW_DIGEST(struct closing, grant),
       ROW_BYTES(struct closing, signature, 64, 64));

FIELDS(binding_body_fields, "binding", struct binding_body, ROW_DIGEST(struct binding_body, grant),
       ROW_DIGEST(struct binding_body, key), ROW_BYTES(struct binding_body, digest, 32, 64),
       ROW_INTEGER_OR_NULL(struct binding_body, artifact, 0, LIMIT_GRANT_ARTIFACTS - 1),
       ROW_MAYBE(struct binding_body, declared, &artifact_fields),
       ROW_BLOBS(struct binding_body, preimages, 0, 2, 1, LIMIT_PREIMAGE));

static void put_context(struct buf *b, const char *context)
{
    buf_put(b, bytes_make(context, strlen(context) + 1));
}

void request_text(struct buf *b, struct bytes authority, const struct request *request)
{
    struct request_signed text = {.authority = authority,
                                  .grant = request->grant,
                                  .key = request->key,
                                  .mechanism = request->mechanism,
                                  .items = request->items};
    put_context(b, "sealward-request");
    fields_write(b, &request_signed_fields, &text);
}

void close_text(struct buf *b, struct bytes authority, struct bytes grant)
{
    struct closing_signed text = {.authority = authority, .grant = grant};
    put_context(b, "sealward-close");
    fields_write(b, &closing_signed_fields, &text);
}
