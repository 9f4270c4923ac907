#include "proof/confirmation.h"

#include "base/limits.h"
#include "pki/key.h"

static const char PREFIX[] = "sealward-confirmation";

FIELDS(confirmation_fields, "confirmation", struct confirmation,
       {.name = "authority",
        .kind = FIELD_BYTES,
        .offset = offsetof(struct confirmation, authority),
        .min = 32,
        .max = 32},
       {.name = "endpoint",
        .kind = FIELD_TEXT,
        .offset = offsetof(struct confirmation, endpoint),
        .min = 1,
        .max = LIMIT_ID},
       {.name = "time",
        .kind = FIELD_INTEGER,
        .offset = offsetof(struct confirmation, time),
        .max = LIMIT_TIME_MS},
       {.name = "number",
        .kind = FIELD_INTEGER,
        .offset = offsetof(struct confirmation, number),
        .max = JSON_INTEGER_MAX},
       {.name = "list",
        .kind = FIELD_BYTES,
        .offset = offsetof(struct confirmation, list),
        .min = 32,
        .max = 32},
       {.name = "size",
        .kind = FIELD_INTEGER,
        .offset = offsetof(struct confirmation, size),
        .min = 1,
        .max = JSON_INTEGER_MAX},
       {.name = "root",
        .kind = FIELD_BYTES,
        .offset = offsetof(struct confirmation, root),
        .min = 32,
        .max = 32});

/* The whole, as its table sees it. */
struct whole {
    struct bytes confirmation;
    struct bytes signature;
};

FIELDS(confirmation_whole_fields, "signed confirmation", struct whole,
       {.name = "confirmation",
        .kind = FIELD_RAW,
        .offset = offsetof(struct whole, confirmation),
        .max = CONFIRMATION_MAX},
       {.name = "signature",
        .kind = FIELD_BYTES,
        .offset = offsetof(struct whole, signature),
        .min = KEY_P256_SIGNATURE_SIZE,
        .max = KEY_P256_SIGNATURE_SIZE});

void confirmation_text(struct buf *b, const struct confirmation *c)
{
    buf_put(b, bytes_make(PREFIX, sizeof PREFIX)); /* with its zero byte */
    fields_write(b, &confirmation_fields, c);
}

void confirmation_write(struct buf *b, const struct confirmation *c, struct bytes signature)
{
    AUTO_VALUE(buf) text = BUF(CONFIRMATION_MAX);
    fields_write(&text, &confirmation_fields, c);
    struct whole whole = {.confirmation = buf_bytes(&text), .signature = signature};
    b->failed |= text.failed;
    fields_write(b, &confirmation_whole_fields, &whole);
}

bool confirmation_read(struct confirmation_signed *ret, struct bytes text, struct arena *a,
                       struct err *e)
{
    struct whole whole;
    struct confirmation confirmation;
    if (text.size > CONFIRMATION_MAX)
        return err_set(e, ERR_LIMIT, "a confirmation of %zu bytes is over the %d allowed",
                       text.size, CONFIRMATION_MAX);
    if (!fields_read(&whole, &confirmation_whole_fields, text, a, e) ||
        !fields_read(&confirmation, &confirmation_fields, whole.confirmation, a, e))
        return false;
    *ret = (struct confirmation_signed){
        .confirmation = confirmation, .text = whole.confirmation, .signature = whole.signature};
    return true;
}

bool confirmation_verify(const struct confirmation_signed *c, struct bytes spki, struct err *e)
{
    AUTO(pubkey) key = NULL;
    AUTO_VALUE(buf) message = BUF(sizeof PREFIX + CONFIRMATION_MAX);
    if (!pubkey_parse(&key, spki, e))
        return err_wrap(e, "the endpoint's key");
    if (pubkey_kind(key) != KEY_P256)
        return err_set(e, ERR_AUTH, "the endpoint's key is not P-256");
    buf_put(&message, bytes_make(PREFIX, sizeof PREFIX));
    buf_put(&message, c->text);
    if (!buf_ok(&message, "a confirmation", e))
        return false;
    return pubkey_verify(key, MECHANISM_ECDSA_SHA256, buf_bytes(&message), c->signature, e) ||
           err_wrap(e, "the endpoint's signature");
}
