#include "guard/answer.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "guard/held.h"
#include "pki/pem.h"
#include "proof/distrust.h"

enum { DESCRIPTORS = 3, DESCRIPTORS_LEAST = 2, PATIENCE_MS = 5000 };

/* Room for descriptors beside a message. */
union rights {
    char room[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
    struct cmsghdr align;
};

static bool address_make(struct sockaddr_un *ret, const char *path, struct err *e)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof ret->sun_path)
        return err_set(e, ERR_LIMIT, "socket path \"%s\" is too long", path);
    memcpy(ret->sun_path, path, strlen(path) + 1);
    return true;
}

/* --- The guard -------------------------------------------------------------------------------- */

bool answer_listen(int *ret, const char *path, struct err *e)
{
    struct sockaddr_un address;
    if (!address_make(&address, path, e))
        return false;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_errno(e, "cannot make a socket");
    (void)unlink(path);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        chmod(path, 0666) != 0 || listen(fd, 64) != 0) {
        (void)err_errno(e, "cannot listen at \"%s\"", path);
        (void)close(fd);
        return false;
    }
    *ret = fd;
    return true;
}

void answer_close(int listener, const char *path)
{
    (void)unlink(path);
    (void)close(listener);
}

/* The list last: it is the one that may be missing. */
static bool files_open(struct file *ret[DESCRIPTORS], const struct folder *f, struct err *e)
{
    static const char *const names[DESCRIPTORS] = {FOLDER_AUTHORITY, FOLDER_ROOT, FOLDER_LIST};
    for (size_t i = 0; i < DESCRIPTORS; i++) {
        AUTO_VALUE(buf) path = BUF(FOLDER_PATH_MAX + 256);
        if (!folder_file(&path, f, names[i], e))
            return false;
        if (!file_open(&ret[i], buf_string(&path), FILE_READ, FILE_REGULAR, 0, e) &&
            (i < DESCRIPTORS_LEAST || e->code != ERR_NOT_FOUND))
            return false;
    }
    return true;
}

static bool message_send(int fd, struct bytes text, struct file *const files[DESCRIPTORS],
                         struct err *e)
{
    union rights rights = {.room = {0}};
    int descriptors[DESCRIPTORS];
    size_t count = 0;
    while (count < DESCRIPTORS && files[count] != NULL) {
        descriptors[count] = file_descriptor(files[count]);
        count++;
    }
    uint8_t copy[HOLDING_MAX];
    memcpy(copy, text.data, text.size);
    struct iovec part = {.iov_base = copy, .iov_len = text.size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = rights.room,
                             .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(head), descriptors, count * sizeof(int));
    return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)text.size
               ? true
               : err_errno(e, "cannot answer");
}

bool answer_give(int listener, const struct folder *f, struct bytes holding, struct err *e)
{
    struct file *files[DESCRIPTORS] = {NULL};
    if (holding.size > HOLDING_MAX)
        return err_set(e, ERR_INTERNAL, "an answer of %zu bytes is too long", holding.size);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return err_errno(e, "nobody waits");
    bool ok = files_open(files, f, e) && message_send(fd, holding, files, e);
    for (size_t i = 0; i < DESCRIPTORS; i++)
        file_free(files[i]);
    (void)close(fd);
    return ok;
}

/* --- Whoever asks ----------------------------------------------------------------------------- */

struct answer answer_make(void)
{
    return (struct answer){.text = BUF(HOLDING_MAX),
                           .authority = BUF(LIMIT_AUTHORITY),
                           .root = BUF(PEM_MAX),
                           .list = BUF(DISTRUST_MAX),
                           .arena = HOLDING_ARENA};
}

void answer_done(struct answer *a)
{
    buf_done(&a->text);
    buf_done(&a->authority);
    buf_done(&a->root);
    buf_done(&a->list);
    arena_done(&a->arena);
}

static bool guard_connect(int *ret, const char *path, struct err *e)
{
    struct sockaddr_un address;
    if (!address_make(&address, path, e))
        return false;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_errno(e, "cannot make a socket");
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        bool nobody = errno == ENOENT || errno == ECONNREFUSED;
        (void)err_errno(e, "cannot ask the guard at \"%s\"", path);
        e->code = nobody ? ERR_NOT_FOUND : ERR_IO;
        (void)close(fd);
        return false;
    }
    *ret = fd;
    return true;
}

/* All descriptors that came, so that none stays open. */
static size_t descriptors_take(int ret[DESCRIPTORS], struct msghdr *message)
{
    size_t count = 0;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head != NULL;
         head = CMSG_NXTHDR(message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        size_t here = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        here = here > DESCRIPTORS - count ? DESCRIPTORS - count : here;
        memcpy(ret + count, CMSG_DATA(head), here * sizeof(int));
        count += here;
    }
    return count;
}

static bool message_receive(int fd, struct buf *text, int ret[DESCRIPTORS], size_t *ret_count,
                            struct err *e)
{
    union rights rights;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    struct iovec part = {.iov_base = buf_grow(text, HOLDING_MAX), .iov_len = HOLDING_MAX};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = rights.room,
                             .msg_controllen = sizeof rights.room};
    if (part.iov_base == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for an answer");
    if (poll(&ready, 1, PATIENCE_MS) <= 0)
        return err_set(e, ERR_BUSY, "the guard does not answer");
    ssize_t size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (size < 0)
        return err_errno(e, "cannot read the guard's answer");
    text->size = (size_t)size;
    *ret_count = descriptors_take(ret, &message);
    return true;
}

static bool descriptors_read(struct answer *a, const int *descriptors, size_t count, struct err *e)
{
    struct buf *const files[DESCRIPTORS] = {&a->authority, &a->root, &a->list};
    if (count < DESCRIPTORS_LEAST || count > DESCRIPTORS)
        return err_set(e, ERR_INPUT, "the guard gives %zu files", count);
    for (size_t i = 0; i < count; i++)
        if (!file_read_descriptor(files[i], descriptors[i], "a file of the guard", e))
            return false;
    return true;
}

bool answer_ask(struct answer *ret, const char *path, struct err *e)
{
    int descriptors[DESCRIPTORS] = {-1, -1, -1};
    size_t count = 0;
    int fd = -1;
    if (!guard_connect(&fd, path, e))
        return false;
    bool ok = message_receive(fd, &ret->text, descriptors, &count, e) &&
              descriptors_read(ret, descriptors, count, e) &&
              holding_read(&ret->holding, buf_bytes(&ret->text), &ret->arena, e);
    for (size_t i = 0; i < count; i++)
        (void)close(descriptors[i]);
    (void)close(fd);
    return ok;
}

bool answer_look(struct answer *ret, const char *folder, struct err *e)
{
    AUTO(folder) f = NULL;
    AUTO(held) h = NULL;
    struct held_moment at = {.wall = clock_wall_ms(), .boot = clock_boot_ms()};
    struct holding holding;
    if (!folder_open(&f, folder, e) || !held_new(&h, f, HELD_READ, &at, e))
        return false;
    held_report(&holding, h, &at);
    holding_write(&ret->text, &holding);
    buf_put(&ret->authority, f->authority_text);
    buf_put(&ret->root, f->root_text);
    buf_put(&ret->list, held_list(h));
    return buf_ok(&ret->text, "what is held", e) && buf_ok(&ret->list, "the list", e) &&
           buf_ok(&ret->authority, "the authority", e) && buf_ok(&ret->root, "the root", e) &&
           holding_read(&ret->holding, buf_bytes(&ret->text), &ret->arena, e);
}
