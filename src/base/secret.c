#include "base/secret.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct secret {
    uint8_t *data;
    size_t size;
    size_t mapped; /* whole pages */
};

void secret_wipe(void *data, size_t size)
{
    if (size > 0) {
        explicit_bzero(data, size);
    }
}

bool secret_new(struct secret **ret, size_t size, struct err *e)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (size == 0 || size > SIZE_MAX - page) {
        return err_set(e, ERR_LIMIT, "a secret of %zu bytes", size);
    }
    size_t mapped = (size + page - 1) / page * page;
    struct secret *s = malloc(sizeof *s);
    if (s == NULL) {
        return err_set(e, ERR_MEMORY, "out of memory for a secret");
    }
    void *data = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) {
        free(s);
        return err_set(e, ERR_MEMORY, "out of memory for a secret");
    }
    /* Both are best effort: an unprivileged user's limit of locked memory may be spent. */
    (void)mlock(data, mapped);
    (void)madvise(data, mapped, MADV_DONTDUMP);
    *s = (struct secret){.data = data, .size = size, .mapped = mapped};
    *ret = s;
    return true;
}

void secret_free(struct secret *s)
{
    if (s == NULL) {
        return;
    }
    secret_wipe(s->data, s->mapped);
    (void)munmap(s->data, s->mapped);
    free(s);
}

uint8_t *secret_data(struct secret *s)
{
    return s->data;
}

struct bytes secret_bytes(const struct secret *s)
{
    return bytes_make(s->data, s->size);
}

/* Fills `s` up to the end of the descriptor; *ret_size is at most the size of `s`, and reaching it
 * means that there may be more. */
static bool secret_fill(struct secret *s, size_t *ret_size, int descriptor, const char *what,
                        struct err *e)
{
    size_t filled = 0;
    while (filled < s->size) {
        ssize_t n = read(descriptor, s->data + filled, s->size - filled);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return err_errno(e, "cannot read the %s", what);
        }
        if (n == 0) {
            break;
        }
        filled += (size_t)n;
    }
    *ret_size = filled;
    return true;
}

bool secret_from_descriptor(struct secret **ret, int descriptor, size_t max, const char *what,
                            struct err *e)
{
    /* Room for the newline and for one byte too many, so that "too long" shows. */
    AUTO(secret) s = NULL;
    if (max > SIZE_MAX - 2 || !secret_new(&s, max + 2, e)) {
        return err_set(e, ERR_MEMORY, "out of memory for the %s", what);
    }
    size_t size = 0;
    if (!secret_fill(s, &size, descriptor, what, e)) {
        return false;
    }
    if (size > 0 && s->data[size - 1] == '\n') {
        s->data[--size] = 0;
    }
    if (size == 0) {
        return err_set(e, ERR_INPUT, "the %s is empty", what);
    }
    if (size > max) {
        return err_set(e, ERR_LIMIT, "the %s is longer than %zu bytes", what, max);
    }
    s->size = size;
    *ret = TAKE(s);
    return true;
}

static bool secret_file_check(const struct file *file, const char *what, struct err *e)
{
    struct file_facts facts = {0};
    if (!file_facts(&facts, file, e))
        return err_wrap(e, "%s", what);
    const char *path = file_path(file);
    if (facts.mode != 0600 && facts.mode != 0400) {
        err_set(e, ERR_INPUT, "%s: others may read %s (mode %04o)", what, path,
                (unsigned)facts.mode);
        return err_hint(e, "chmod 0600 %s, and choose a new secret if others were there", path);
    }
    if (facts.owner != 0 && facts.owner != geteuid()) {
        err_set(e, ERR_INPUT, "%s: %s belongs to somebody else (user %u)", what, path,
                (unsigned)facts.owner);
        return err_hint(e, "let the user that runs this program own it");
    }
    return true;
}

bool secret_from_file(struct secret **ret, const char *path, size_t max, const char *what,
                      struct err *e)
{
    AUTO(file) file = NULL;
    if (!file_open(&file, path, FILE_READ, FILE_REGULAR, 0, e))
        return err_wrap(e, "%s", what);
    return secret_file_check(file, what, e) &&
           secret_from_descriptor(ret, file_descriptor(file), max, what, e);
}

bool secret_file_descriptor(int *ret, const char *path, const char *what, struct err *e)
{
    AUTO(file) file = NULL;
    if (!file_open(&file, path, FILE_READ, FILE_REGULAR, 0, e))
        return err_wrap(e, "%s", what);
    if (!secret_file_check(file, what, e))
        return false;
    int copy = fcntl(file_descriptor(file), F_DUPFD_CLOEXEC, 3);
    if (copy < 0)
        return err_errno(e, "%s: cannot keep %s open", what, path);
    *ret = copy;
    return true;
}

bool secret_equal(struct bytes a, struct bytes b)
{
    if (a.size != b.size) {
        return false;
    }
    /* volatile keeps a compiler from leaving the loop at the first difference. */
    volatile uint8_t difference = 0;
    for (size_t i = 0; i < a.size; i++) {
        difference = (uint8_t)(difference | (a.data[i] ^ b.data[i]));
    }
    return difference == 0;
}
