/*
 * Aims at confirmation_read. What is accepted is written again as the same bytes, and its signed
 * text is a piece of it.
 */
#include "property.h"
#include "proof/confirmation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = bytes_make(data, size);
    struct confirmation_signed c;
    struct err e;
    AUTO_VALUE(arena) a = CONFIRMATION_ARENA;
    if (!confirmation_read(&c, text, &a, &e)) {
        PROPERTY(e.code == ERR_INPUT || e.code == ERR_LIMIT);
        return 0;
    }
    AUTO_VALUE(buf) again = BUF(CONFIRMATION_MAX);
    confirmation_write(&again, &c.confirmation, c.signature);
    PROPERTY(!again.failed && bytes_equal(buf_bytes(&again), text));
    PROPERTY(memmem(data, size, c.text.data, c.text.size) != NULL);
    return 0;
}
