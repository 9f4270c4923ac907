/*
 * Aims at sshkey_line_parse and sshkey_parse. What is accepted is the one spelling of its key: the
 * line is made again from what was read.
 */
#include "base/base64.h"
#include "base/limits.h"
#include "pki/sshkey.h"
#include "property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_VALUE(buf) blob = BUF(LIMIT_SSH_KEY);
    AUTO_VALUE(buf) again = BUF(LIMIT_SSH_LINE);
    struct bytes comment = BYTES_NONE;
    struct sshkey key;
    struct err e;
    if (!sshkey_line_parse(&blob, &comment, bytes_make(data, size), &e)) {
        PROPERTY(blob.size == 0 && comment.data == NULL);
        return 0;
    }
    PROPERTY(sshkey_parse(&key, buf_bytes(&blob), &e));
    buf_put_text(&again, sshkey_names[key.kind]);
    buf_put_text(&again, " ");
    base64_put(&again, buf_bytes(&blob));
    PROPERTY(again.size <= size && memcmp(again.data, data, again.size) == 0);
    return 0;
}
