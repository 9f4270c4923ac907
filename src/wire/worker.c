#include "wire/worker.h"

#include "base/reader.h"

static void put_limited(struct buf *b, struct bytes bytes, size_t min, size_t max)
{
    if (bytes.size < min || bytes.size > max) {
        b->failed = true;
        return;
    }
    buf_put_u32(b, (uint32_t)bytes.size);
    buf_put(b, bytes);
}

/* --- requests --- */

void worker_request_write(struct buf *b, const struct worker_request *request)
{
    size_t start = frame_begin(b, (uint8_t)request->op);
    buf_put_u64(b, request->job);
    switch (request->op) {
    case WORKER_PING:
    case WORKER_LIST:
        break;
    case WORKER_SIGN:
        put_limited(b, request->id, 1, WORKER_ID_MAX);
        buf_put_u8(b, request->mechanism);
        put_limited(b, request->data, 1, WORKER_DATA_MAX);
        break;
    case WORKER_GENERATE:
        buf_put_u8(b, request->kind);
        put_limited(b, request->label, 1, WORKER_LABEL_MAX);
        break;
    case WORKER_DESTROY:
        put_limited(b, request->id, 1, WORKER_ID_MAX);
        put_limited(b, request->label, 1, WORKER_LABEL_MAX);
        break;
    default:
        b->failed = true;
        break;
    }
    frame_end(b, start);
}

static bool op_read(enum worker_op *ret, uint8_t number, struct err *e)
{
    if (number < WORKER_PING || number > WORKER_DESTROY)
        return err_set(e, ERR_INPUT, "worker message: operation %u is unknown", number);
    *ret = (enum worker_op)number;
    return true;
}

/* A reader's string that must not be empty. */
static struct bytes read_filled(struct reader *r, size_t max)
{
    struct bytes bytes = reader_string32(r, max);
    if (bytes.size == 0)
        r->failed = true;
    return bytes;
}

bool worker_request_read(struct worker_request *ret, const struct frame *frame, struct err *e)
{
    struct reader r = reader_make(frame->payload);
    struct worker_request request = {0};
    if (!op_read(&request.op, frame->type, e))
        return false;
    request.job = reader_u64(&r);
    switch (request.op) {
    case WORKER_PING:
    case WORKER_LIST:
        break;
    case WORKER_SIGN:
        request.id = read_filled(&r, WORKER_ID_MAX);
        request.mechanism = reader_u8(&r);
        request.data = read_filled(&r, WORKER_DATA_MAX);
        break;
    case WORKER_GENERATE:
        request.kind = reader_u8(&r);
        request.label = read_filled(&r, WORKER_LABEL_MAX);
        break;
    case WORKER_DESTROY:
        request.id = read_filled(&r, WORKER_ID_MAX);
        request.label = read_filled(&r, WORKER_LABEL_MAX);
        break;
    }
    if (!reader_done(&r, "worker request", e))
        return false;
    if (request.job == 0)
        return err_set(e, ERR_INPUT, "worker request: job 0 is the worker's own");
    *ret = request;
    return true;
}

/* --- errors --- */

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f;
}

/* Text for people, which may quote a module or a token: what is not plain ASCII becomes "?". */
static void put_text(struct buf *b, const char *text)
{
    struct bytes bytes = bytes_text(text);
    buf_put_u32(b, (uint32_t)bytes.size);
    for (size_t i = 0; i < bytes.size; i++)
        buf_put_u8(b, is_plain(bytes.data[i]) ? bytes.data[i] : '?');
}

static void err_write(struct buf *b, const struct err *e)
{
    buf_put_u8(b, (uint8_t)e->code);
    put_text(b, e->rule);
    put_text(b, e->message);
    put_text(b, e->hint);
    put_text(b, e->cause);
}

static void read_text(char *ret, size_t room, struct reader *r)
{
    struct bytes text = reader_string32(r, room - 1);
    for (size_t i = 0; i < text.size; i++)
        if (!is_plain(text.data[i]))
            r->failed = true;
    if (text.size > 0)
        memcpy(ret, text.data, text.size);
    ret[text.size] = '\0';
}

static void err_read(struct err *ret, struct reader *r)
{
    uint8_t code = reader_u8(r);
    if (code == ERR_NONE || code > ERR_INTERNAL)
        r->failed = true;
    ret->code = (enum err_code)code;
    read_text(ret->rule, sizeof ret->rule, r);
    read_text(ret->message, sizeof ret->message, r);
    read_text(ret->hint, sizeof ret->hint, r);
    read_text(ret->cause, sizeof ret->cause, r);
}

/* --- answers --- */

static void key_write(struct buf *b, const struct worker_key *key)
{
    put_limited(b, key->id, 0, WORKER_ID_MAX);
    put_limited(b, key->label, 0, WORKER_LABEL_MAX);
    buf_put_u8(b, key->kind);
    buf_put_u8(b, key->attributes);
    put_limited(b, key->spki, 0, WORKER_SPKI_MAX);
}

static void result_write(struct buf *b, const struct worker_answer *answer)
{
    switch (answer->op) {
    case WORKER_PING:
        break;
    case WORKER_DESTROY:
        buf_put_u8(b, answer->found);
        break;
    case WORKER_SIGN:
        put_limited(b, answer->signature, 1, WORKER_SIGNATURE_MAX);
        break;
    case WORKER_GENERATE:
        buf_put_u8(b, answer->found);
        if (answer->key_count != 1)
            b->failed = true;
        else
            key_write(b, &answer->keys[0]);
        break;
    case WORKER_LIST:
        if (answer->key_count > WORKER_KEYS_MAX) {
            b->failed = true;
            break;
        }
        buf_put_u32(b, (uint32_t)answer->key_count);
        for (size_t i = 0; i < answer->key_count; i++)
            key_write(b, &answer->keys[i]);
        break;
    default:
        b->failed = true;
        break;
    }
}

void worker_answer_write(struct buf *b, const struct worker_answer *answer)
{
    size_t start = frame_begin(b, (uint8_t)answer->op);
    buf_put_u64(b, answer->job);
    buf_put_u8(b, answer->ok);
    if (answer->ok)
        result_write(b, answer);
    else
        err_write(b, &answer->err);
    if (!b->failed && b->size - start - FRAME_HEADER_SIZE > WORKER_ANSWER_MAX)
        b->failed = true;
    frame_end(b, start);
}

static bool read_bool(struct reader *r)
{
    uint8_t value = reader_u8(r);
    if (value > 1)
        r->failed = true;
    return value == 1;
}

static void key_read(struct worker_key *ret, struct reader *r)
{
    ret->id = reader_string32(r, WORKER_ID_MAX);
    ret->label = reader_string32(r, WORKER_LABEL_MAX);
    ret->kind = reader_u8(r);
    ret->attributes = reader_u8(r);
    ret->spki = reader_string32(r, WORKER_SPKI_MAX);
    if (ret->spki.size == 0)
        ret->spki = BYTES_NONE;
}

/* The smallest key takes 14 bytes: no count may ask for more memory than the frame can fill. */
static void keys_read(struct worker_answer *ret, size_t count, struct reader *r, struct arena *a)
{
    if (count > WORKER_KEYS_MAX || count > r->rest.size / 14) {
        r->failed = true;
        return;
    }
    if (count == 0)
        return;
    ret->keys = arena_alloc(a, count * sizeof *ret->keys);
    if (ret->keys == NULL) {
        r->failed = true;
        return;
    }
    ret->key_count = count;
    for (size_t i = 0; i < count; i++)
        key_read(&ret->keys[i], r);
}

static void result_read(struct worker_answer *ret, struct reader *r, struct arena *a)
{
    switch (ret->op) {
    case WORKER_PING:
        break;
    case WORKER_DESTROY:
        ret->found = read_bool(r);
        break;
    case WORKER_SIGN:
        ret->signature = read_filled(r, WORKER_SIGNATURE_MAX);
        break;
    case WORKER_GENERATE:
        ret->found = read_bool(r);
        keys_read(ret, 1, r, a);
        break;
    case WORKER_LIST:
        keys_read(ret, reader_u32(r), r, a);
        break;
    }
}

bool worker_answer_read(struct worker_answer *ret, const struct frame *frame, struct arena *a,
                        struct err *e)
{
    struct reader r = reader_make(frame->payload);
    struct worker_answer answer = {0};
    if (!op_read(&answer.op, frame->type, e))
        return false;
    answer.job = reader_u64(&r);
    answer.ok = read_bool(&r);
    if (answer.ok)
        result_read(&answer, &r, a);
    else
        err_read(&answer.err, &r);
    if (!reader_done(&r, "worker answer", e))
        return false;
    if (answer.job == 0 && answer.op != WORKER_PING)
        return err_set(e, ERR_INPUT, "worker answer: job 0 with operation %d", (int)answer.op);
    *ret = answer;
    return true;
}
