/*
 * Aims at names_read.
 *
 * An accepted file is, but for its newline, what names_write writes; every name opens its handle.
 */
#include "cli/names.h"
#include "property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_VALUE(arena) arena = ARENA(8 << 20);
    AUTO_VALUE(buf) again = BUF(NAMES_SIZE_MAX + 1);
    struct names names = {.rows = {.count = 7}};
    struct bytes text = bytes_make(data, size);
    struct err e;
    if (!names_read(&names, text, &arena, &e)) {
        PROPERTY(names.rows.count == 7);
        return 0;
    }
    names_write(&again, &names);
    PROPERTY(!again.failed);
    if (text.data[text.size - 1] != '\n')
        again.size--;
    PROPERTY(bytes_equal(buf_bytes(&again), text));
    const struct name_row *rows = names.rows.items;
    for (size_t i = 0; i < names.rows.count; i++) {
        char handle[NAMES_HANDLE_SIZE];
        names_handle(handle, rows[i].salt, rows[i].name);
        PROPERTY(bytes_is(rows[i].handle, handle));
    }
    return 0;
}
