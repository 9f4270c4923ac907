/*
 * Aims at custody_read and brake_read, both directions of both tables. The first byte is the type,
 * the second which table and side, the rest the payload.
 *
 * What is accepted is written again as the same bytes; what is refused leaves the result alone, and
 * the other side's messages are refused always.
 */
#include "property.h"
#include "wire/brake.h"
#include "wire/custody.h"

static void custody_try(unsigned type, enum custody_sender sender, struct bytes payload)
{
    struct err e;
    AUTO_VALUE(arena) a = ARENA(CUSTODY_ARENA_MAX);
    AUTO_VALUE(buf) again = BUF(CUSTODY_PAYLOAD_MAX);
    struct custody_message m = {.type = (enum custody_type)0};
    if (!custody_read(&m, type, sender, payload, &a, &e)) {
        PROPERTY((unsigned)m.type == 0);
        PROPERTY(e.code == ERR_INPUT || e.code == ERR_LIMIT);
        return;
    }
    const struct custody_row *row = custody_row_find(type);
    PROPERTY(row != NULL && row->sender == sender && payload.size <= row->max);
    PROPERTY(m.type == row->type);
    PROPERTY(custody_write(&again, &m, &e));
    PROPERTY(bytes_equal(buf_bytes(&again), payload));
}

static void brake_try(unsigned type, enum brake_sender sender, struct bytes payload)
{
    struct err e;
    AUTO_VALUE(arena) a = ARENA(16 << 20);
    AUTO_VALUE(buf) again = BUF(BRAKE_PAYLOAD_MAX);
    struct brake_message m = {.type = (enum brake_type)0};
    if (!brake_read(&m, type, sender, payload, &a, &e)) {
        PROPERTY((unsigned)m.type == 0);
        PROPERTY(e.code == ERR_INPUT || e.code == ERR_LIMIT);
        return;
    }
    const struct brake_row *row = brake_row_find(type);
    PROPERTY(row != NULL && row->sender == sender && payload.size <= row->max);
    PROPERTY(m.type == row->type);
    PROPERTY(brake_write(&again, &m, &e));
    PROPERTY(bytes_equal(buf_bytes(&again), payload));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct bytes payload = bytes_make(data + 2, size - 2);
    if (data[1] & 2)
        brake_try(data[0], data[1] & 1 ? BRAKE_KEEPER : BRAKE_OFFICER, payload);
    else
        custody_try(data[0], data[1] & 1 ? CUSTODY_KEEPER : CUSTODY_DAEMON, payload);
    return 0;
}
