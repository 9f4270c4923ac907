#include "base/random.h"

#include <sys/random.h>

bool random_fill(uint8_t *ret, size_t size, struct err *e)
{
    /* Requests of up to 256 bytes are never cut short once the generator is seeded. */
    if (size > 256)
        return err_set(e, ERR_INTERNAL, "%zu random bytes at once are too many", size);
    ssize_t n = getrandom(ret, size, 0);
    return n == (ssize_t)size ? true : err_errno(e, "the kernel gives no random bytes");
}
