#include "token/job.h"

#include "pki/key.h"
#include "token/handle.h"

#include <stdlib.h>

#define ANSWER_ARENA_MAX (8u << 20)

void job_free(struct job *job)
{
    if (job == NULL)
        return;
    buf_done(&job->request);
    buf_done(&job->payload);
    arena_done(&job->arena);
    free(job);
}
void job_line_init(struct job_line *line)
{
    TAILQ_INIT(&line->jobs);
    line->count = 0;
}

void job_line_clear(struct job_line *line)
{
    for (struct job *job; (job = job_line_take(line)) != NULL;)
        job_free(job);
}

void job_line_add(struct job_line *line, struct job *job)
{
    TAILQ_INSERT_TAIL(&line->jobs, job, link);
    line->count++;
}

void job_line_return(struct job_line *line, struct job *job)
{
    TAILQ_INSERT_HEAD(&line->jobs, job, link);
    line->count++;
}

void job_line_remove(struct job_line *line, struct job *job)
{
    TAILQ_REMOVE(&line->jobs, job, link);
    line->count--;
}

struct job *job_line_first(const struct job_line *line)
{
    return TAILQ_FIRST(&line->jobs);
}

struct job *job_line_take(struct job_line *line)
{
    struct job *job = job_line_first(line);
    if (job != NULL)
        job_line_remove(line, job);
    return job;
}

bool job_new(struct job **ret, size_t token, const struct worker_request *request, struct err *e)
{
    AUTO(job) job = calloc(1, sizeof *job);
    if (job == NULL)
        return err_set(e, ERR_MEMORY, "no memory for a job");
    job->number = request->job;
    job->op = request->op;
    job->token = token;
    job->request = BUF(WORKER_REQUEST_MAX + FRAME_HEADER_SIZE);
    job->payload = BUF(WORKER_ANSWER_MAX);
    job->arena = ARENA(ANSWER_ARENA_MAX);
    worker_request_write(&job->request, request);
    if (!buf_ok(&job->request, "a job for a token", e))
        return false;
    *ret = TAKE(job);
    return true;
}

void job_reset(struct job *job)
{
    buf_reset(&job->payload);
    arena_done(&job->arena);
    job->arena = ARENA(ANSWER_ARENA_MAX);
}

/* What a worker says of a key is judged here as far as it can be: kind and id follow from the
 * SPKI. */
static bool key_take(struct keys_key *ret, const struct worker_key *key, struct err *e)
{
    *ret = (struct keys_key){.id = key->id, .label = key->label, .attributes = key->attributes};
    if (key->spki.data == NULL)
        return true;
    AUTO(pubkey) parsed = NULL;
    if (!pubkey_parse(&parsed, key->spki, e))
        return err_wrap(e, "a key that a worker tells of");
    ret->usable = true;
    ret->kind = pubkey_kind(parsed);
    ret->spki = key->spki;
    return true;
}

static bool keys_take(struct job *job, const struct worker_answer *answer, struct err *e)
{
    struct keys_key *keys = arena_alloc(&job->arena, (answer->key_count + 1) * sizeof *keys);
    if (keys == NULL)
        return err_set(e, ERR_MEMORY, "no memory for a list of %zu keys", answer->key_count);
    for (size_t i = 0; i < answer->key_count; i++)
        if (!key_take(&keys[i], &answer->keys[i], e))
            return false;
    job->answer.keys = (struct keys_list){.items = keys, .count = answer->key_count};
    return true;
}

/* A key that was made must have its SPKI, and be named by it. */
static bool made_check(const struct keys_list *keys, struct err *e)
{
    uint8_t hash[HANDLE_ID_SIZE];
    const struct keys_key *key = &keys->items[0];
    if (!key->usable)
        return err_set(e, ERR_TOKEN, "a worker made a key without telling its public key");
    pubkey_spki_sha256(hash, key->spki);
    if (!bytes_equal(key->id, BYTES_OF(hash)))
        return err_set(e, ERR_TOKEN, "a worker made a key whose id is not that of its public key");
    return true;
}

bool job_answer(struct job *job, const struct frame *frame, struct err *e)
{
    struct worker_answer answer;
    buf_put(&job->payload, frame->payload);
    if (!buf_ok(&job->payload, "a worker's answer", e))
        return false;
    const struct frame kept = {.type = frame->type, .payload = buf_bytes(&job->payload)};
    if (!worker_answer_read(&answer, &kept, &job->arena, e))
        return false;
    if (answer.job != job->number || answer.op != job->op)
        return err_set(e, ERR_INPUT, "a worker answers what it was not asked");
    job->answer = (struct pool_answer){
        .ok = answer.ok, .err = answer.err, .signature = answer.signature, .found = answer.found};
    return keys_take(job, &answer, e) &&
           (!answer.ok || job->op != WORKER_GENERATE || made_check(&job->answer.keys, e));
}
