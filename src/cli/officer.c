#include "cli/officer.h"

#include "wire/frame.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { SILENCE_MS = 30000 };

struct officer {
    int socket;
    struct frame_reader reader;
};

bool officer_connect(struct officer **ret, const char *path, struct err *e)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return err_set(e, ERR_LIMIT, "the path of the socket is too long");
    memcpy(address.sun_path, path, strlen(path));
    AUTO(officer) o = calloc(1, sizeof *o);
    if (o == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a connection");
    o->reader = FRAME_READER(BRAKE_PAYLOAD_MAX);
    o->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (o->socket < 0)
        return err_errno(e, "cannot make a socket");
    if (connect(o->socket, (const struct sockaddr *)&address, sizeof address) != 0) {
        (void)err_errno(e, "cannot connect to the keeper's second socket at %s", path);
        return err_hint(e, "you must be on the keeper's machine, in the officers' group");
    }
    *ret = TAKE(o);
    return true;
}

void officer_free(struct officer *o)
{
    if (o == NULL)
        return;
    if (o->socket >= 0)
        (void)close(o->socket);
    frame_reader_done(&o->reader);
    free(o);
}

bool officer_ask(struct officer *o, const struct brake_message *question, struct brake_message *ret,
                 struct arena *a, struct err *e)
{
    AUTO_VALUE(buf) payload = BUF(BRAKE_PAYLOAD_MAX);
    AUTO_VALUE(buf) out = BUF(BRAKE_PAYLOAD_MAX + FRAME_HEADER_SIZE);
    struct frame frame;
    if (!brake_write(&payload, question, e))
        return false;
    frame_put(&out, (uint8_t)question->type, buf_bytes(&payload));
    if (!buf_ok(&out, "a question", e) || !frame_send(o->socket, buf_bytes(&out), SILENCE_MS, e) ||
        !frame_receive(&o->reader, o->socket, SILENCE_MS, &frame, e))
        return false;
    struct bytes kept = arena_copy(a, frame.payload);
    if (kept.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for an answer");
    if (!brake_read(ret, frame.type, BRAKE_KEEPER, kept, a, e))
        return false;
    if (ret->type == BRAKE_REFUSED)
        return refusal_err(&ret->refused.why, e);
    return ret->type == brake_row_find(question->type)->answer
               ? true
               : err_set(e, ERR_INPUT, "the keeper answers something else");
}
