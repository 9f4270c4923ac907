/*
 * Aims at authority_read. A file that is accepted is written again as the same bytes.
 */
#include "proof/authority.h"
#include "property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = bytes_make(data, size);
    struct authority authority;
    struct err e;
    AUTO_VALUE(arena) a = ARENA(1 << 18);
    if (!authority_read(&authority, text, &a, &e)) {
        PROPERTY(e.code == ERR_INPUT || e.code == ERR_LIMIT);
        return 0;
    }
    AUTO_VALUE(buf) again = BUF(LIMIT_AUTHORITY);
    authority_write(&again, &authority);
    PROPERTY(!again.failed && bytes_equal(buf_bytes(&again), text));
    return 0;
}
