/* The door of libsealward-verify: between the structs of <sealward/verify.h> and ours. */
#include <sealward/verify.h>

#include <stdio.h>

#include "base/limits.h"
#include "verify/verify.h"

_Static_assert(SEALWARD_CHECKS == VERIFY_CHECKS && (int)SEALWARD_STATUS == (int)VERIFY_STATUS &&
                   (int)SEALWARD_CHAIN == (int)VERIFY_CHAIN,
               "the checks have the same numbers on both sides");
_Static_assert((int)SEALWARD_FAILS == (int)VERIFY_FAILS, "and the answers");
_Static_assert((int)SEALWARD_TIME_TIMESTAMP == (int)VERIFY_TIME_TIMESTAMP, "and the times");

/* One call. */
struct work {
    const struct sealward_input *input;
    struct sealward_verdict *out;
    struct verify_input in;
    struct bytes roots[VERIFY_ROOTS_MAX];
    struct bytes certificates[VERIFY_CERTIFICATES_MAX];
    struct bytes receipts[VERIFY_RECEIPTS_MAX];
    struct bytes crls[VERIFY_CRLS_MAX];
    struct authority authority;
    struct distrust list;
    struct verdict verdict;
    struct arena arena;
};

static void work_done(struct work *w)
{
    arena_done(&w->arena);
}
AUTO_DONE(work)

static struct bytes ours(struct sealward_bytes b)
{
    return bytes_make(b.data, b.size);
}

/* ---- What came in ---- */

/* A caller of another version says so by the size of what it gives. */
static bool sizes_check(const struct work *w, struct err *e)
{
    if (w->input->size != sizeof *w->input)
        return err_set(e, ERR_INPUT, "the input is of another version of sealward/verify.h");
    if (w->input->format == NULL || w->input->now < 0 || w->input->now > LIMIT_TIME_MS)
        return err_set(e, ERR_INPUT, "the input has no format, or a time out of range");
    return true;
}

static bool many_take(struct bytes *ret, size_t max, const struct sealward_bytes *list,
                      size_t count, const char *what, struct err *e)
{
    if (count > max)
        return err_set(e, ERR_LIMIT, "at most %zu %s are looked at", max, what);
    for (size_t i = 0; i < count; i++)
        ret[i] = ours(list[i]);
    return true;
}

static bool lists_take(struct work *w, struct err *e)
{
    const struct sealward_input *input = w->input;
    return many_take(w->roots, VERIFY_ROOTS_MAX, input->roots, input->root_count, "roots", e) &&
           many_take(w->certificates, VERIFY_CERTIFICATES_MAX, input->certificates,
                     input->certificate_count, "certificates", e) &&
           many_take(w->receipts, VERIFY_RECEIPTS_MAX, input->receipts, input->receipt_count,
                     "receipts", e) &&
           many_take(w->crls, VERIFY_CRLS_MAX, input->crls, input->crl_count, "CRLs", e);
}

static void input_fill(struct work *w)
{
    const struct sealward_input *input = w->input;
    w->in = (struct verify_input){
        .format = bytes_text(input->format),
        .file = ours(input->file),
        .beside = ours(input->signature),
        .certificates = w->certificates,
        .certificate_count = input->certificate_count,
        .roots = w->roots,
        .root_count = input->root_count,
        .authority = &w->authority,
        .receipts = w->receipts,
        .receipt_count = input->receipt_count,
        .crls = w->crls,
        .crl_count = input->crl_count,
        .demand_receipt = input->demand_receipt != 0,
        .demand_time = input->demand_time != 0,
        .demand_fresh = input->demand_fresh != 0,
        .list_age_max = input->list_age_max,
        .now = input->now,
    };
}

/* A list that is not the authority's must not be taken for no list. */
static bool list_take(struct work *w, struct err *e)
{
    struct x509 roots[VERIFY_ROOTS_MAX];
    const struct distrust_trust trust = {
        .authority = w->authority.id, .roots = roots, .root_count = w->in.root_count};
    if (w->input->list.size == 0)
        return true;
    for (size_t i = 0; i < w->in.root_count; i++)
        if (!x509_parse(&roots[i], w->roots[i], e))
            return err_wrap(e, "trusted root %zu", i + 1);
    if (!distrust_open(&w->list, ours(w->input->list), &w->arena, e) ||
        !distrust_verify(&w->list, &trust, e))
        return false;
    w->in.list = &w->list;
    w->out->list_used = 1;
    w->out->list_number = w->list.head.number;
    w->out->list_expires = w->list.head.expires;
    return true;
}

static bool input_take(struct work *w, struct err *e)
{
    struct bytes authority = ours(w->input->authority);
    if (!lists_take(w, e) || !authority_read(&w->authority, authority, &w->arena, e))
        return false;
    input_fill(w);
    return list_take(w, e);
}

/* ---- What goes out ---- */

static void text_put(char *ret, size_t size, const char *text)
{
    (void)snprintf(ret, size, "%s", text);
}

static void reason_put(struct sealward_reason *ret, const struct verify_point *point)
{
    ret->answer = (enum sealward_answer)point->answer;
    if (point->answer == VERIFY_HOLDS)
        return;
    text_put(ret->rule, sizeof ret->rule, point->why.rule);
    text_put(ret->text, sizeof ret->text, point->why.message);
}

/* The first good signature, else the first. */
static const struct verify_signature *signature_choose(const struct verdict *v)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->list[i].good)
            return &v->list[i];
    return &v->list[0];
}

static void verdict_put(struct sealward_verdict *out, const struct verdict *v)
{
    const struct verify_signature *s = signature_choose(v);
    for (unsigned i = 0; i < VERIFY_CHECKS; i++)
        reason_put(&out->reasons[i], &s->points[i]);
    out->signatures = v->count;
    out->trusted_time = (enum sealward_trusted_time)s->trusted;
    out->time = s->time;
    out->certificate = s->number;
    out->entry = s->entry;
    memcpy(out->key, s->key, sizeof out->key);
    out->trusted = v->good;
}

static void error_put(struct sealward_verdict *out, const struct err *e)
{
    text_put(out->error, sizeof out->error, e->message);
    text_put(out->error_code, sizeof out->error_code, err_code_name(e->code));
    text_put(out->error_rule, sizeof out->error_rule, e->rule);
}

int sealward_verify(const struct sealward_input *input, struct sealward_verdict *verdict)
{
    AUTO_VALUE(work) w = {.input = input, .out = verdict};
    struct err e;
    if (verdict->size != sizeof *verdict)
        return 0;
    *verdict = (struct sealward_verdict){.size = sizeof *verdict, .entry = -1};
    for (unsigned i = 0; i < VERIFY_CHECKS; i++)
        verdict->reasons[i].check = verify_check_names[i];
    if (!sizes_check(&w, &e)) {
        error_put(verdict, &e);
        return 0;
    }
    w.arena = ARENA(input->memory_max == 0 ? SEALWARD_MEMORY : input->memory_max);
    if (input_take(&w, &e) && verify_file(&w.verdict, &w.in, &w.arena, &e))
        verdict_put(verdict, &w.verdict);
    else
        error_put(verdict, &e);
    verdict->memory = w.arena.used;
    return verdict->trusted;
}

const char *sealward_verify_version(void)
{
    return SEALWARD_VERSION;
}
