#include "token/worker.h"

#include "base/sandbox.h"
#include "token/keys.h"
#include "token/sign.h"
#include "wire/worker.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#define ARENA_MAX (16u << 20) /* a list of KEYS_MAX keys with all their attributes */

struct worker {
    const struct worker_config *config;
    int socket;
    int ready;
    struct handle *handle;
};

/* --- the way out --- */

static bool answer_send(const struct worker *w, const struct worker_answer *answer, struct err *e)
{
    AUTO_VALUE(buf) out = BUF(WORKER_ANSWER_MAX + FRAME_HEADER_SIZE);
    worker_answer_write(&out, answer);
    return buf_ok(&out, "a worker's answer", e) && frame_send(w->socket, buf_bytes(&out), -1, e);
}

/* Tells the core why, as far as it still listens, and ends. Nothing of the module runs at exit:
 * many modules crash there. */
static _Noreturn void worker_fail(const struct worker *w, enum worker_exit how,
                                  const struct err *why)
{
    const struct worker_answer answer = {.op = WORKER_PING, .ok = false, .err = *why};
    struct err unheard;
    (void)!answer_send(w, &answer, &unheard);
    _exit((int)how);
}

/* Would another worker fail alike? A PIN that the token refuses must not be tried by each of them,
 * and a module that cannot be loaded stays so. */
static bool is_for_good(const struct err *e)
{
    return strcmp(e->rule, HANDLE_RULE_PIN) == 0 || e->code == ERR_STATE;
}

/* --- the work --- */

static bool do_sign(struct worker_answer *ret, struct buf *signature, struct handle *h,
                    const struct worker_request *request, struct err *e)
{
    if (request->mechanism >= MECHANISM_COUNT)
        return err_set(e, ERR_INPUT, "mechanism %u is unknown", request->mechanism);
    if (!sign_data(signature, h, request->id, (enum mechanism)request->mechanism, request->data, e))
        return false;
    ret->signature = buf_bytes(signature);
    return true;
}

static void key_to_wire(struct worker_key *ret, const struct keys_key *key)
{
    *ret = (struct worker_key){
        .id = key->id,
        .label = key->label,
        .kind = (uint8_t)key->kind,
        .attributes = (uint8_t)key->attributes,
        .spki = key->usable ? key->spki : BYTES_NONE,
    };
}

static bool keys_to_wire(struct worker_answer *ret, const struct keys_key *keys, size_t count,
                         struct arena *a, struct err *e)
{
    ret->keys = arena_alloc(a, (count + 1) * sizeof *ret->keys);
    if (ret->keys == NULL)
        return err_set(e, ERR_MEMORY, "no memory for a list of %zu keys", count);
    for (size_t i = 0; i < count; i++)
        key_to_wire(&ret->keys[i], &keys[i]);
    ret->key_count = count;
    return true;
}

static bool do_generate(struct worker_answer *ret, struct handle *h,
                        const struct worker_request *request, struct arena *a, struct err *e)
{
    if (request->kind > KEY_ED25519)
        return err_set(e, ERR_INPUT, "kind of key %u is unknown", request->kind);
    struct keys_key key;
    return keys_generate(&key, &ret->found, h, (enum key_kind)request->kind, request->label, a,
                         e) &&
           keys_to_wire(ret, &key, 1, a, e);
}

static bool do_list(struct worker_answer *ret, struct handle *h, struct arena *a, struct err *e)
{
    struct keys_list list;
    return keys_list(&list, h, a, e) && keys_to_wire(ret, list.items, list.count, a, e);
}

static bool worker_do(struct worker_answer *ret, struct buf *signature, struct handle *h,
                      const struct worker_request *request, struct arena *a, struct err *e)
{
    switch (request->op) {
    case WORKER_PING:
        return handle_ready(h, e);
    case WORKER_SIGN:
        return do_sign(ret, signature, h, request, e);
    case WORKER_GENERATE:
        return do_generate(ret, h, request, a, e);
    case WORKER_LIST:
        return do_list(ret, h, a, e);
    case WORKER_DESTROY:
        return keys_destroy(&ret->found, h, request->id, request->label, e);
    }
    return err_set(e, ERR_INTERNAL, "operation %d is unknown", (int)request->op);
}

static void worker_serve(struct worker *w, const struct frame *frame)
{
    AUTO_VALUE(arena) a = ARENA(ARENA_MAX);
    AUTO_VALUE(buf) signature = BUF(WORKER_SIGNATURE_MAX);
    struct err e;
    struct worker_request request;
    if (!worker_request_read(&request, frame, &e))
        worker_fail(w, WORKER_EXIT_FAILED, &e);
    struct worker_answer answer = {.op = request.op, .job = request.job};
    answer.ok = worker_do(&answer, &signature, w->handle, &request, &a, &answer.err);
    if (!answer_send(w, &answer, &e))
        _exit(WORKER_EXIT_FAILED);
    if (!answer.ok && is_for_good(&answer.err))
        _exit(WORKER_EXIT_REFUSED);
}

/* --- the way in --- */

static void environment_set(const struct worker *w)
{
    struct err e;
    if (clearenv() != 0)
        err_errno(&e, "cannot clear the environment"), worker_fail(w, WORKER_EXIT_REFUSED, &e);
    for (const char *const *row = w->config->environment; row != NULL && *row != NULL; row++) {
        char *copy = strdup(*row);
        if (copy == NULL || strchr(copy, '=') == NULL || putenv(copy) != 0) {
            err_set(&e, ERR_INPUT, "environment of token %s: \"%s\" is not NAME=value",
                    w->config->token, *row);
            worker_fail(w, WORKER_EXIT_REFUSED, &e);
        }
    }
}

static bool worker_jail(const struct worker *w, struct err *e)
{
    const int keep[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, w->socket, w->ready};
    const struct sandbox plan = {
        .profile = SANDBOX_WORKER,
        .readable = w->config->readable,
        .writable = w->config->writable,
        .network = w->config->network,
    };
    bool folders = false;
    if (prctl(PR_SET_NAME, "sealward-worker") != 0)
        return err_errno(e, "cannot name the process");
    return sandbox_no_dumps(e) && sandbox_close_others(keep, sizeof keep / sizeof keep[0], e) &&
           sandbox_enter(&folders, &plan, e);
}

static void worker_open(struct worker *w)
{
    const struct worker_config *config = w->config;
    struct err e;
    if (!handle_open(&w->handle, config->module, config->token, config->pin, &e))
        worker_fail(w, is_for_good(&e) ? WORKER_EXIT_REFUSED : WORKER_EXIT_FAILED, &e);
    const struct worker_answer hello = {.op = WORKER_PING, .ok = true};
    if (!answer_send(w, &hello, &e) || write(w->ready, "r", 1) != 1)
        _exit(WORKER_EXIT_FAILED);
    (void)close(w->ready);
}

_Noreturn void worker_run(const struct worker_config *config, int socket, int ready)
{
    struct worker w = {.config = config, .socket = socket, .ready = ready};
    struct err e;
    environment_set(&w);
    if (!worker_jail(&w, &e))
        worker_fail(&w, WORKER_EXIT_REFUSED, &e);
    worker_open(&w);
    struct frame_reader in = FRAME_READER(WORKER_REQUEST_MAX);
    struct frame frame;
    while (frame_receive(&in, socket, -1, &frame, &e))
        worker_serve(&w, &frame);
    handle_free(w.handle);
    _exit(WORKER_EXIT_CLOSED);
}
