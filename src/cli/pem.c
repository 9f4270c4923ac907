#include "cli/pem.h"

#include "base/base64.h"

/* Bytes of one line: 64 characters (RFC 7468 section 2). */
#define LINE_BYTES 48

void pem_put(struct buf *b, struct bytes certificate)
{
    buf_put_text(b, "-----BEGIN CERTIFICATE-----\n");
    for (size_t at = 0; at < certificate.size; at += LINE_BYTES) {
        size_t left = certificate.size - at;
        base64_put(b, bytes_make(certificate.data + at, left < LINE_BYTES ? left : LINE_BYTES));
        buf_put_u8(b, '\n');
    }
    buf_put_text(b, "-----END CERTIFICATE-----\n");
}
