/*
 * inflate: reads cases from standard input, each a size to unpack to, a size of packed bytes (both
 * big-endian, four bytes) and the packed bytes; writes for each one byte, 1 if it unpacks, and then
 * its SHA-256. For inflate_differential.py.
 */
#include <stdlib.h>
#include <unistd.h>

#include "artifact/inflate.h"
#include "base/file.h"
#include "base/reader.h"
#include "pki/digest.h"

int main(void)
{
    struct err e;
    AUTO_VALUE(buf) in = BUF(1 << 28);
    AUTO_VALUE(buf) out = BUF(1 << 28);
    if (!file_read_descriptor(&in, STDIN_FILENO, "standard input", &e))
        return 1;
    struct reader r = reader_make(buf_bytes(&in));
    while (r.rest.size > 0 && !r.failed) {
        size_t size = reader_u32(&r);
        struct bytes packed = reader_bytes(&r, reader_u32(&r));
        uint8_t digest[DIGEST_SHA256_SIZE];
        uint8_t *space = malloc(size + 1);
        bool ok = space != NULL && inflate_bytes(space, size, packed, &e);
        buf_put_u8(&out, ok);
        digest_sha256(digest, ok ? bytes_make(space, size) : BYTES_NONE);
        buf_put(&out, BYTES_OF(digest));
        free(space);
    }
    return file_write_descriptor(STDOUT_FILENO, buf_bytes(&out), "standard output", &e) ? 0 : 1;
}
