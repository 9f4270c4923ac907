/* The messages between the keeper's core and its workers, with the examples of worker.md. */
#include "unit/page.h"

#include "wire/worker.h"

static struct err e;

/* The page's example of that name, taken apart as wire/frame does it. */
static struct frame example(struct frame_reader *r, const char *info)
{
    AUTO_VALUE(buf) page = BUF(1 << 20);
    struct frame frame = {.type = 0};
    bool found = false;
    size_t place = 0;
    page_read(&page, "worker.md");
    struct bytes block = page_block(&page, info, &place);
    assert_non_null(block.data);
    page_hex(&r->in, block);
    ok_call(frame_next(r, &frame, &found, &e), e);
    assert_true(found);
    return frame;
}

static struct frame frame_of(struct frame_reader *r, struct buf *written)
{
    struct frame frame = {.type = 0};
    bool found = false;
    assert_false(written->failed);
    buf_put(&r->in, buf_bytes(written));
    ok_call(frame_next(r, &frame, &found, &e), e);
    assert_true(found);
    return frame;
}

static void request_only_whole(const struct frame *frame)
{
    struct worker_request before;
    struct worker_request request;
    AUTO_VALUE(buf) longer = BUF(WORKER_REQUEST_MAX);
    memset(&before, 0x5a, sizeof before);
    memset(&request, 0x5a, sizeof request);
    for (size_t n = 0; n < frame->payload.size; n++) {
        const struct frame cut = {frame->type, bytes_make(frame->payload.data, n)};
        ok_err(worker_request_read(&request, &cut, &e), e, ERR_INPUT, "worker request");
    }
    buf_put(&longer, frame->payload);
    buf_put_u8(&longer, 0);
    const struct frame more = {frame->type, buf_bytes(&longer)};
    ok_err(worker_request_read(&request, &more, &e), e, ERR_INPUT, "worker request");
    assert_memory_equal(&request, &before, sizeof before);
}

static void answer_only_whole(const struct frame *frame)
{
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    struct worker_answer before;
    struct worker_answer answer;
    AUTO_VALUE(buf) longer = BUF(WORKER_ANSWER_MAX);
    memset(&before, 0x5a, sizeof before);
    memset(&answer, 0x5a, sizeof answer);
    for (size_t n = 0; n < frame->payload.size; n++) {
        const struct frame cut = {frame->type, bytes_make(frame->payload.data, n)};
        ok_err(worker_answer_read(&answer, &cut, &a, &e), e, ERR_INPUT, "worker answer");
    }
    buf_put(&longer, frame->payload);
    buf_put_u8(&longer, 0);
    const struct frame more = {frame->type, buf_bytes(&longer)};
    ok_err(worker_answer_read(&answer, &more, &a, &e), e, ERR_INPUT, "worker answer");
    assert_memory_equal(&answer, &before, sizeof before);
}

static void a_request_to_sign_is_as_the_page_says(void **state)
{
    AUTO_VALUE(frame_reader) in = FRAME_READER(WORKER_REQUEST_MAX);
    AUTO_VALUE(buf) out = BUF(4096);
    struct worker_request request;
    (void)state;
    const struct frame frame = example(&in, "hex worker-sign");
    ok_call(worker_request_read(&request, &frame, &e), e);
    assert_int_equal(request.op, WORKER_SIGN);
    assert_int_equal(request.job, 7);
    assert_int_equal(request.mechanism, 0);
    assert_int_equal(request.id.size, 32);
    assert_int_equal(request.data.size, 32);
    worker_request_write(&out, &request);
    ok_bytes(buf_bytes(&out), buf_bytes(&in.in));
    request_only_whole(&frame);
}

static void an_error_is_as_the_page_says(void **state)
{
    AUTO_VALUE(frame_reader) in = FRAME_READER(WORKER_ANSWER_MAX);
    AUTO_VALUE(arena) a = ARENA(4096);
    AUTO_VALUE(buf) out = BUF(4096);
    struct worker_answer answer;
    (void)state;
    const struct frame frame = example(&in, "hex worker-refusal");
    ok_call(worker_answer_read(&answer, &frame, &a, &e), e);
    ok_err(answer.ok, answer.err, ERR_NOT_FOUND, "no private key with that id");
    worker_answer_write(&out, &answer);
    ok_bytes(buf_bytes(&out), buf_bytes(&in.in));
    answer_only_whole(&frame);
}

static void every_request_survives_the_way(void **state)
{
    static const uint8_t id[] = {1, 2, 3};
    const struct worker_request requests[] = {
        {.op = WORKER_PING, .job = 1},
        {.op = WORKER_LIST, .job = UINT64_MAX},
        {.op = WORKER_GENERATE, .job = 2, .kind = 1, .label = bytes_text("label")},
        {.op = WORKER_DESTROY, .job = 3, .id = BYTES_OF(id), .label = bytes_text("l")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        AUTO_VALUE(frame_reader) in = FRAME_READER(WORKER_REQUEST_MAX);
        AUTO_VALUE(buf) out = BUF(4096);
        struct worker_request got;
        worker_request_write(&out, &requests[i]);
        const struct frame frame = frame_of(&in, &out);
        ok_call(worker_request_read(&got, &frame, &e), e);
        assert_int_equal(got.op, requests[i].op);
        assert_int_equal(got.job, requests[i].job);
        assert_int_equal(got.kind, requests[i].kind);
        ok_bytes(got.label, requests[i].label);
        ok_bytes(got.id, requests[i].id);
        request_only_whole(&frame);
    }
}

static void a_list_of_keys_survives_the_way(void **state)
{
    AUTO_VALUE(frame_reader) in = FRAME_READER(WORKER_ANSWER_MAX);
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    AUTO_VALUE(buf) out = BUF(4096);
    struct worker_key keys[] = {
        {.id = bytes_text("id"), .label = bytes_text("label"), .kind = 2, .attributes = 0x7f},
        {.spki = bytes_text("spki")},
    };
    const struct worker_answer sent = {
        .op = WORKER_LIST, .job = 9, .ok = true, .keys = keys, .key_count = 2};
    struct worker_answer got;
    (void)state;
    worker_answer_write(&out, &sent);
    const struct frame frame = frame_of(&in, &out);
    ok_call(worker_answer_read(&got, &frame, &a, &e), e);
    assert_int_equal(got.key_count, 2);
    ok_text(got.keys[0].id, "id");
    ok_text(got.keys[0].label, "label");
    assert_int_equal(got.keys[0].kind, 2);
    assert_int_equal(got.keys[0].attributes, 0x7f);
    assert_null(got.keys[0].spki.data);
    ok_text(got.keys[1].spki, "spki");
    answer_only_whole(&frame);
}

static void other_answers_survive_the_way(void **state)
{
    struct worker_key key = {.id = bytes_text("id"), .spki = bytes_text("spki")};
    const struct worker_answer answers[] = {
        {.op = WORKER_PING, .ok = true},
        {.op = WORKER_SIGN, .job = 1, .ok = true, .signature = bytes_text("signature")},
        {.op = WORKER_GENERATE, .job = 2, .ok = true, .found = true, .keys = &key, .key_count = 1},
        {.op = WORKER_DESTROY, .job = 3, .ok = true, .found = true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        AUTO_VALUE(frame_reader) in = FRAME_READER(WORKER_ANSWER_MAX);
        AUTO_VALUE(arena) a = ARENA(1 << 20);
        AUTO_VALUE(buf) out = BUF(4096);
        struct worker_answer got;
        worker_answer_write(&out, &answers[i]);
        const struct frame frame = frame_of(&in, &out);
        ok_call(worker_answer_read(&got, &frame, &a, &e), e);
        assert_int_equal(got.job, answers[i].job);
        assert_true(got.found == answers[i].found);
        assert_int_equal(got.key_count, answers[i].key_count);
        ok_bytes(got.signature, answers[i].signature);
        answer_only_whole(&frame);
    }
}

static void values_out_of_limits_are_not_written(void **state)
{
    static const uint8_t large[WORKER_DATA_MAX + 1];
    const struct worker_request requests[] = {
        {.op = WORKER_SIGN, .job = 1, .id = BYTES_OF(large), .data = bytes_text("x")},
        {.op = WORKER_SIGN, .job = 1, .id = bytes_text("x"), .data = BYTES_OF(large)},
        {.op = WORKER_SIGN, .job = 1, .id = bytes_text("x"), .data = BYTES_NONE},
        {.op = WORKER_GENERATE, .job = 1, .label = BYTES_NONE},
        {.op = WORKER_GENERATE, .job = 1, .label = bytes_make(large, WORKER_LABEL_MAX + 1)},
        {.op = (enum worker_op)9, .job = 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        AUTO_VALUE(buf) out = BUF(3 * WORKER_DATA_MAX);
        worker_request_write(&out, &requests[i]);
        assert_true(out.failed);
    }
}

static void refused(uint8_t type, const void *payload, size_t size, bool request)
{
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    const struct frame frame = {type, bytes_make(payload, size)};
    struct worker_request q;
    struct worker_answer r;
    if (request)
        ok_err(worker_request_read(&q, &frame, &e), e, ERR_INPUT, "worker");
    else
        ok_err(worker_answer_read(&r, &frame, &a, &e), e, ERR_INPUT, "worker");
}

#define REFUSED(type, text, request) refused((type), (text), sizeof(text) - 1, (request))
#define JOB "\0\0\0\0\0\0\0\1"

static void what_no_writer_writes_is_refused(void **state)
{
    (void)state;
    REFUSED(0, JOB, true);
    REFUSED(6, JOB, true);
    REFUSED(WORKER_PING, "\0\0\0\0\0\0\0\0", true);
    REFUSED(WORKER_DESTROY, JOB "\0\0\0\0", true);
    REFUSED(WORKER_DESTROY, JOB "\xff\xff\xff\xff", true);
    REFUSED(WORKER_DESTROY, JOB "\0\0\0\1i", true);
    REFUSED(WORKER_DESTROY, JOB "\0\0\0\1i\0\0\0\0", true);
    REFUSED(0, JOB "\1", false);
    REFUSED(WORKER_PING, JOB "\2", false);
    REFUSED(WORKER_DESTROY, JOB "\1\2", false);
    REFUSED(WORKER_LIST, "\0\0\0\0\0\0\0\0\1\0\0\0\0", false);
    REFUSED(WORKER_LIST, JOB "\1\0\0\x10\1", false);
    REFUSED(WORKER_LIST, JOB "\1\xff\xff\xff\xff", false);
    REFUSED(WORKER_SIGN, JOB "\1\0\0\0\0", false);
    REFUSED(WORKER_PING, JOB "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", false);
    REFUSED(WORKER_PING, JOB "\0\x7f\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", false);
    REFUSED(WORKER_PING, JOB "\0\1\0\0\0\1\n\0\0\0\0\0\0\0\0\0\0\0\0", false);
}

static void texts_of_errors_are_made_plain(void **state)
{
    AUTO_VALUE(frame_reader) in = FRAME_READER(WORKER_ANSWER_MAX);
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    AUTO_VALUE(buf) out = BUF(4096);
    struct worker_answer sent = {.op = WORKER_PING, .job = 1};
    struct worker_answer got;
    (void)state;
    err_set(&sent.err, ERR_TOKEN, "label \xc3\xa9");
    worker_answer_write(&out, &sent);
    const struct frame frame = frame_of(&in, &out);
    ok_call(worker_answer_read(&got, &frame, &a, &e), e);
    assert_string_equal(got.err.message, "label ??");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_to_sign_is_as_the_page_says),
        cmocka_unit_test(an_error_is_as_the_page_says),
        cmocka_unit_test(every_request_survives_the_way),
        cmocka_unit_test(a_list_of_keys_survives_the_way),
        cmocka_unit_test(other_answers_survive_the_way),
        cmocka_unit_test(values_out_of_limits_are_not_written),
        cmocka_unit_test(what_no_writer_writes_is_refused),
        cmocka_unit_test(texts_of_errors_are_made_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
