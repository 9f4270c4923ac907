/*
 * Aims at both directions of wire/worker.h: worker_request_read and worker_answer_read. The first
 * byte says which (even: a request), the second is the frame's type, the rest its payload.
 *
 * What is accepted, written again, is the same frame: each message has one spelling. What is
 * refused is refused as bad input.
 */
#include "wire/worker.h"
#include "property.h"

static bool again_request(struct buf *out, const struct frame *frame, struct err *e)
{
    struct worker_request request;
    if (!worker_request_read(&request, frame, e))
        return false;
    PROPERTY(request.id.size <= WORKER_ID_MAX && request.label.size <= WORKER_LABEL_MAX);
    PROPERTY(request.data.size <= WORKER_DATA_MAX);
    worker_request_write(out, &request);
    return true;
}

static bool again_answer(struct buf *out, const struct frame *frame, struct err *e)
{
    AUTO_VALUE(arena) a = ARENA(1u << 20);
    struct worker_answer answer;
    if (!worker_answer_read(&answer, frame, &a, e))
        return false;
    PROPERTY(answer.signature.size <= WORKER_SIGNATURE_MAX);
    PROPERTY(answer.key_count <= WORKER_KEYS_MAX);
    worker_answer_write(out, &answer);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const struct frame frame = {.type = data[1], .payload = bytes_make(data + 2, size - 2)};
    AUTO_VALUE(buf) want = BUF(size + FRAME_HEADER_SIZE);
    AUTO_VALUE(buf) got = BUF(size + FRAME_HEADER_SIZE);
    struct err e;
    bool read = data[0] % 2 == 0 ? again_request(&got, &frame, &e) : again_answer(&got, &frame, &e);
    if (!read) {
        PROPERTY(e.code == ERR_INPUT);
        return 0;
    }
    frame_put(&want, frame.type, frame.payload);
    PROPERTY(!got.failed && bytes_equal(buf_bytes(&got), buf_bytes(&want)));
    return 0;
}
