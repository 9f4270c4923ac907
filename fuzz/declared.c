/*
 * Aims at declared_open, declared_read and declared_path_read: the entry of a grant that somebody
 * hands in beside a signature.
 *
 * The input is a byte with the artifact's number, then the entry. What is found lies in the entry,
 * or is no longer than it; a failure leaves the result as it was.
 */
#include "base/limits.h"
#include "proof/declared.h"
#include "property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_VALUE(arena) a = ARENA(LIMIT_JSON_TREE);
    struct declared untouched = {.format = bytes_text("untouched")};
    struct declared d = untouched;
    struct declared_grant grant;
    struct err e;
    if (size == 0 || !declared_open(&grant, bytes_make(data + 1, size - 1), &a, &e))
        return 0;
    struct bytes path = untouched.format;
    if (declared_path_read(&path, &grant, &e))
        PROPERTY(path.size > 0 && path.size < size);
    else
        PROPERTY(path.data == untouched.format.data);
    if (!declared_read(&d, &grant, data[0], &a, &e)) {
        PROPERTY(bytes_equal(d.format, untouched.format) && d.digest.data == NULL);
        return 0;
    }
    PROPERTY(d.format.size > 0 && d.algorithm.size > 0);
    PROPERTY(d.format.size + d.algorithm.size + d.digest.size < size);
    return 0;
}
