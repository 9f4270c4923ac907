#include "cli/helper_serve.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "wire/frame.h"

/* Tools are started by the hundred at once. */
#define BACKLOG 256

/* Places in the list that poll takes: the queue, the listening socket, then the connections. */
enum { POLL_QUEUE, POLL_LISTEN, POLL_CONNECTIONS };

struct connection {
    int fd;
    uint64_t id; /* never used again, so that an answer cannot reach another connection */
    bool greeted;
    bool asking; /* a call of it is in the queue */
    struct frame_reader in;
    struct buf out;
    struct helper_stream stream;
};

struct helper_serve {
    const struct helper_token *token;
    struct helper_queue *queue;
    struct helper_tell *tell;
    int fd;
    bool full; /* the system gave no descriptor: wait until a connection ends */
    uint64_t next;
    size_t count;
    struct connection *connections[HELPER_CONNECTIONS_MAX];
    struct pollfd polls[POLL_CONNECTIONS + HELPER_CONNECTIONS_MAX];
};

/* ---- Connections ---- */

static void connection_free(struct connection *c)
{
    if (c == NULL)
        return;
    (void)close(c->fd);
    frame_reader_done(&c->in);
    buf_done(&c->out);
    helper_stream_done(&c->stream);
    free(c);
}

static void connection_add(struct helper_serve *s, int fd)
{
    struct connection *c = calloc(1, sizeof *c);
    if (c == NULL) {
        (void)close(fd);
        return;
    }
    c->fd = fd;
    c->id = ++s->next;
    c->in = FRAME_READER(MODULE_REQUEST_FRAME_MAX);
    c->out = BUF(MODULE_ANSWER_FRAME_MAX + FRAME_HEADER_SIZE);
    helper_stream_init(&c->stream);
    s->connections[s->count++] = c;
}

static void connection_drop(struct helper_serve *s, size_t n)
{
    connection_free(s->connections[n]);
    s->connections[n] = s->connections[--s->count];
    s->full = false;
}

static void refusal_put(struct buf *out, const struct helper_answer *answer)
{
    struct module_refusal refusal = {.why = answer->why,
                                     .message = bytes_text(answer->err.message),
                                     .hint = bytes_text(answer->err.hint),
                                     .request = bytes_text(answer->request)};
    module_refusal_put(out, &refusal);
}

static void answer_put(struct buf *out, const struct helper_answer *answer)
{
    if (answer->good)
        module_signature_put(out, bytes_make(answer->signature, answer->size));
    if (!answer->good)
        refusal_put(out, answer);
}

/* ---- Messages; false disconnects ---- */

static bool hello_take(struct helper_serve *s, struct connection *c, struct bytes payload)
{
    struct module_hello hello;
    struct err err;
    if (!module_hello_parse(&hello, payload, &err))
        return false;
    if (hello.version != MODULE_VERSION) {
        struct helper_answer answer = {.why = MODULE_UNAVAILABLE};
        (void)err_set(&answer.err, ERR_STATE, "the module speaks version %d, this helper %d",
                      hello.version, MODULE_VERSION);
        refusal_put(&c->out, &answer);
        return true;
    }
    struct module_welcome welcome = {
        .version = MODULE_VERSION, .label = s->token->label, .serial = s->token->serial};
    module_welcome_put(&c->out, &welcome);
    c->greeted = true;
    return true;
}

static bool list_take(struct helper_serve *s, struct connection *c, struct bytes payload)
{
    struct err err;
    if (!module_list_parse(payload, &err))
        return false;
    buf_put(&c->out, s->token->keys);
    return true;
}

static bool data_take(struct connection *c, struct bytes payload)
{
    struct bytes piece;
    struct err err;
    if (!module_data_parse(&piece, payload, &err))
        return false;
    helper_stream_add(&c->stream, piece);
    return true;
}

static bool sign_take(struct helper_serve *s, struct connection *c, struct bytes payload)
{
    struct module_sign sign;
    struct helper_call *call = NULL;
    struct helper_answer answer = {.why = MODULE_UNFIT};
    if (!module_sign_parse(&sign, payload, &answer.err))
        return false;
    if (!helper_call_new(&call, &sign, &c->stream, s->token->kind, s->token->id, &answer.err)) {
        helper_tell_refusal(s->tell, &answer);
        refusal_put(&c->out, &answer);
        return true;
    }
    helper_call_match(call, &s->token->artifacts);
    call->connection = c->id;
    c->asking = true;
    helper_queue_put(s->queue, call);
    return true;
}

static bool frame_take(struct helper_serve *s, struct connection *c, const struct frame *frame)
{
    if (!c->greeted)
        return frame->type == MODULE_HELLO && hello_take(s, c, frame->payload);
    switch (frame->type) {
    case MODULE_LIST:
        return list_take(s, c, frame->payload);
    case MODULE_DATA:
        return data_take(c, frame->payload);
    case MODULE_SIGN:
        return sign_take(s, c, frame->payload);
    default:
        return false;
    }
}

/* ---- The loop ---- */

/* Takes what has come, one question at a time: nothing more while one is under way. */
static bool frames_take(struct helper_serve *s, struct connection *c)
{
    struct frame frame;
    struct err err;
    bool found = true;
    while (!c->asking) {
        if (!frame_next(&c->in, &frame, &found, &err))
            return false;
        if (!found)
            return true;
        if (!frame_take(s, c, &frame) || c->out.failed)
            return false;
    }
    return true;
}

static bool connection_work(struct helper_serve *s, struct connection *c, short events)
{
    struct err err;
    bool closed = false;
    if ((events & POLLIN) != 0 && !frame_fill(&c->in, c->fd, &closed, &err))
        return false;
    if (!frames_take(s, c) || (c->out.size > 0 && !frame_flush(&c->out, c->fd, &err)))
        return false;
    return !closed && (events & (POLLERR | POLLNVAL | POLLHUP)) == 0;
}

static struct connection *connection_find(const struct helper_serve *s, uint64_t id)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->connections[i]->id == id)
            return s->connections[i];
    return NULL;
}

/* A connection that has gone meanwhile gets nothing; what was signed for it stays on record. */
static void answers_give(struct helper_serve *s)
{
    helper_queue_quiet(s->queue);
    for (;;) {
        AUTO(helper_call) call = helper_queue_answered(s->queue);
        if (call == NULL)
            return;
        struct connection *c = connection_find(s, call->connection);
        if (c == NULL)
            continue;
        answer_put(&c->out, &call->answer);
        c->asking = false;
    }
}

static void connections_accept(struct helper_serve *s)
{
    while (s->count < HELPER_CONNECTIONS_MAX) {
        int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) {
            s->full = s->count > 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED;
            return;
        }
        connection_add(s, fd);
    }
}

static void polls_fill(struct helper_serve *s)
{
    bool accepting = s->count < HELPER_CONNECTIONS_MAX && !s->full;
    s->polls[POLL_QUEUE] =
        (struct pollfd){.fd = helper_queue_descriptor(s->queue), .events = POLLIN};
    s->polls[POLL_LISTEN] = (struct pollfd){.fd = accepting ? s->fd : -1, .events = POLLIN};
    for (size_t i = 0; i < s->count; i++) {
        const struct connection *c = s->connections[i];
        short events = c->out.size > 0 ? POLLOUT : 0;
        if (!c->asking && c->out.size == 0)
            events = POLLIN;
        s->polls[POLL_CONNECTIONS + i] = (struct pollfd){.fd = c->fd, .events = events};
    }
}

void helper_serve_run(struct helper_serve *s)
{
    while (!helper_queue_closed(s->queue)) {
        polls_fill(s);
        if (poll(s->polls, (nfds_t)(POLL_CONNECTIONS + s->count), -1) < 0 && errno != EINTR)
            return;
        size_t polled = s->count;
        if (s->polls[POLL_QUEUE].revents != 0)
            answers_give(s);
        /* Backwards, because dropping one moves the last into its place. */
        for (size_t i = polled; i-- > 0;)
            if (!connection_work(s, s->connections[i], s->polls[POLL_CONNECTIONS + i].revents))
                connection_drop(s, i);
        if (s->polls[POLL_LISTEN].revents != 0)
            connections_accept(s);
    }
}

/* ---- Making and ending ---- */

static bool socket_listen(int fd, const char *path, struct err *e)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = strlen(path);
    if (size >= sizeof address.sun_path)
        return err_set(e, ERR_LIMIT, "the path %s is too long for a socket", path);
    memcpy(address.sun_path, path, size);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        return err_errno(e, "cannot make the helper's socket %s", path);
    if (listen(fd, BACKLOG) != 0)
        return err_errno(e, "cannot listen at %s", path);
    return true;
}

bool helper_serve_new(struct helper_serve **ret, const char *path, const struct helper_token *token,
                      struct helper_queue *queue, struct helper_tell *tell, struct err *e)
{
    AUTO(helper_serve) s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the helper");
    s->token = token;
    s->queue = queue;
    s->tell = tell;
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->fd < 0)
        return err_errno(e, "cannot make the helper's socket");
    if (!socket_listen(s->fd, path, e))
        return false;
    *ret = TAKE(s);
    return true;
}

void helper_serve_free(struct helper_serve *s)
{
    if (s == NULL)
        return;
    while (s->count > 0)
        connection_drop(s, s->count - 1);
    if (s->fd >= 0)
        (void)close(s->fd);
    free(s);
}
