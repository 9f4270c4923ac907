/* The link, with a keeper that is one socket and a few bytes. */
#include "unit/ok.h"

#include "base/clock.h"
#include "service/link.h"
#include "wire/frame.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char path[64];
static int listener = -1;
static struct metrics metrics;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

/* What has been called so far; under the lock. */
static struct {
    int up;
    int down;
    int pushed;
    enum err_code why;
    char note[32];
} seen;

struct asked {
    int answers;
    bool refused;
    bool failed;
    int64_t entry;
    int64_t size;
    struct err err;
};

static void on_up(void *context)
{
    (void)context;
    (void)pthread_mutex_lock(&lock);
    seen.up++;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static void on_down(void *context, const struct err *why)
{
    (void)context;
    (void)pthread_mutex_lock(&lock);
    seen.down++;
    seen.why = why->code;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static void on_checkpoint(void *context, struct bytes note)
{
    (void)context;
    (void)pthread_mutex_lock(&lock);
    seen.pushed++;
    (void)snprintf(seen.note, sizeof seen.note, "%.*s", BYTES_PRINT(note));
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static void on_answer(void *context, const struct link_answer *answer)
{
    struct asked *asked = context;
    (void)pthread_mutex_lock(&lock);
    asked->answers++;
    asked->refused = answer->refused;
    asked->failed = answer->message == NULL;
    asked->entry = answer->entry;
    if (answer->message == NULL)
        asked->err = answer->err;
    else
        asked->size = answer->message->state.size;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static void wait_for(const int *count, int least)
{
    (void)pthread_mutex_lock(&lock);
    while (*count < least)
        (void)pthread_cond_wait(&changed, &lock);
    (void)pthread_mutex_unlock(&lock);
}

static void keeper_listen(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 4), 0);
}

static void keeper_leave(void)
{
    (void)close(listener);
    (void)unlink(path);
    listener = -1;
}

static void say(int fd, const struct custody_message *m)
{
    AUTO_VALUE(buf) out = BUF(1 << 20);
    AUTO_VALUE(buf) payload = BUF(1 << 20);
    struct err e;
    ok_call(custody_write(&payload, m, &e), e);
    frame_put(&out, (uint8_t)m->type, buf_bytes(&payload));
    ok_call(frame_send(fd, buf_bytes(&out), 5000, &e), e);
}

/* The tag of the next question. */
static int64_t hear(struct frame_reader *in, int fd)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    struct frame frame;
    struct custody_message m;
    struct err e;
    ok_call(frame_receive(in, fd, 5000, &frame, &e), e);
    ok_call(custody_read(&m, frame.type, CUSTODY_DAEMON, frame.payload, &arena, &e), e);
    return m.bare.tag;
}

static void say_state(int fd, int64_t tag, int64_t size)
{
    static const uint8_t hash[32];
    struct custody_message m = {.type = CUSTODY_STATE_IS,
                                .state = {.tag = tag,
                                          .size = size,
                                          .root = BYTES_OF(hash),
                                          .digest = BYTES_OF(hash),
                                          .rules_version = 1}};
    say(fd, &m);
}

static bool ask(struct link *l, struct asked *asked, struct err *e)
{
    struct custody_message m = {.type = CUSTODY_STATE};
    return link_ask(l, &m, on_answer, asked, e);
}

static int setup(void **state)
{
    struct err e;
    struct link *l = NULL;
    struct link_events events = {.up = on_up, .down = on_down, .checkpoint = on_checkpoint};
    (void)snprintf(path, sizeof path, "link-test-%d.sock", (int)getpid());
    memset(&seen, 0, sizeof seen);
    if (!link_new(&l, path, &events, &metrics, &e))
        return -1;
    *state = l;
    return 0;
}

static int teardown(void **state)
{
    link_free(*state);
    if (listener >= 0)
        keeper_leave();
    return 0;
}

static int connected(struct link *l)
{
    struct err e;
    keeper_listen();
    ok_call(link_start(l, &e), e);
    int fd = accept(listener, NULL, NULL);
    assert_true(fd >= 0);
    wait_for(&seen.up, 1);
    return fd;
}

static void answers_find_their_questions_in_any_order(void **state)
{
    struct link *l = *state;
    struct asked asked[3] = {{.answers = 0}};
    struct frame_reader in = FRAME_READER(1 << 20);
    int64_t tags[3];
    struct err e;
    int fd = connected(l);
    for (int i = 0; i < 3; i++)
        ok_call(ask(l, &asked[i], &e), e);
    for (int i = 0; i < 3; i++)
        tags[i] = hear(&in, fd);
    assert_int_equal(link_in_flight(l), 3);
    for (int i = 2; i >= 0; i--)
        say_state(fd, tags[i], 100 + i);
    for (int i = 0; i < 3; i++) {
        wait_for(&asked[i].answers, 1);
        assert_int_equal(asked[i].size, 100 + i);
    }
    assert_int_equal(link_in_flight(l), 0);
    frame_reader_done(&in);
    (void)close(fd);
}

static void a_refusal_comes_across(void **state)
{
    struct link *l = *state;
    struct asked asked = {.answers = 0};
    struct frame_reader in = FRAME_READER(1 << 20);
    struct err e;
    struct err why;
    struct custody_message m;
    int fd = connected(l);
    ok_call(ask(l, &asked, &e), e);
    (void)err_refuse(&why, "grant.window", "closed");
    custody_refuse(&m, hear(&in, fd), &why, 812);
    say(fd, &m);
    wait_for(&asked.answers, 1);
    assert_true(asked.refused);
    assert_int_equal(asked.entry, 812);
    assert_string_equal(asked.err.rule, "grant.window");
    frame_reader_done(&in);
    (void)close(fd);
}

static void what_is_in_flight_fails_when_the_keeper_goes(void **state)
{
    struct link *l = *state;
    struct asked asked[50] = {{.answers = 0}};
    struct err e;
    int fd = connected(l);
    for (int i = 0; i < 50; i++)
        ok_call(ask(l, &asked[i], &e), e);
    (void)close(fd);
    for (int i = 0; i < 50; i++) {
        wait_for(&asked[i].answers, 1);
        assert_true(asked[i].failed && !asked[i].refused);
        assert_int_equal(asked[i].err.code, ERR_STATE);
    }
    wait_for(&seen.down, 1);
    /* And it connects again by itself. */
    fd = accept(listener, NULL, NULL);
    wait_for(&seen.up, 2);
    for (int i = 0; i < 50; i++)
        assert_int_equal(asked[i].answers, 1);
    (void)close(fd);
}

static void without_a_keeper_nothing_is_taken(void **state)
{
    struct link *l = *state;
    struct asked asked = {.answers = 0};
    struct err e;
    ok_call(link_start(l, &e), e);
    wait_for(&seen.down, 1);
    assert_int_equal(seen.why, ERR_IO);
    ok_err(ask(l, &asked, &e), e, ERR_STATE, "the keeper is not there");
    /* Told once, however often it is tried. */
    (void)!clock_sleep_until(clock_monotonic_ms() + 500);
    assert_int_equal(seen.down, 1);
    keeper_listen();
    int fd = accept(listener, NULL, NULL);
    wait_for(&seen.up, 1);
    assert_int_equal(asked.answers, 0);
    (void)close(fd);
}

static void there_is_an_end_to_what_is_in_flight(void **state)
{
    struct link *l = *state;
    static struct asked asked[LINK_QUESTIONS_MAX + 1];
    struct err e;
    memset(asked, 0, sizeof asked);
    int fd = connected(l);
    for (int i = 0; i < LINK_QUESTIONS_MAX; i++)
        ok_call(ask(l, &asked[i], &e), e);
    ok_err(ask(l, &asked[LINK_QUESTIONS_MAX], &e), e, ERR_BUSY, "wait for the keeper already");
    link_stop(l);
    for (int i = 0; i < LINK_QUESTIONS_MAX; i++)
        assert_int_equal(asked[i].answers, 1);
    assert_int_equal(asked[LINK_QUESTIONS_MAX].answers, 0);
    ok_err(ask(l, &asked[0], &e), e, ERR_STATE, "shutting down");
    (void)close(fd);
}

static void what_does_not_fit_the_protocol_ends_the_connection(void **state)
{
    struct link *l = *state;
    static const struct {
        uint8_t type;
        const char *payload;
    } cases[] = {{99, "{}"},
                 {CUSTODY_STATE, "{\"tag\":1}"},
                 {CUSTODY_PUSH_CHECKPOINT, "{}"},
                 {CUSTODY_CHECKPOINT_IS, "{\"tag\":77,\"note\":null}"}};
    int fd = connected(l);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(buf) out = BUF(1 << 16);
        struct err e;
        char byte;
        frame_put(&out, cases[i].type, bytes_text(cases[i].payload));
        ok_call(frame_send(fd, buf_bytes(&out), 5000, &e), e);
        wait_for(&seen.down, (int)i + 1);
        assert_int_equal(seen.why, ERR_INPUT);
        assert_int_equal(read(fd, &byte, 1), 0);
        (void)close(fd);
        fd = accept(listener, NULL, NULL);
        wait_for(&seen.up, (int)i + 2);
    }
    (void)close(fd);
}

static void another_kind_of_answer_fails_its_question(void **state)
{
    struct link *l = *state;
    struct asked asked = {.answers = 0};
    struct frame_reader in = FRAME_READER(1 << 20);
    struct err e;
    int fd = connected(l);
    ok_call(ask(l, &asked, &e), e);
    struct custody_message m = {.type = CUSTODY_CHECKPOINT_IS, .note = {.tag = hear(&in, fd)}};
    say(fd, &m);
    wait_for(&asked.answers, 1);
    assert_int_equal(asked.err.code, ERR_INTERNAL);
    frame_reader_done(&in);
    (void)close(fd);
}

static void checkpoints_are_pushed(void **state)
{
    struct link *l = *state;
    struct custody_message m = {.type = CUSTODY_PUSH_CHECKPOINT,
                                .push = {.note = bytes_text("a note")}};
    int fd = connected(l);
    say(fd, &m);
    wait_for(&seen.pushed, 1);
    assert_string_equal(seen.note, "a note");
    (void)close(fd);
}

static void a_dropped_connection_has_no_reason(void **state)
{
    struct link *l = *state;
    int fd = connected(l);
    link_drop(l);
    wait_for(&seen.down, 1);
    assert_int_equal(seen.why, ERR_NONE);
    (void)close(fd);
    fd = accept(listener, NULL, NULL);
    wait_for(&seen.up, 2);
    (void)close(fd);
}

/* Nobody would ever answer it. */
static void a_question_that_cannot_be_written_is_refused(void **state)
{
    struct link *l = *state;
    struct asked asked = {.answers = 0};
    struct err e;
    int fd = connected(l);
    struct custody_message m = {.type = CUSTODY_SIGN_AGAIN, .sign_again = {.item = 100000}};
    ok_err(link_ask(l, &m, on_answer, &asked, &e), e, ERR_INTERNAL, "SIGN_AGAIN");
    assert_int_equal(link_in_flight(l), 0);
    (void)close(fd);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_find_their_questions_in_any_order, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refusal_comes_across, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_in_flight_fails_when_the_keeper_goes, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(without_a_keeper_nothing_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(there_is_an_end_to_what_is_in_flight, setup, teardown),
        cmocka_unit_test_setup_teardown(what_does_not_fit_the_protocol_ends_the_connection, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(another_kind_of_answer_fails_its_question, setup, teardown),
        cmocka_unit_test_setup_teardown(checkpoints_are_pushed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_dropped_connection_has_no_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(a_question_that_cannot_be_written_is_refused, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
