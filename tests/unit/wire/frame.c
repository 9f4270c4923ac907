/* Frames, over real sockets. */
#include "unit/ok.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/frame.h"

enum { MAX = 1000000 };

static struct err e;

static void pair_make(int ret[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret), 0);
}

static void pair_done(const int pair[2])
{
    (void)close(pair[0]);
    (void)close(pair[1]);
}

static void write_all(int fd, const void *data, size_t size)
{
    assert_int_equal(write(fd, data, size), size);
}

static void a_frame_is_length_type_and_payload(void **state)
{
    (void)state;
    static const uint8_t want[] = {0, 0, 0, 3, 7, 'a', 'b', 'c', 0, 0, 0, 0, 9};
    AUTO_VALUE(buf) out = BUF(100);
    frame_put(&out, 7, bytes_text("abc"));
    frame_put(&out, 9, BYTES_NONE);
    ok_bytes(buf_bytes(&out), BYTES_OF(want));
}

static void a_frame_over_the_buffers_limit_fails_once(void **state)
{
    (void)state;
    AUTO_VALUE(buf) out = BUF(6);
    size_t start = frame_begin(&out, 1);
    buf_put_text(&out, "ab");
    frame_end(&out, start);
    ok_err(buf_ok(&out, "the frame", &e), e, ERR_LIMIT, "the frame");
}

static void frames_come_whole_however_they_are_cut(void **state)
{
    (void)state;
    static const uint8_t sent[] = {0, 0, 0, 2, 1, 'h', 'i', 0, 0, 0, 0, 2};
    for (size_t cut = 0; cut <= sizeof sent; cut++) {
        int pair[2];
        AUTO_VALUE(frame_reader) r = FRAME_READER(MAX);
        struct frame frame = {.type = 0};
        bool closed = true;
        bool found = true;
        size_t count = 0;
        pair_make(pair);
        for (int half = 0; half < 2; half++) {
            size_t from = half == 0 ? 0 : cut;
            size_t to = half == 0 ? cut : sizeof sent;
            write_all(pair[0], sent + from, to - from);
            ok_call(frame_fill(&r, pair[1], &closed, &e), e);
            assert_false(closed);
            for (;;) {
                ok_call(frame_next(&r, &frame, &found, &e), e);
                if (!found)
                    break;
                count++;
                assert_int_equal(frame.type, count);
                if (count == 1)
                    ok_text(frame.payload, "hi");
            }
        }
        assert_int_equal(count, 2);
        assert_true(frame_reader_empty(&r));
        pair_done(pair);
    }
}

static void a_fill_without_bytes_does_not_wait(void **state)
{
    (void)state;
    int pair[2];
    AUTO_VALUE(frame_reader) r = FRAME_READER(MAX);
    bool closed = true;
    pair_make(pair);
    ok_call(frame_fill(&r, pair[1], &closed, &e), e);
    assert_false(closed);
    (void)close(pair[0]);
    ok_call(frame_fill(&r, pair[1], &closed, &e), e);
    assert_true(closed);
    assert_true(frame_reader_empty(&r));
    (void)close(pair[1]);
}

static void a_frame_over_the_readers_limit_is_refused_at_its_header(void **state)
{
    (void)state;
    static const uint8_t header[] = {0, 0, 0, 11, 1};
    int pair[2];
    AUTO_VALUE(frame_reader) r = FRAME_READER(10);
    struct frame frame = {.type = 77};
    bool closed;
    bool found = true;
    pair_make(pair);
    write_all(pair[0], header, sizeof header);
    ok_call(frame_fill(&r, pair[1], &closed, &e), e);
    ok_err(frame_next(&r, &frame, &found, &e), e, ERR_LIMIT, "11 bytes");
    assert_int_equal(frame.type, 77);
    assert_true(found);
    pair_done(pair);
}

static void a_flush_sends_what_fits_and_keeps_the_rest(void **state)
{
    (void)state;
    int pair[2];
    AUTO_VALUE(buf) out = BUF(MAX);
    AUTO_VALUE(frame_reader) r = FRAME_READER(MAX);
    struct frame frame;
    bool found = false;
    bool closed;
    pair_make(pair);
    size_t start = frame_begin(&out, 5);
    uint8_t *place = buf_grow(&out, 900000);
    assert_non_null(place);
    memset(place, 'x', 900000);
    frame_end(&out, start);

    ok_call(frame_flush(&out, pair[0], &e), e);
    assert_in_range(out.size, 1, 900004);
    while (!found) {
        ok_call(frame_fill(&r, pair[1], &closed, &e), e);
        ok_call(frame_next(&r, &frame, &found, &e), e);
        ok_call(frame_flush(&out, pair[0], &e), e);
    }
    assert_int_equal(out.size, 0);
    assert_int_equal(frame.payload.size, 900000);
    assert_int_equal(frame.payload.data[899999], 'x');
    pair_done(pair);
}

static void a_peer_that_has_gone_is_an_error_and_no_signal(void **state)
{
    (void)state;
    int pair[2];
    AUTO_VALUE(buf) out = BUF(100);
    pair_make(pair);
    (void)close(pair[1]);
    frame_put(&out, 1, BYTES_NONE);
    ok_err(frame_flush(&out, pair[0], &e), e, ERR_IO, "cannot send");
    ok_err(frame_send(pair[0], buf_bytes(&out), -1, &e), e, ERR_IO, "cannot send");
    (void)close(pair[0]);
}

static void silence_ends_a_wait(void **state)
{
    (void)state;
    int pair[2];
    AUTO_VALUE(frame_reader) r = FRAME_READER(MAX);
    AUTO_VALUE(buf) out = BUF(MAX);
    struct frame frame;
    pair_make(pair);
    ok_err(frame_receive(&r, pair[1], 10, &frame, &e), e, ERR_BUSY, "silent for 10 ms");
    assert_non_null(buf_grow(&out, MAX));
    ok_err(frame_send(pair[0], buf_bytes(&out), 10, &e), e, ERR_BUSY, "silent for 10 ms");
    pair_done(pair);
}

static void a_close_ends_a_wait_and_says_if_it_cut_a_frame(void **state)
{
    (void)state;
    int pair[2];
    AUTO_VALUE(frame_reader) r = FRAME_READER(MAX);
    AUTO_VALUE(frame_reader) r2 = FRAME_READER(MAX);
    struct frame frame = {.type = 77};
    pair_make(pair);
    (void)close(pair[0]);
    ok_err(frame_receive(&r, pair[1], -1, &frame, &e), e, ERR_IO, "has closed the socket");
    (void)close(pair[1]);

    pair_make(pair);
    write_all(pair[0], "\0\0\0\5\1ab", 7);
    (void)close(pair[0]);
    ok_err(frame_receive(&r2, pair[1], -1, &frame, &e), e, ERR_IO, "in the middle of a frame");
    assert_int_equal(frame.type, 77);
    (void)close(pair[1]);
}

static void *answer_slowly(void *fd)
{
    static const uint8_t bytes[] = {0, 0, 0, 2, 3, 'o', 'k'};
    for (size_t i = 0; i < sizeof bytes; i++) {
        (void)usleep(2000);
        write_all(*(int *)fd, bytes + i, 1);
    }
    return NULL;
}

static void a_frame_that_comes_byte_by_byte_is_waited_for(void **state)
{
    (void)state;
    int pair[2];
    pthread_t thread;
    AUTO_VALUE(frame_reader) r = FRAME_READER(MAX);
    struct frame frame;
    pair_make(pair);
    assert_int_equal(pthread_create(&thread, NULL, answer_slowly, &pair[0]), 0);
    ok_call(frame_receive(&r, pair[1], 1000, &frame, &e), e);
    assert_int_equal(frame.type, 3);
    ok_text(frame.payload, "ok");
    assert_int_equal(pthread_join(thread, NULL), 0);
    pair_done(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_length_type_and_payload),
        cmocka_unit_test(a_frame_over_the_buffers_limit_fails_once),
        cmocka_unit_test(frames_come_whole_however_they_are_cut),
        cmocka_unit_test(a_fill_without_bytes_does_not_wait),
        cmocka_unit_test(a_frame_over_the_readers_limit_is_refused_at_its_header),
        cmocka_unit_test(a_flush_sends_what_fits_and_keeps_the_rest),
        cmocka_unit_test(a_peer_that_has_gone_is_an_error_and_no_signal),
        cmocka_unit_test(silence_ends_a_wait),
        cmocka_unit_test(a_close_ends_a_wait_and_says_if_it_cut_a_frame),
        cmocka_unit_test(a_frame_that_comes_byte_by_byte_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
