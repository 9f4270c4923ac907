#include "base/file.h"

#include "base/fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
    int descriptor;
    char *path;
};

/* Every failing system call ends here, so that the same errno is always the same code. */
static bool file_error(struct err *e, const char *what, const char *path)
{
    int number = errno;
    err_errno(e, "cannot %s %s", what, path);
    if (number == ENOENT || number == ENOTDIR) {
        e->code = ERR_NOT_FOUND;
    }
    if (number == EEXIST) {
        e->code = ERR_CONFLICT;
    }
    return false;
}

/* What an armed fault point says about the next operation: true if it has to fail, with errno. */
static bool file_fault(size_t *size)
{
#ifdef SEALWARD_FAULTS
    int number = fault_take(size);
    if (number != 0) {
        errno = number;
        return true;
    }
#else
    (void)size;
#endif
    return false;
}

static int file_flags(enum file_access access)
{
    int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    switch (access) {
    case FILE_READ:
        return flags | O_RDONLY;
    case FILE_READ_WRITE:
        return flags | O_RDWR;
    case FILE_OPEN:
        return flags | O_RDWR | O_CREAT;
    case FILE_CREATE:
        return flags | O_RDWR | O_CREAT | O_EXCL;
    }
    return flags | O_RDONLY;
}

/* Opened without waiting, so that a pipe in the way cannot hold us; reading then waits as usual. */
static bool file_settle(int descriptor, enum file_kind kind, const char *path, struct err *e)
{
    struct stat st = {0};
    if (fstat(descriptor, &st) != 0) {
        return file_error(e, "examine", path);
    }
    if (S_ISDIR(st.st_mode)) {
        return err_set(e, ERR_INPUT, "%s is a folder, not a file", path);
    }
    if (kind == FILE_REGULAR && !S_ISREG(st.st_mode)) {
        return err_set(e, ERR_INPUT, "%s is not a regular file", path);
    }
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) != 0) {
        return file_error(e, "prepare", path);
    }
    return true;
}

bool file_open(struct file **ret, const char *path, enum file_access access, enum file_kind kind,
               mode_t mode, struct err *e)
{
    AUTO(file) f = malloc(sizeof *f);
    if (f == NULL) {
        return err_set(e, ERR_MEMORY, "out of memory opening %s", path);
    }
    *f = (struct file){.descriptor = -1, .path = strdup(path)};
    if (f->path == NULL) {
        return err_set(e, ERR_MEMORY, "out of memory opening %s", path);
    }
    f->descriptor = open(path, file_flags(access), mode);
    if (f->descriptor < 0) {
        return file_error(e, access == FILE_CREATE ? "create" : "open", path);
    }
    if (!file_settle(f->descriptor, kind, path, e)) {
        return false;
    }
    *ret = TAKE(f);
    return true;
}

void file_free(struct file *f)
{
    if (f == NULL) {
        return;
    }
    if (f->descriptor >= 0) {
        (void)close(f->descriptor);
    }
    free(f->path);
    free(f);
}

int file_descriptor(const struct file *f)
{
    return f->descriptor;
}

const char *file_path(const struct file *f)
{
    return f->path;
}

static struct file_facts file_facts_make(const struct stat *st)
{
    return (struct file_facts){
        .size = (uint64_t)st->st_size,
        .modified_ms = (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000,
        .mode = st->st_mode & 07777,
        .owner = st->st_uid,
        .regular = S_ISREG(st->st_mode),
        .folder = S_ISDIR(st->st_mode),
    };
}

bool file_facts(struct file_facts *ret, const struct file *f, struct err *e)
{
    struct stat st = {0};
    if (fstat(f->descriptor, &st) != 0) {
        return file_error(e, "examine", f->path);
    }
    *ret = file_facts_make(&st);
    return true;
}

bool file_facts_at(struct file_facts *ret, const char *path, struct err *e)
{
    struct stat st = {0};
    if (stat(path, &st) != 0) {
        return file_error(e, "examine", path);
    }
    *ret = file_facts_make(&st);
    return true;
}

static bool file_range(const struct file *f, uint64_t offset, uint64_t size, struct err *e)
{
    if (offset > INT64_MAX || size > INT64_MAX - offset) {
        return err_set(e, ERR_LIMIT, "offset %llu in %s is out of range",
                       (unsigned long long)offset, f->path);
    }
    return true;
}

bool file_pread(const struct file *f, uint64_t offset, uint8_t *ret, size_t size, struct err *e)
{
    if (!file_range(f, offset, size, e)) {
        return false;
    }
    size_t done = 0;
    while (done < size) {
        ssize_t n = pread(f->descriptor, ret + done, size - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return file_error(e, "read", f->path);
        }
        if (n == 0) {
            return err_set(e, ERR_DAMAGED, "%s ends at byte %llu, expected %llu", f->path,
                           (unsigned long long)(offset + done),
                           (unsigned long long)(offset + size));
        }
        done += (size_t)n;
    }
    return true;
}

/* All bytes, at an offset or (offset < 0) where the descriptor stands. False with errno set. */
static bool file_write_all(int descriptor, off_t offset, struct bytes bytes)
{
    size_t size = bytes.size;
    bool fault = file_fault(&size);
    int fault_number = errno;
    size_t done = 0;
    while (done < size) {
        const uint8_t *from = bytes.data + done;
        ssize_t n = offset < 0 ? write(descriptor, from, size - done)
                               : pwrite(descriptor, from, size - done, offset + (off_t)done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        if (n == 0) {
            errno = ENOSPC;
            return false;
        }
        done += (size_t)n;
    }
    if (fault) {
        errno = fault_number;
    }
    return !fault;
}

bool file_pwrite(struct file *f, uint64_t offset, struct bytes bytes, struct err *e)
{
    if (!file_range(f, offset, bytes.size, e)) {
        return false;
    }
    return file_write_all(f->descriptor, (off_t)offset, bytes) || file_error(e, "write", f->path);
}

bool file_write_descriptor(int descriptor, struct bytes bytes, const char *what, struct err *e)
{
    return file_write_all(descriptor, -1, bytes) || file_error(e, "write", what);
}

bool file_preallocate(struct file *f, uint64_t size, struct err *e)
{
    size_t unused = 0;
    if (!file_range(f, size, 0, e)) {
        return false;
    }
    if (file_fault(&unused)) {
        return file_error(e, "reserve space for", f->path);
    }
    /* Not posix_fallocate: where the file system cannot reserve, libc would write a byte a block
     * and could meet bytes of ours. */
    int outcome = 0;
    do {
        outcome = fallocate(f->descriptor, 0, 0, (off_t)size);
    } while (outcome != 0 && errno == EINTR);
    if (outcome == 0 || size == 0) {
        return true;
    }
    struct file_facts facts = {0};
    if (errno != EOPNOTSUPP) {
        return file_error(e, "reserve space for", f->path);
    }
    return file_facts(&facts, f, e) && (facts.size >= size || file_truncate(f, size, e));
}

bool file_truncate(struct file *f, uint64_t size, struct err *e)
{
    size_t unused = 0;
    if (!file_range(f, size, 0, e)) {
        return false;
    }
    if (file_fault(&unused) || ftruncate(f->descriptor, (off_t)size) != 0) {
        return file_error(e, "set the length of", f->path);
    }
    return true;
}

bool file_sync(struct file *f, struct err *e)
{
    size_t unused = 0;
    if (file_fault(&unused) || fdatasync(f->descriptor) != 0) {
        return file_error(e, "make durable", f->path);
    }
    return true;
}

bool file_lock(struct file *f, struct err *e)
{
    if (flock(f->descriptor, LOCK_EX | LOCK_NB) == 0) {
        return true;
    }
    if (errno != EWOULDBLOCK) {
        return file_error(e, "lock", f->path);
    }
    err_set(e, ERR_BUSY, "%s is in use by another process", f->path);
    return err_hint(e, "stop the other process first");
}

bool file_read_descriptor(struct buf *b, int descriptor, const char *what, struct err *e)
{
    size_t before = b->size;
    uint8_t chunk[16384];
    for (;;) {
        ssize_t n = read(descriptor, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            b->size = before;
            return file_error(e, "read", what);
        }
        if (n == 0) {
            return true;
        }
        if ((size_t)n > b->max - b->size) {
            b->size = before;
            return err_set(e, ERR_LIMIT, "%s is larger than %zu bytes", what, b->max - before);
        }
        buf_put(b, bytes_make(chunk, (size_t)n));
        if (!buf_ok(b, what, e)) {
            b->size = before;
            b->failed = false;
            return false;
        }
    }
}

bool file_read(struct buf *b, const char *path, enum file_kind kind, struct err *e)
{
    AUTO(file) f = NULL;
    return file_open(&f, path, FILE_READ, kind, 0, e) &&
           file_read_descriptor(b, f->descriptor, path, e);
}

/* The folder part of a path, "." if there is none, in memory of its own. */
static char *file_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return strdup(".");
    }
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static bool file_sync_folder(const char *folder, struct err *e)
{
    size_t unused = 0;
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return file_error(e, "open the folder", folder);
    }
    bool ok = !file_fault(&unused) && fsync(descriptor) == 0;
    if (!ok) {
        file_error(e, "make durable the folder", folder);
    }
    (void)close(descriptor);
    return ok;
}

static bool file_sync_folder_of(const char *path, struct err *e)
{
    char *folder = file_folder_of(path);
    bool ok = folder != NULL ? file_sync_folder(folder, e)
                             : err_set(e, ERR_MEMORY, "out of memory writing %s", path);
    free(folder);
    return ok;
}

bool file_sync_name(const struct file *f, struct err *e)
{
    return file_sync_folder_of(f->path, e);
}

/* A new file beside `path`, its name in *ret_temporary (to be freed). */
static int file_make_temporary(char **ret_temporary, const char *path)
{
    char *temporary = NULL;
    if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
        errno = ENOMEM;
        return -1;
    }
    int descriptor = mkostemp(temporary, O_CLOEXEC);
    if (descriptor < 0) {
        free(temporary);
        return -1;
    }
    *ret_temporary = temporary;
    return descriptor;
}

static bool file_fill(int descriptor, struct bytes bytes, mode_t mode, bool durable)
{
    size_t unused = 0;
    if (!file_write_all(descriptor, 0, bytes) || fchmod(descriptor, mode) != 0) {
        return false;
    }
    return !durable || (!file_fault(&unused) && fsync(descriptor) == 0);
}

static bool file_put(const char *path, struct bytes bytes, mode_t mode, bool durable, struct err *e)
{
    char *temporary = NULL;
    int descriptor = file_make_temporary(&temporary, path);
    if (descriptor < 0) {
        return file_error(e, "create a temporary file for", path);
    }
    bool ok = file_fill(descriptor, bytes, mode, durable) && rename(temporary, path) == 0;
    if (!ok) {
        file_error(e, "write", path);
        (void)unlink(temporary);
    }
    (void)close(descriptor);
    free(temporary);
    return ok;
}

bool file_replace(const char *path, struct bytes bytes, mode_t mode, struct err *e)
{
    return file_put(path, bytes, mode, true, e) && file_sync_folder_of(path, e);
}

bool file_replace_view(const char *path, struct bytes bytes, mode_t mode, struct err *e)
{
    return file_put(path, bytes, mode, false, e);
}

bool file_exists(bool *ret, const char *path, struct err *e)
{
    struct stat st = {0};
    if (lstat(path, &st) == 0) {
        *ret = true;
        return true;
    }
    if (errno != ENOENT && errno != ENOTDIR) {
        return file_error(e, "examine", path);
    }
    *ret = false;
    return true;
}

bool file_remove(const char *path, struct err *e)
{
    return remove(path) == 0 || file_error(e, "remove", path);
}

/* Makes one folder; an existing one is fine. */
static bool file_make_folder(const char *path, mode_t mode, struct err *e)
{
    if (mkdir(path, 0700) == 0) {
        return chmod(path, mode) == 0 || file_error(e, "set the mode of", path);
    }
    struct stat st = {0};
    if (errno != EEXIST) {
        return file_error(e, "make the folder", path);
    }
    if (stat(path, &st) != 0) {
        return file_error(e, "examine", path);
    }
    return S_ISDIR(st.st_mode) ||
           err_set(e, ERR_CONFLICT, "%s stands where a folder is needed", path);
}

bool file_make_folders(const char *path, mode_t mode, struct err *e)
{
    char part[PATH_MAX];
    size_t size = strlen(path);
    if (size == 0 || size >= sizeof part) {
        return err_set(e, ERR_INPUT, "\"%.60s\" cannot be a folder's path", path);
    }
    memcpy(part, path, size + 1);
    for (size_t i = 1; i < size; i++) {
        if (part[i] != '/') {
            continue;
        }
        part[i] = 0;
        if (!file_make_folder(part, mode, e)) {
            return false;
        }
        part[i] = '/';
    }
    return file_make_folder(part, mode, e);
}

bool file_make_private_folder(struct buf *ret_path, const char *folder, const char *prefix,
                              struct err *e)
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/%s.XXXXXX", folder, prefix);
    if (size < 0 || (size_t)size >= sizeof path) {
        return err_set(e, ERR_INPUT, "the path of %.60s is too long", folder);
    }
    if (mkdtemp(path) == NULL) {
        return file_error(e, "make a folder in", folder);
    }
    buf_put_text(ret_path, path);
    return buf_ok(ret_path, "the path of a folder", e);
}

bool file_make_folders_above(const char *path, mode_t mode, struct err *e)
{
    char *folder = file_folder_of(path);
    bool ok = folder != NULL ? file_make_folders(folder, mode, e)
                             : err_set(e, ERR_MEMORY, "out of memory for %s", path);
    free(folder);
    return ok;
}

/* The names of a folder, collected before any callback runs, so that it may change the folder. */
struct names {
    char **list;
    size_t count;
    size_t max;
};

static void names_done(struct names *n)
{
    for (size_t i = 0; i < n->count; i++) {
        free(n->list[i]);
    }
    free(n->list);
}
AUTO_DONE(names)

static bool names_add(struct names *n, const char *name, const char *path, struct err *e)
{
    if (n->count == n->max) {
        return err_set(e, ERR_LIMIT, "%s holds more than %zu names", path, n->max);
    }
    if (n->count % 64 == 0) {
        char **grown = realloc(n->list, (n->count + 64) * sizeof *grown);
        if (grown == NULL) {
            return err_set(e, ERR_MEMORY, "out of memory listing %s", path);
        }
        n->list = grown;
    }
    n->list[n->count] = strdup(name);
    if (n->list[n->count] == NULL) {
        return err_set(e, ERR_MEMORY, "out of memory listing %s", path);
    }
    n->count++;
    return true;
}

static int names_compare(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

static bool names_collect(struct names *n, DIR *folder, const char *path, struct err *e)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL) {
            return errno == 0 || file_error(e, "list", path);
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        if (!names_add(n, entry->d_name, path, e)) {
            return false;
        }
    }
}

bool file_list(const char *path, size_t max,
               bool (*each)(void *context, const char *name, struct err *e), void *context,
               struct err *e)
{
    AUTO_VALUE(names) names = {.max = max};
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return file_error(e, "list", path);
    }
    bool ok = names_collect(&names, folder, path, e);
    (void)closedir(folder);
    if (!ok) {
        return false;
    }
    if (names.count > 0) {
        qsort(names.list, names.count, sizeof *names.list, names_compare);
    }
    for (size_t i = 0; i < names.count; i++) {
        if (!each(context, names.list[i], e)) {
            return false;
        }
    }
    return true;
}
