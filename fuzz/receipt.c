/*
 * Aims at receipt_parse and receipt_verify, with a key that has signed nothing.
 *
 * A receipt that is accepted in form is written again as the same text, and never holds.
 */
#include "proof/receipt.h"
#include "property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t zeros[32];
    struct bytes text = bytes_make(data, size);
    struct authority authority = {.origin = bytes_text("sealward.example/log")};
    struct receipt r;
    struct checkpoint c;
    struct err e;
    uint8_t leaf[TREE_HASH];
    AUTO_VALUE(arena) a = ARENA(1 << 18);
    if (!receipt_parse(&r, text, &a, &e)) {
        PROPERTY(e.code == ERR_INPUT || e.code == ERR_LIMIT);
        return 0;
    }
    AUTO_VALUE(buf) again = BUF(RECEIPT_BYTES_MAX);
    receipt_write(&again, &r);
    PROPERTY(!again.failed && bytes_equal(buf_bytes(&again), text));
    PROPERTY(
        note_key_make(&authority.log_key, authority.origin, NOTE_ED25519, BYTES_OF(zeros), &e));
    PROPERTY(!receipt_verify(&r, &authority, &c, leaf, &e));
    return 0;
}
