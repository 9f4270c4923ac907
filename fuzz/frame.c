/*
 * Aims at frame_next and frame_put. The first byte says how many bytes come at a time, the rest is
 * what came from the socket.
 *
 * The frames that are found, written again, are the bytes that were taken.
 */
#include "wire/frame.h"
#include "property.h"

enum { PAYLOAD_MAX = 4096 };

static bool frames_take(struct frame_reader *r, struct buf *again)
{
    struct frame frame;
    bool found = true;
    struct err e;
    while (found) {
        if (!frame_next(r, &frame, &found, &e)) {
            PROPERTY(e.code == ERR_LIMIT);
            return false;
        }
        if (found) {
            PROPERTY(frame.payload.size <= PAYLOAD_MAX);
            frame_put(again, frame.type, frame.payload);
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t step = (size_t)data[0] + 1;
    struct bytes rest = bytes_make(data + 1, size - 1);
    AUTO_VALUE(frame_reader) r = FRAME_READER(PAYLOAD_MAX);
    AUTO_VALUE(buf) again = BUF(size);
    r.in.max = size;
    while (rest.size > 0) {
        size_t part = rest.size < step ? rest.size : step;
        buf_put(&r.in, bytes_make(rest.data, part));
        rest = bytes_make(rest.data + part, rest.size - part);
        if (!frames_take(&r, &again))
            return 0;
    }
    PROPERTY(!again.failed && again.size == r.taken);
    PROPERTY(bytes_equal(buf_bytes(&again), bytes_make(data + 1, r.taken)));
    return 0;
}
