/*
 * Aims at pem_certificates.
 *
 * Certificates are given or an error, never both; on failure the count is untouched.
 */
#include "pki/pem.h"
#include "property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes list[4];
    size_t count = 77;
    struct err e;
    AUTO_VALUE(arena) a = ARENA(1 << 22);
    if (!pem_certificates(list, 4, &count, bytes_make(data, size), &a, &e)) {
        PROPERTY(e.code == ERR_INPUT || e.code == ERR_LIMIT);
        PROPERTY(count == 77);
        return 0;
    }
    PROPERTY(count >= 1 && count <= 4);
    size_t all = 0;
    for (size_t i = 0; i < count; i++) {
        PROPERTY(list[i].data != NULL);
        all += list[i].size;
    }
    PROPERTY(all <= size);
    return 0;
}
