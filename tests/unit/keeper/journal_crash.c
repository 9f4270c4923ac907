/*
 * Writers that are killed and disks that fail. Where the build has fault points, every one of the
 * journal's is walked. `unit-keeper-journal_crash N` kills N writers.
 */
#include "record.h"

#include "base/fault.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static unsigned long kills = 200;

/* --- Crashes and failing disks ---------------------------------------------------------------- */

static uint64_t random_next(void)
{
    static uint64_t x = 0x9e3779b97f4a7c15U;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

/* Appends until it dies; after each append, the size that is acknowledged goes into the pipe. */
static _Noreturn void writer_run(int acknowledge, uint64_t seed, unsigned most)
{
    struct err e;
    AUTO(journal) j = NULL;
    struct seen seen = seen_none();
    struct journal_report report = {0};
    if (!journal_open(&j, path, &e) || !replay(j, &seen, &report, &e))
        _exit(3);
    for (unsigned i = 0; i < most; i++) {
        if (!append(j, 1 + (seed + i) * 31 % 17, NULL, &e))
            _exit(4);
        uint64_t size = journal_size(j);
        if (write(acknowledge, &size, sizeof size) != sizeof size)
            _exit(5);
    }
    _exit(0);
}

/* The last size that the writer acknowledged before it was gone. */
static uint64_t acknowledged_read(int from)
{
    uint64_t size = 0;
    uint64_t last = 0;
    while (read(from, &size, sizeof size) == sizeof size)
        last = size;
    return last;
}

static uint64_t size_replayed(void)
{
    struct err e;
    AUTO(journal) j = NULL;
    struct seen seen = seen_none();
    struct journal_report report = {0};
    ok_call(journal_open(&j, path, &e), e);
    ok_call(replay(j, &seen, &report, &e), e);
    return seen.entries;
}

static void nothing_acknowledged_is_lost_by_kill_9(void **state)
{
    (void)state;
    uint64_t before = 0;
    (void)unlink(path);
    for (unsigned long i = 0; i < kills; i++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0)
            writer_run(ends[1], i, 100000);
        close(ends[1]);
        struct timespec pause = {.tv_nsec = (long)(random_next() % 4000000)};
        (void)nanosleep(&pause, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        uint64_t acknowledged = acknowledged_read(ends[0]);
        close(ends[0]);
        uint64_t size = size_replayed();
        assert_true(size >= before && size >= acknowledged);
        before = size;
        if (i % 50 == 49) {
            (void)unlink(path);
            before = 0;
        }
    }
}

/* Runs as root in a mount namespace of its own: a disk of 64 KB, then one of 20 MB. */
static int full_disk_run(const char *size, uint64_t least)
{
    char options[32];
    struct err e;
    (void)snprintf(options, sizeof options, "size=%s", size);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", folder, "tmpfs", 0, options) != 0)
        return 77;
    AUTO(journal) j = NULL;
    struct seen seen = seen_none();
    struct journal_report report = {0};
    if (!journal_open(&j, path, &e) || !replay(j, &seen, &report, &e))
        return 1;
    while (append(j, 60, NULL, &e))
        ;
    if (e.code != ERR_IO || strstr(e.cause, "No space") == NULL || e.hint[0] == '\0')
        return 2;
    uint64_t size_then = journal_size(j);
    if (size_then < least || append(j, 1, NULL, &e) || e.code != ERR_STATE)
        return 3;
    journal_free(TAKE(j));
    if (mount(NULL, folder, NULL, MS_REMOUNT, "size=64m") != 0)
        return 77;
    seen = seen_none();
    if (!journal_open(&j, path, &e) || !replay(j, &seen, &report, &e) || seen.entries != size_then)
        return 4;
    return append(j, 60, NULL, &e) ? 0 : 5;
}

static void a_full_disk_ends_it_and_the_restart_is_clean(void **state)
{
    (void)state;
    const struct {
        const char *size;
        uint64_t least;
    } disks[] = {{"64k", 0}, {"20m", 60000}};
    for (size_t i = 0; i < 2; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(full_disk_run(disks[i].size, disks[i].least));
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == 77) {
            print_message("a small disk can only be mounted as root: skipped\n");
            skip();
        }
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

/* A file size limit stands for a disk that refuses to grow. */
static int size_limit_run(void)
{
    struct err e;
    struct rlimit limit = {.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
    AUTO(journal) j = NULL;
    struct seen seen = seen_none();
    struct journal_report report = {0};
    if (!journal_open(&j, path, &e) || !replay(j, &seen, &report, &e))
        return 1;
    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 2;
    if (append(j, 1, NULL, &e) || e.code != ERR_IO || strstr(e.hint, "not durable") == NULL)
        return 3;
    AUTO_VALUE(buf) entry = BUF(JOURNAL_ENTRY_MAX);
    if (append(j, 1, NULL, &e) || e.code != ERR_STATE ||
        journal_read(j, JOURNAL_START + JOURNAL_HEAD_SIZE, &entry, &e) || e.code != ERR_STATE)
        return 4;
    return 0;
}

static void a_failed_append_is_final(void **state)
{
    (void)state;
    (void)unlink(path);
    pid_t child = fork();
    if (child == 0)
        _exit(size_limit_run());
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    replay_expect(0, 0);
}

#ifdef SEALWARD_FAULTS

/* One writer with one fault armed; gives its exit status and what it acknowledged. */
static int fault_run(const char *fault, uint64_t *ret_acknowledged)
{
    int ends[2];
    struct err e;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        if (!fault_arm(fault, &e))
            _exit(6);
        writer_run(ends[1], 0, 20);
    }
    close(ends[1]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    *ret_acknowledged = acknowledged_read(ends[0]);
    close(ends[0]);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* The fault at that passing: the writer ends as expected, and a restart has all acknowledged. */
static void fault_expect(const char *name, unsigned at, const char *action, int status)
{
    char fault[128];
    uint64_t acknowledged = 0;
    (void)snprintf(fault, sizeof fault, "%s:%u:%s", name, at, action);
    (void)unlink(path);
    assert_int_equal(fault_run(fault, &acknowledged), status);
    assert_true(size_replayed() >= acknowledged);
    assert_int_equal(fault_run("journal_synced:1000:kill", &acknowledged), 0);
    assert_true(size_replayed() == acknowledged);
}

static void every_fault_point_leaves_a_clean_restart(void **state)
{
    (void)state;
    static const char *const points[] = {"journal_before_write", "journal_half_written",
                                         "journal_written", "journal_synced"};
    static const char *const failing[] = {"eio", "enospc", "short"};
    for (unsigned at = 1; at <= 20; at += 6) {
        for (size_t i = 0; i < 4; i++)
            fault_expect(points[i], at, "kill", 137);
        for (size_t i = 0; i < 3; i++)
            for (size_t k = 0; k < 3; k++)
                fault_expect(points[i], at, failing[k], 4);
    }
    fault_expect("journal_before_reserve", 1, "kill", 137);
    fault_expect("journal_before_reserve", 1, "enospc", 4);
    fault_expect("journal_before_front", 1, "kill", 137);
    fault_expect("journal_before_front", 1, "short", 3);
    fault_expect("journal_front_written", 1, "kill", 137);
    fault_expect("journal_front_written", 1, "eio", 3);
}

static void a_cut_that_is_interrupted_is_made_again(void **state)
{
    (void)state;
    static const char *const faults[] = {"journal_before_cut:1:kill", "journal_cut:1:kill",
                                         "journal_before_cut:1:eio", "journal_cut:1:eio"};
    size_t counts[] = {2, 2};
    size_t ends[2];
    AUTO_VALUE(buf) bytes = BUF(1U << 20);
    journal_make(counts, 2, &bytes, ends);
    for (size_t i = 0; i < 4; i++) {
        uint64_t acknowledged = 0;
        file_put_whole(bytes_make(bytes.data, ends[1] - 1));
        assert_int_equal(fault_run(faults[i], &acknowledged), i < 2 ? 137 : 3);
        assert_int_equal(acknowledged, 0);
        assert_int_equal(size_replayed(), 2);
    }
}

#endif

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_acknowledged_is_lost_by_kill_9),
        cmocka_unit_test(a_full_disk_ends_it_and_the_restart_is_clean),
        cmocka_unit_test(a_failed_append_is_final),
#ifdef SEALWARD_FAULTS
        cmocka_unit_test(every_fault_point_leaves_a_clean_restart),
        cmocka_unit_test(a_cut_that_is_interrupted_is_made_again),
#endif
    };
    /* An argument: how many times a writer is killed. */
    if (argc > 1)
        kills = strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
