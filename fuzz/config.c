/*
 * Aims at config_read. Accepted keys and values are plain, not empty, and each key stands once.
 */
#include "base/text.h"
#include "cli/config.h"
#include "property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    struct config config;
    struct err e;
    config.count = CONFIG_LINES_MAX + 1;
    if (!config_read(&config, bytes_make(data, size), &arena, &e)) {
        PROPERTY(config.count == CONFIG_LINES_MAX + 1);
        return 0;
    }
    for (size_t i = 0; i < config.count; i++) {
        PROPERTY(text_is_name(bytes_text(config.lines[i].key)));
        PROPERTY(text_is_plain(bytes_text(config.lines[i].value)));
        PROPERTY(config.lines[i].value[0] != '\0');
        PROPERTY(config_value(&config, config.lines[i].key) == config.lines[i].value);
    }
    return 0;
}
