/*
 * Aims at checkpoint_open, with the key and origin of a published log.
 *
 * What opens carries the text that was signed: written again from its meaning it is the front of
 * the input.
 */
#include "proof/checkpoint.h"
#include "property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes origin = bytes_text("go.sum database tree");
    struct note_key key;
    struct checkpoint c;
    struct err e;
    PROPERTY(note_key_parse(
        &key, bytes_text("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"),
        &e));
    if (!checkpoint_open(&c, bytes_make(data, size), origin, &key, &e)) {
        return 0;
    }
    AUTO_VALUE(buf) text = BUF(1024);
    checkpoint_write(&text, origin, &c);
    PROPERTY(!text.failed && text.size < size && memcmp(text.data, data, text.size) == 0);
    return 0;
}
