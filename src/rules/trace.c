#include "rules/trace.h"

#include "pki/x509.h"
#include "rules/grants.h"
#include "rules/issuance.h"
#include "rules/requests.h"

static bool copy(struct bytes *ret, struct bytes text, struct arena *a, struct err *e)
{
    *ret = arena_copy(a, text);
    return ret->data != NULL || err_set(e, ERR_LIMIT, "no room for what an entry signs");
}

static void *many(size_t count, size_t size, struct arena *a, struct err *e)
{
    void *made = arena_alloc(a, count * size);
    if (made == NULL)
        (void)err_set(e, ERR_LIMIT, "no room for what an entry signs");
    return made;
}

static void artifacts_show(struct trace_artifact *ret, const struct artifact *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ret[i] = (struct trace_artifact){.name = from[i].name,
                                         .format = from[i].format,
                                         .algorithm = from[i].algorithm,
                                         .digest = from[i].digest};
}

/* The signer that policy names for the path now. */
static bool signer_find(struct bytes *ret, const struct rules_state *s, struct bytes path,
                        struct arena *a, struct err *e)
{
    struct release_path found;
    return policy_get(&found, state_view(s, TABLE_OBJECTS), OBJECT_PATH, path, a, e) &&
           copy(ret, found.signer, a, e);
}

static bool grant_trace(struct trace *t, const struct rules_state *s, const struct entry *entry,
                        const struct outcome *out, struct arena *a, struct err *e)
{
    struct signed_entry read;
    struct grant_body body;
    (void)out;
    t->kind = TRACE_GRANT;
    if (!signed_entry_read(&read, entry, a, e) ||
        !fields_read(&body, &grant_body_fields, read.statement.body, a, e) ||
        !copy(&t->grant, BYTES_OF(entry->leaf), a, e) ||
        !signer_find(&t->signer, s, body.path, a, e))
        return false;
    t->path = body.path;
    t->actor = read.statement.actor;
    t->artifacts = (struct list){.count = body.artifacts.count};
    if (body.artifacts.count == 0)
        return true;
    t->artifacts.items = many(body.artifacts.count, sizeof(struct trace_artifact), a, e);
    if (t->artifacts.items == NULL)
        return false;
    artifacts_show(t->artifacts.items, body.artifacts.items, body.artifacts.count);
    return true;
}

static bool item_trace(struct trace_item *ret, const struct rules_state *s,
                       const struct request *request, const struct sign_job *job, struct arena *a,
                       struct err *e)
{
    struct bytes digest = bytes_make(job->digest, job->digest_size);
    const struct use *use = state_use(s, request->grant, request->key, digest);
    ret->artifact = use == NULL ? -1 : use->artifact;
    return copy(&ret->tbs, digest, a, e);
}

static bool request_trace(struct trace *t, const struct rules_state *s, const struct entry *entry,
                          const struct outcome *out, struct arena *a, struct err *e)
{
    struct request request;
    t->kind = TRACE_SIGNATURES;
    if (!fields_read(&request, &request_fields, entry->body, a, e))
        return false;
    const struct certificate *certificate = state_certificate_of(s, request.key, entry->time);
    struct trace_item *items = many(out->job_count, sizeof *items, a, e);
    if (items == NULL)
        return false;
    for (size_t i = 0; i < out->job_count; i++)
        if (!item_trace(&items[i], s, &request, &out->jobs[i], a, e))
            return false;
    t->grant = request.grant;
    t->key = request.key;
    t->certificate = certificate == NULL ? -1 : certificate->number;
    t->items = (struct list){.items = items, .count = out->job_count};
    return true;
}

static bool binding_trace(struct trace *t, const struct rules_state *s, const struct entry *entry,
                          const struct outcome *out, struct arena *a, struct err *e)
{
    struct binding_body body;
    (void)s;
    (void)out;
    t->kind = TRACE_BINDING;
    if (!fields_read(&body, &binding_body_fields, entry->body, a, e))
        return false;
    struct trace_item *item = many(1, sizeof *item, a, e);
    struct trace_artifact *declared = many(1, sizeof *declared, a, e);
    if (item == NULL || declared == NULL)
        return false;
    *item = (struct trace_item){.tbs = body.digest, .artifact = body.artifact};
    t->grant = body.grant;
    t->key = body.key;
    t->items = (struct list){.items = item, .count = 1};
    if (body.declared == NULL)
        return true;
    artifacts_show(declared, body.declared, 1);
    t->artifacts = (struct list){.items = declared, .count = 1};
    return true;
}

static bool certificate_trace(struct trace *t, const struct rules_state *s,
                              const struct entry *entry, const struct outcome *out, struct arena *a,
                              struct err *e)
{
    struct certified certified;
    struct x509 x509;
    uint8_t authority[X509_AUTHORITY_SIZE];
    uint8_t key[32];
    uint64_t number;
    (void)out;
    t->kind = TRACE_CERTIFICATE;
    if (!fields_read(&certified, &certified_fields, entry->body, a, e) ||
        !x509_parse(&x509, certified.certificate, e) ||
        !x509_number(&x509, bytes_text(s->arc), authority, &number, e))
        return false;
    pubkey_spki_sha256(key, x509.spki);
    t->certificate = (int64_t)number;
    t->serial = x509.serial;
    return copy(&t->key, BYTES_OF(key), a, e);
}

bool rules_trace(struct trace *ret, const struct rules_state *s, const struct entry *entry,
                 const struct outcome *out, struct arena *a, struct err *e)
{
    static const struct {
        const char *type;
        bool (*take)(struct trace *t, const struct rules_state *s, const struct entry *entry,
                     const struct outcome *out, struct arena *a, struct err *e);
    } rows[] = {{"grant", grant_trace},
                {"request", request_trace},
                {"binding", binding_trace},
                {"certificate", certificate_trace}};
    struct trace t = {.kind = TRACE_NOTHING, .certificate = -1};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (bytes_is(entry->type, rows[i].type) && !rows[i].take(&t, s, entry, out, a, e))
            return err_wrap(e, "what entry %lld signs", (long long)entry->index);
    *ret = t;
    return true;
}
