/* What the module keeps in a process: threads, forks, and hosts that close descriptors. */
#include "unit/pkcs11/helper.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE p256;

static int start(void **state)
{
    (void)state;
    helper_start();
    ok_rv(C_Initialize(NULL), CKR_OK);
    session = module_session();
    p256 = module_find(session, CKO_PRIVATE_KEY, "p256");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    (void)C_Finalize(NULL);
    helper_stop();
    return 0;
}

/* Signs a digest made of `seed` and checks that the answer belongs to it. */
static CK_RV sign_once(CK_SESSION_HANDLE with, unsigned seed)
{
    uint8_t digest[32] = {(uint8_t)seed, (uint8_t)(seed >> 8)};
    uint8_t got[64];
    uint8_t want[64];
    CK_ULONG size = sizeof got;
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_RV rv = C_SignInit(with, &mechanism, p256);
    if (rv == CKR_OK)
        rv = C_Sign(with, digest, sizeof digest, got, &size);
    if (rv != CKR_OK)
        return rv;
    helper_signature(want, size, MODULE_HASHED, MODULE_DIGEST_UNKNOWN, BYTES_OF(digest));
    return memcmp(got, want, size) == 0 ? CKR_OK : CKR_GENERAL_ERROR;
}

struct job {
    pthread_t thread;
    unsigned number;
    unsigned rounds;
    CK_RV rv;
};

static void *work(void *argument)
{
    struct job *job = argument;
    CK_SESSION_HANDLE own;
    for (unsigned i = 0; i < job->rounds && job->rv == CKR_OK; i++) {
        job->rv = C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &own);
        if (job->rv == CKR_OK)
            job->rv = sign_once(own, job->number * 1000 + i);
        if (job->rv == CKR_OK)
            job->rv = C_CloseSession(own);
    }
    return NULL;
}

static void job_start(struct job *job, unsigned number, unsigned rounds)
{
    *job = (struct job){.number = number, .rounds = rounds};
    assert_int_equal(pthread_create(&job->thread, NULL, work, job), 0);
}

static CK_RV job_end(struct job *job)
{
    assert_int_equal(pthread_join(job->thread, NULL), 0);
    return job->rv;
}

static void four_threads_get_their_own_answers(void **state)
{
    (void)state;
    struct job jobs[4];
    for (unsigned i = 0; i < 4; i++)
        job_start(&jobs[i], i, 200);
    for (unsigned i = 0; i < 4; i++)
        ok_rv(job_end(&jobs[i]), CKR_OK);
    assert_int_equal(helper_signs(), 800);
    assert_in_range(helper_connections(), 1, 8);
}

static void threads_that_wait_for_a_person_wait_together_and_hold_nobody_up(void **state)
{
    (void)state;
    struct job jobs[6];
    CK_SESSION_INFO info;
    helper_mode(HELPER_HOLD);
    for (unsigned i = 0; i < 6; i++)
        job_start(&jobs[i], i, 1);
    helper_await_signs(6);
    ok_rv(C_GetSessionInfo(session, &info), CKR_OK);
    (void)module_session();
    helper_mode(HELPER_SIGN);
    for (unsigned i = 0; i < 6; i++)
        ok_rv(job_end(&jobs[i]), CKR_OK);
}

static void *sign_in_session(void *argument)
{
    *(CK_RV *)argument = sign_once(session, 7);
    return NULL;
}

static void a_session_can_be_closed_while_it_waits(void **state)
{
    (void)state;
    pthread_t thread;
    CK_RV rv = CKR_OK;
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    uint8_t data[32] = {0};
    uint8_t got[64];
    CK_ULONG size = sizeof got;
    helper_mode(HELPER_HOLD);
    assert_int_equal(pthread_create(&thread, NULL, sign_in_session, &rv), 0);
    helper_await_signs(1);
    ok_rv(C_SignInit(session, &mechanism, p256), CKR_OPERATION_ACTIVE);
    ok_rv(C_Sign(session, data, sizeof data, got, &size), CKR_OPERATION_ACTIVE);
    ok_rv(C_CloseSession(session), CKR_OK);
    helper_mode(HELPER_SIGN);
    assert_int_equal(pthread_join(thread, NULL), 0);
    ok_rv(rv, CKR_SESSION_CLOSED);
}

static void the_module_can_be_finalised_while_a_thread_waits(void **state)
{
    (void)state;
    pthread_t thread;
    CK_RV rv = CKR_OK;
    helper_mode(HELPER_HOLD);
    assert_int_equal(pthread_create(&thread, NULL, sign_in_session, &rv), 0);
    helper_await_signs(1);
    ok_rv(C_Finalize(NULL), CKR_OK);
    helper_mode(HELPER_SIGN);
    assert_int_equal(pthread_join(thread, NULL), 0);
    ok_rv(rv, CKR_CRYPTOKI_NOT_INITIALIZED);
}

/* In the child of a fork; what it returns is the child's exit code. */
static int child_check(void)
{
    CK_SESSION_INFO info;
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    if (C_GetSessionInfo(session, &info) != CKR_CRYPTOKI_NOT_INITIALIZED ||
        C_SignInit(session, &mechanism, p256) != CKR_CRYPTOKI_NOT_INITIALIZED ||
        C_Finalize(NULL) != CKR_CRYPTOKI_NOT_INITIALIZED)
        return 1;
    if (C_Initialize(NULL) != CKR_OK)
        return 2;
    if (C_GetSessionInfo(session, &info) != CKR_SESSION_HANDLE_INVALID)
        return 3;
    if (C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session) != CKR_OK ||
        sign_once(session, 9) != CKR_OK)
        return 4;
    return C_Finalize(NULL) == CKR_OK ? 0 : 5;
}

static void fork_and_check(int (*check)(void))
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(check());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_forked_child_must_begin_anew_and_leaves_the_parent_alone(void **state)
{
    (void)state;
    ok_rv(sign_once(session, 1), CKR_OK);
    assert_int_equal(helper_connections(), 1);
    fork_and_check(child_check);
    assert_int_equal(helper_connections(), 2);
    ok_rv(sign_once(session, 2), CKR_OK);
    assert_int_equal(helper_connections(), 2);
}

static void a_child_forked_while_threads_work_is_not_locked_out(void **state)
{
    (void)state;
    struct job jobs[3];
    for (unsigned i = 0; i < 3; i++)
        job_start(&jobs[i], i, 100);
    for (int i = 0; i < 5; i++)
        fork_and_check(child_check);
    for (unsigned i = 0; i < 3; i++)
        ok_rv(job_end(&jobs[i]), CKR_OK);
}

/* The module's descriptor: the one that appeared with the first session. */
static int module_fd(void)
{
    struct stat st;
    for (int fd = 3; fd < 100; fd++) {
        int cloexec = fcntl(fd, F_GETFD);
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        if (cloexec == FD_CLOEXEC && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) &&
            getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && size > 2)
            return fd;
    }
    fail();
    return -1;
}

static void a_descriptor_that_the_host_has_put_elsewhere_is_left_alone(void **state)
{
    (void)state;
    struct stat st;
    int file = open("/dev/null", O_RDWR | O_CLOEXEC);
    assert_true(file >= 0);
    for (unsigned round = 0; round < 2; round++) {
        int fd = module_fd();
        assert_int_equal(dup2(file, fd), fd);
        if (round == 0)
            ok_rv(sign_once(session, 1), CKR_OK);
        else
            ok_rv(C_Finalize(NULL), CKR_OK);
        assert_int_equal(fstat(fd, &st), 0);
        assert_true(S_ISCHR(st.st_mode));
        (void)close(fd);
    }
    (void)close(file);
}

static int closed_standard_check(void)
{
    (void)close(STDIN_FILENO);
    (void)close(STDOUT_FILENO);
    if (C_Initialize(NULL) != CKR_OK ||
        C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session) != CKR_OK)
        return 1;
    if (fcntl(STDIN_FILENO, F_GETFD) != -1 || fcntl(STDOUT_FILENO, F_GETFD) != -1)
        return 2;
    return sign_once(session, 1) == CKR_OK ? 0 : 3;
}

static void standard_descriptors_are_never_used(void **state)
{
    (void)state;
    fork_and_check(closed_standard_check);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(four_threads_get_their_own_answers),
        CASE(threads_that_wait_for_a_person_wait_together_and_hold_nobody_up),
        CASE(a_session_can_be_closed_while_it_waits),
        CASE(the_module_can_be_finalised_while_a_thread_waits),
        CASE(a_forked_child_must_begin_anew_and_leaves_the_parent_alone),
        CASE(a_child_forked_while_threads_work_is_not_locked_out),
        CASE(a_descriptor_that_the_host_has_put_elsewhere_is_left_alone),
        CASE(standard_descriptors_are_never_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
