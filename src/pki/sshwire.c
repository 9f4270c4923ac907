#include "pki/sshwire.h"

struct bytes sshwire_number(struct reader *r, size_t max)
{
    struct bytes number = reader_string32(r, max + 1);
    bool padded = number.size > 1 && number.data[0] == 0;
    bool wrong = number.size == 0 || number.data[0] >= 0x80 ||
                 (number.data[0] == 0 && (!padded || number.data[1] < 0x80));
    if (wrong) {
        r->failed = true;
        return BYTES_NONE;
    }
    return padded ? bytes_make(number.data + 1, number.size - 1) : number;
}

void sshwire_put_string(struct buf *b, struct bytes string)
{
    if (string.size > UINT32_MAX) {
        b->failed = true;
        return;
    }
    buf_put_u32(b, (uint32_t)string.size);
    buf_put(b, string);
}
