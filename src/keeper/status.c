#include "keeper/status.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/fault.h"
#include "base/limits.h"
#include "keeper/answer.h"
#include "keeper/pause.h"

/* Bytes of one file to be signed: a CRL of some millions of entries. */
#define FILE_MAX (256u << 20)

struct status_file {
    struct publication publication;
    uint8_t digest[DIGEST_MAX]; /* what is signed */
    size_t digest_size;
    struct buf signature; /* empty: not signed yet */
};

/* The files of one status entry. */
struct status_set {
    uint64_t index;
    size_t count;
    struct status_file files[CUSTODY_PUBLICATIONS_MAX];
};

struct status {
    bool wanted;
    bool asked;            /* the files of `set` have been given to the token once */
    size_t under_way;      /* jobs for files of `set` */
    struct status_set set; /* of the newest status */
    struct pause token;    /* after a file that was not signed */
    struct pause refused;  /* after an entry that the rulebook refused */
};

bool status_new(struct status **ret, struct err *e)
{
    struct status *s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a status");
    *ret = s;
    return true;
}

static void set_clear(struct status_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        buf_done(&set->files[i].signature);
    set->count = 0;
}

void status_free(struct status *s)
{
    if (s == NULL)
        return;
    set_clear(&s->set);
    free(s);
}

void status_want(struct status *s)
{
    s->wanted = true;
}

/* --- Telling ---------------------------------------------------------------------------------- */

static size_t signed_list(struct custody_publication *ret, const struct status_set *set)
{
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        if (set->files[i].signature.size > 0)
            ret[count++] =
                (struct custody_publication){.path = bytes_text(set->files[i].publication.path),
                                             .signature = buf_bytes(&set->files[i].signature)};
    return count;
}

static bool status_push(struct keeper *k, struct err *e)
{
    struct custody_publication list[CUSTODY_PUBLICATIONS_MAX];
    const struct status_set *set = &k->status->set;
    struct custody_message m = {
        .type = CUSTODY_PUSH_STATUS,
        .push_status = {.index = (int64_t)set->index, .signatures = {.items = list}}};
    m.push_status.signatures.count = signed_list(list, set);
    if (m.push_status.signatures.count == 0)
        return true;
    FAULT_POINT(status_signed);
    diag_write(DIAG_INFO, "status-signed", DIAG_INTEGER("entry", set->index),
               DIAG_INTEGER("files", m.push_status.signatures.count));
    if (!answer_daemons(k, &m, e))
        return false;
    FAULT_POINT(status_pushed);
    return true;
}

bool status_answer(struct keeper *k, uint64_t peer, int64_t tag, struct err *e)
{
    struct custody_publication list[CUSTODY_PUBLICATIONS_MAX];
    const struct status_set *set = &k->status->set;
    size_t count = signed_list(list, set);
    struct custody_message m = {.type = CUSTODY_STATUS_IS,
                                .status = {.tag = tag,
                                           .index = count == 0 ? -1 : (int64_t)set->index,
                                           .signatures = {.items = list, .count = count}}};
    return answer_now(k, peer, &m, e);
}

/* --- Signing ---------------------------------------------------------------------------------- */

static bool is_whole(const struct status_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->files[i].signature.size == 0)
            return false;
    return true;
}

static void file_failed(const struct status_file *file, struct err *why)
{
    (void)err_wrap(why, "%s", file->publication.path);
    diag_err(DIAG_ERROR, "status-not-signed", why);
}

/* All that the token was asked for has been answered. */
static bool set_answered(struct keeper *k, struct err *e)
{
    struct status *s = k->status;
    if (is_whole(&s->set))
        pause_end(&s->token);
    else
        pause_begin(&s->token, clock_monotonic_ms());
    return status_push(k, e);
}

static bool file_signed(struct keeper *k, void *owner, size_t item,
                        const struct pool_answer *answer, struct err *e)
{
    struct status *s = owner;
    struct status_file *file = &s->set.files[item];
    struct err why = answer->err;
    if (answer->ok)
        buf_put(&file->signature, answer->signature);
    else
        file_failed(file, &why);
    return --s->under_way > 0 || set_answered(k, e);
}

static bool file_ask(struct keeper *k, size_t item, struct err *e)
{
    struct status *s = k->status;
    uint64_t number;
    const struct status_file *file = &s->set.files[item];
    if (!pool_sign(&number, k->pool, TOKEN_SIGNING, BYTES_OF(file->publication.key),
                   (enum mechanism)file->publication.mechanism,
                   bytes_make(file->digest, file->digest_size), clock_monotonic_ms(), e) ||
        !jobs_add(&k->jobs, number, s, item, file_signed, e))
        return false;
    s->under_way++;
    return true;
}

/* Has everything signed that is not; a token that takes no more is asked again later. */
static bool set_ask(struct keeper *k, struct err *e)
{
    struct status *s = k->status;
    s->asked = true;
    for (size_t i = 0; i < s->set.count; i++) {
        struct err why;
        if (s->set.files[i].signature.size > 0 || file_ask(k, i, &why))
            continue;
        if (why.code == ERR_MEMORY) {
            *e = why;
            return false;
        }
        file_failed(&s->set.files[i], &why);
        pause_begin(&s->token, clock_monotonic_ms());
        break;
    }
    return true;
}

/* --- Making ----------------------------------------------------------------------------------- */

static bool file_make(struct status_file *ret, const struct keeper *k, const struct publication *p,
                      size_t n, struct err *e)
{
    AUTO_VALUE(buf) tbs = BUF(FILE_MAX);
    if (strcmp(p->token, k->signing_token) != 0)
        return err_set(e, ERR_STATE, "its key is on token \"%s\", this keeper has \"%s\"", p->token,
                       k->signing_token);
    struct status_file file = {.publication = *p, .signature = BUF(CUSTODY_STATUS_SIGNATURE_MAX)};
    if (!rules_publication_build(&tbs, record_state(k->record), n, e) ||
        !rules_publication_digest(file.digest, &file.digest_size, p, buf_bytes(&tbs), e))
        return false;
    *ret = file;
    return true;
}

static bool file_add(struct keeper *k, const struct publication *p, size_t n, struct err *e)
{
    struct status_set *set = &k->status->set;
    struct err why;
    if (file_make(&set->files[set->count], k, p, n, &why)) {
        set->count++;
        return true;
    }
    if (why.code == ERR_MEMORY) {
        *e = why;
        return false;
    }
    (void)err_wrap(&why, "%s", p->path);
    diag_err(DIAG_ERROR, "status-not-made", &why);
    return true;
}

/* Right behind the status entry: the state is still the one that it publishes. One file that cannot
 * be made does not stop the others, and none ends the keeper. */
static bool set_make(struct keeper *k, struct err *e)
{
    struct publication p;
    struct err why;
    for (size_t n = 0;; n++) {
        if (!rules_publication(&p, record_state(k->record), n, &why))
            break;
        if (p.kind == PUBLICATION_NONE)
            return true;
        if (k->status->set.count == CUSTODY_PUBLICATIONS_MAX) {
            (void)err_set(&why, ERR_LIMIT,
                          "a status has more than %d files: those behind are not "
                          "published",
                          CUSTODY_PUBLICATIONS_MAX);
            break;
        }
        if (!file_add(k, &p, n, e))
            return false;
    }
    diag_err(DIAG_ERROR, "status-not-made", &why);
    return true;
}

static bool status_stage(struct keeper *k, uint64_t *ret_index, struct err *e)
{
    AUTO_VALUE(outcome) out;
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    outcome_init(&out);
    int64_t time = record_now(k->record);
    return rules_status_body(&body, record_state(k->record), time, e) &&
           record_stage_at(k->record, time, bytes_text("status"), buf_bytes(&body), &out, ret_index,
                           e);
}

static bool status_begin(struct keeper *k, struct err *e)
{
    struct status *s = k->status;
    struct err why;
    uint64_t index;
    if (!status_stage(k, &index, &why)) {
        if (record_is_fatal(&why)) {
            *e = why;
            return false;
        }
        diag_err(DIAG_INFO, "no-status", &why);
        /* At a start there may be nothing to publish with yet. */
        if (!s->wanted)
            pause_begin(&s->refused, clock_monotonic_ms());
        s->wanted = false;
        return true;
    }
    s->wanted = false;
    pause_end(&s->refused);
    pause_end(&s->token);
    set_clear(&s->set);
    s->set.index = index;
    s->asked = false;
    FAULT_POINT(status_staged);
    return set_make(k, e);
}

static bool status_is_due(const struct keeper *k)
{
    return k->status->wanted || rules_status_due(record_state(k->record), record_now(k->record));
}

bool status_step(struct keeper *k, struct err *e)
{
    struct status *s = k->status;
    if (k->phase != KEEPER_RUNNING || s->under_way > 0)
        return true;
    if (!s->asked && s->set.count > 0)
        return record_staged(k->record) > 0 || set_ask(k, e);
    if (!pause_lasts(&s->refused, clock_monotonic_ms()) && status_is_due(k))
        return status_begin(k, e);
    if (!pause_lasts(&s->token, clock_monotonic_ms()) && !is_whole(&s->set))
        return set_ask(k, e);
    return true;
}
