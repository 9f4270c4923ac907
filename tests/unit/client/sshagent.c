/* Against a real ssh-agent with keys of every kind that it can hold in software, and against one
 * that misbehaves: a thread that answers with bytes of the test's choosing. */
#include "unit/ok.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "client/sshagent.h"
#include "client/sshagent_answer.h"
#include "pki/sshkey.h"
#include "pki/sshsig.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const kinds[] = {"ed25519", "ecdsa", "rsa"};
enum { KINDS = 3 };

struct world {
    char folder[64];
    char socket[80];
    pid_t agent;
};

/* At most twelve words, the last of them NULL. */
static pid_t command_start(const char *const w[12], const char *socket)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    if (socket != NULL)
        (void)setenv("SSH_AUTH_SOCK", socket, 1);
    int null = open("/dev/null", 2);
    (void)dup2(null, 1);
    (void)dup2(null, 2);
    (void)execlp(w[0], w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11]);
    _exit(127);
}

static void command_run(const char *const words[12], const char *socket)
{
    int status;
    pid_t pid = command_start(words, socket);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void key_path(char ret[128], const struct world *w, int kind, const char *end)
{
    (void)snprintf(ret, 128, "%s/%s%s", w->folder, kinds[kind], end);
}

static void key_add(const struct world *w, int kind)
{
    char path[128];
    key_path(path, w, kind, "");
    const char *const words[12] = {"ssh-add", "-q", path, NULL};
    command_run(words, w->socket);
}

static int world_make(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    (void)snprintf(w->folder, sizeof w->folder, "/tmp/sealward-agent-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    (void)snprintf(w->socket, sizeof w->socket, "%s/socket", w->folder);
    for (int i = 0; i < KINDS; i++) {
        char path[128];
        key_path(path, w, i, "");
        const char *const words[12] = {"ssh-keygen", "-q",     "-N", "",   "-C", "officer-1",
                                       "-t",         kinds[i], "-f", path, NULL};
        command_run(words, NULL);
    }
    const char *const words[12] = {"ssh-agent", "-D", "-a", w->socket, NULL};
    w->agent = command_start(words, NULL);
    for (int i = 0; i < 500 && access(w->socket, F_OK) != 0; i++)
        assert_true(clock_sleep_until(clock_monotonic_ms() + 10));
    *state = w;
    return 0;
}

static int world_end(void **state)
{
    struct world *w = *state;
    (void)kill(w->agent, SIGTERM);
    (void)waitpid(w->agent, NULL, 0);
    for (int i = 0; i < KINDS; i++) {
        char path[128];
        key_path(path, w, i, "");
        (void)unlink(path);
        key_path(path, w, i, ".pub");
        (void)unlink(path);
    }
    (void)unlink(w->socket);
    assert_int_equal(rmdir(w->folder), 0);
    free(w);
    return 0;
}

static void blob_read(struct buf *ret, const struct world *w, int kind)
{
    AUTO_VALUE(buf) line = BUF(LIMIT_SSH_LINE);
    char path[128];
    struct err e;
    key_path(path, w, kind, ".pub");
    ok_call(file_read(&line, path, FILE_REGULAR, &e), e);
    ok_call(sshkey_line_parse(ret, NULL, buf_bytes(&line), &e), e);
}

static void keys_of_each_kind_sign_statements(void **state)
{
    struct world *w = *state;
    AUTO(sshagent) agent = NULL;
    struct err e;
    for (int i = 0; i < KINDS; i++)
        key_add(w, i);
    ok_call(sshagent_open(&agent, w->socket, &e), e);
    for (int i = 0; i < KINDS; i++) {
        AUTO_VALUE(buf) wanted = BUF(LIMIT_SSH_KEY);
        AUTO_VALUE(buf) chosen = BUF(LIMIT_SSH_KEY);
        AUTO_VALUE(buf) blob = BUF(LIMIT_SSHSIG);
        struct sshsig sig;
        blob_read(&wanted, w, i);
        ok_call(sshagent_choose(&chosen, agent, buf_bytes(&wanted), &e), e);
        ok_bytes(buf_bytes(&chosen), buf_bytes(&wanted));
        ok_call(sshagent_sign(&blob, agent, buf_bytes(&chosen), bytes_text("{\"a\":1}"), &e), e);
        ok_call(sshsig_parse(&sig, buf_bytes(&blob), &e), e);
        ok_bytes(sig.key.blob, buf_bytes(&wanted));
        ok_call(sshsig_verify(&sig, "sealward-statement", bytes_text("{\"a\":1}"), &e), e);
        assert_false(sshsig_verify(&sig, "sealward-statement", bytes_text("{\"a\":2}"), &e));
        assert_true(sig.key.kind != SSHKEY_RSA || sig.rsa_hash == DIGEST_SHA512);
    }
}

static void the_only_key_is_chosen_and_several_are_a_question(void **state)
{
    struct world *w = *state;
    AUTO(sshagent) agent = NULL;
    AUTO_VALUE(buf) chosen = BUF(LIMIT_SSH_KEY);
    AUTO_VALUE(buf) other = BUF(LIMIT_SSH_KEY);
    struct err e;
    ok_call(sshagent_open(&agent, w->socket, &e), e);
    ok_err(sshagent_choose(&chosen, agent, BYTES_NONE, &e), e, ERR_NOT_FOUND, "holds no key");
    key_add(w, 0);
    ok_call(sshagent_choose(&chosen, agent, BYTES_NONE, &e), e);
    blob_read(&other, w, 1);
    buf_reset(&chosen);
    ok_err(sshagent_choose(&chosen, agent, buf_bytes(&other), &e), e, ERR_NOT_FOUND,
           "does not hold the key SHA256:");
    key_add(w, 1);
    ok_err(sshagent_choose(&chosen, agent, BYTES_NONE, &e), e, ERR_NOT_FOUND, "2 keys");
    assert_int_equal(chosen.size, 0);
}

static void an_agent_that_lost_the_key_refuses(void **state)
{
    struct world *w = *state;
    AUTO(sshagent) agent = NULL;
    AUTO_VALUE(buf) blob = BUF(LIMIT_SSH_KEY);
    AUTO_VALUE(buf) signature = BUF(LIMIT_SSHSIG);
    struct err e;
    blob_read(&blob, w, 0);
    ok_call(sshagent_open(&agent, w->socket, &e), e);
    ok_err(sshagent_sign(&signature, agent, buf_bytes(&blob), bytes_text("{}"), &e), e, ERR_AUTH,
           "refuses to sign");
    assert_int_equal(signature.size, 0);
}

static void no_agent_says_what_to_do(void **state)
{
    (void)state;
    AUTO(sshagent) agent = NULL;
    struct err e;
    ok_err(sshagent_open(&agent, NULL, &e), e, ERR_STATE, "no SSH agent");
    ok_err(sshagent_open(&agent, "", &e), e, ERR_STATE, "no SSH agent");
    ok_err(sshagent_open(&agent, "/nonexistent/agent", &e), e, ERR_IO, "/nonexistent/agent");
    assert_true(e.hint[0] != '\0');
    assert_null(agent);
}

/* --- An agent that answers whatever it likes --- */

struct liar {
    int listening;
    struct bytes answer; /* with its length */
};

static void *lie(void *context)
{
    struct liar *liar = context;
    int fd = accept(liar->listening, NULL, NULL);
    uint8_t question[4096];
    (void)!read(fd, question, sizeof question);
    (void)!write(fd, liar->answer.data, liar->answer.size);
    (void)close(fd);
    return NULL;
}

static struct err lied_to(struct bytes answer)
{
    char path[] = "/tmp/sealward-liar-XXXXXX";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    AUTO(sshagent) agent = NULL;
    AUTO_VALUE(buf) chosen = BUF(LIMIT_SSH_KEY);
    struct err e;
    pthread_t thread;
    assert_non_null(mkdtemp(path));
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/s", path);
    struct liar liar = {.listening = socket(AF_UNIX, SOCK_STREAM, 0), .answer = answer};
    assert_int_equal(bind(liar.listening, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(liar.listening, 1), 0);
    assert_int_equal(pthread_create(&thread, NULL, lie, &liar), 0);
    ok_call(sshagent_open(&agent, address.sun_path, &e), e);
    assert_false(sshagent_choose(&chosen, agent, BYTES_NONE, &e));
    assert_int_equal(chosen.size, 0);
    (void)pthread_join(thread, NULL);
    (void)close(liar.listening);
    (void)unlink(address.sun_path);
    assert_int_equal(rmdir(path), 0);
    return e;
}

static void an_agent_that_misbehaves_is_an_error(void **state)
{
    (void)state;
    static const uint8_t huge[] = {0x7f, 0xff, 0xff, 0xff, 12};
    static const uint8_t empty[] = {0, 0, 0, 0};
    static const uint8_t cut[] = {0, 0, 0, 9, 12, 0};
    static const uint8_t other[] = {0, 0, 0, 1, 99};
    static const uint8_t trailing[] = {0, 0, 0, 6, 12, 0, 0, 0, 0, 0};
    static const uint8_t many[] = {0, 0, 0, 5, 12, 0, 1, 0, 0};
    static const uint8_t refusal[] = {0, 0, 0, 1, 5};
    assert_int_equal(lied_to(BYTES_OF(huge)).code, ERR_LIMIT);
    assert_int_equal(lied_to(BYTES_OF(empty)).code, ERR_LIMIT);
    assert_int_equal(lied_to(BYTES_OF(cut)).code, ERR_IO);
    assert_int_equal(lied_to(BYTES_OF(other)).code, ERR_INPUT);
    assert_int_equal(lied_to(BYTES_OF(trailing)).code, ERR_INPUT);
    assert_int_equal(lied_to(BYTES_OF(many)).code, ERR_LIMIT);
    assert_int_equal(lied_to(BYTES_OF(refusal)).code, ERR_AUTH);
}

static void an_answer_is_read_whole_or_not_at_all(void **state)
{
    (void)state;
    static const uint8_t keys_text[] = {12, 0, 0, 0, 1, 0, 0, 0, 2, 'a', 'b', 0, 0, 0, 1, 'c'};
    static const uint8_t sign_text[] = {14, 0, 0, 0, 2, 'x', 'y'};
    struct sshagent_keys keys = {.count = 77};
    struct bytes signature = BYTES_NONE;
    struct err e;
    for (size_t n = 0; n < sizeof keys_text; n++)
        assert_false(sshagent_answer_read_keys(&keys, bytes_make(keys_text, n), &e));
    for (size_t n = 0; n < sizeof sign_text; n++)
        assert_false(sshagent_answer_read_signature(&signature, bytes_make(sign_text, n), &e));
    assert_int_equal(keys.count, 77);
    assert_null(signature.data);
    ok_call(sshagent_answer_read_keys(&keys, BYTES_OF(keys_text), &e), e);
    assert_int_equal(keys.count, 1);
    ok_text(keys.list[0].blob, "ab");
    ok_text(keys.list[0].comment, "c");
    ok_call(sshagent_answer_read_signature(&signature, BYTES_OF(sign_text), &e), e);
    ok_text(signature, "xy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_of_each_kind_sign_statements, world_make, world_end),
        cmocka_unit_test_setup_teardown(the_only_key_is_chosen_and_several_are_a_question,
                                        world_make, world_end),
        cmocka_unit_test_setup_teardown(an_agent_that_lost_the_key_refuses, world_make, world_end),
        cmocka_unit_test(no_agent_says_what_to_do),
        cmocka_unit_test(an_agent_that_misbehaves_is_an_error),
        cmocka_unit_test(an_answer_is_read_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
