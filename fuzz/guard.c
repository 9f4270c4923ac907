/*
 * Aims at settings_read, standing_read and holding_read: what is accepted is written again as the
 * same bytes, and whatever an endpoint is said to hold, there is an answer whether it counts.
 */
#include "guard/holding.h"
#include "property.h"

static void settings_try(struct bytes text)
{
    struct settings s;
    struct err e;
    AUTO_VALUE(arena) a = SETTINGS_ARENA;
    AUTO_VALUE(buf) again = BUF(SETTINGS_MAX);
    if (!settings_read(&s, text, &a, &e))
        return;
    settings_write(&again, &s);
    PROPERTY(!again.failed && bytes_equal(buf_bytes(&again), text));
}

static void standing_try(struct bytes text)
{
    struct standing s;
    struct err e;
    AUTO_VALUE(buf) again = BUF(SETTINGS_MAX);
    if (!standing_read(&s, text, &e))
        return;
    standing_write(&again, &s);
    PROPERTY(!again.failed && bytes_equal(buf_bytes(&again), text));
}

static void holding_try(struct bytes text)
{
    struct holding h;
    struct err note;
    struct err e;
    AUTO_VALUE(arena) a = HOLDING_ARENA;
    AUTO_VALUE(buf) again = BUF(HOLDING_MAX);
    if (!holding_read(&h, text, &a, &e))
        return;
    holding_write(&again, &h);
    PROPERTY(!again.failed && bytes_equal(buf_bytes(&again), text));
    PROPERTY(holding_trust(&h, &note, &e) || e.code == ERR_REFUSED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = bytes_make(data, size);
    settings_try(text);
    standing_try(text);
    holding_try(text);
    return 0;
}
