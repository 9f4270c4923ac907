/*
 * Aims at problem_read. Whatever a peer answers, there is a plain error to show. The first two
 * bytes of the input are the status.
 */
#include "base/text.h"
#include "client/problem.h"
#include "property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e;
    int64_t entry = -7;
    if (size < 2)
        return 0;
    long status = data[0] << 8 | data[1];
    PROPERTY(!problem_read(&e, &entry, status, bytes_make(data + 2, size - 2)));
    PROPERTY(entry >= -1);
    PROPERTY(e.code != ERR_NONE);
    PROPERTY(e.message[0] != '\0');
    PROPERTY(text_is_plain(bytes_text(e.message)));
    PROPERTY(text_is_plain(bytes_text(e.rule)));
    PROPERTY(text_is_plain(bytes_text(e.hint)));
    return 0;
}
