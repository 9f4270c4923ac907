#include "guard/confirm.h"

#include "proof/confirmation.h"

bool confirm_make(struct buf *ret, const struct held *h, const struct session_key *key,
                  const struct held_moment *at, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(CONFIRMATION_MAX);
    struct confirmation confirmation;
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    if (!held_confirmation(&confirmation, h, at, e))
        return false;
    confirmation_text(&text, &confirmation);
    if (!buf_ok(&text, "a confirmation", e) ||
        !session_key_sign(key, signature, buf_bytes(&text), e))
        return false;
    confirmation_write(ret, &confirmation, BYTES_OF(signature));
    return buf_ok(ret, "a confirmation", e);
}
