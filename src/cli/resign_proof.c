#include "cli/resign_proof.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cli/lookup.h"
#include "cli/patience.h"
#include "rules/grants.h"
#include "rules/requests.h"
#include "rules/statement.h"
#include "rules/tables.h"

/* Grants kept: those of neighbouring artifacts are mostly the same few. */
enum { GRANTS_KEPT = 64 };

struct kept {
    struct arena arena;
    uint8_t leaf[32];
    struct list artifacts; /* struct artifact */
    bool used;
};

struct resign_proof {
    struct client *client;
    struct kept grants[GRANTS_KEPT];
};

bool resign_proof_new(struct resign_proof **ret, struct client *c, struct err *e)
{
    struct resign_proof *p = calloc(1, sizeof *p);
    if (p == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for proofs");
    p->client = c;
    *ret = p;
    return true;
}

void resign_proof_free(struct resign_proof *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < GRANTS_KEPT; i++)
        arena_done(&p->grants[i].arena);
    free(p);
}

/* ---- The grant ---- */

static bool grant_read(struct kept *k, const struct proven *proven, struct err *e)
{
    struct signed_statement outer;
    struct statement statement;
    struct grant_body body;
    if (!bytes_is(proven->entry.type, "grant"))
        return err_set(e, ERR_AUTH, "its grant is no grant");
    if (!signed_statement_read(&outer, &statement, proven->entry.body, &k->arena, e) ||
        !fields_read(&body, &grant_body_fields, statement.body, &k->arena, e))
        return false;
    k->artifacts = body.artifacts;
    memcpy(k->leaf, proven->entry.leaf, sizeof k->leaf);
    k->used = true;
    return true;
}

static bool grant_find(const struct kept **ret, struct resign_proof *p, struct bytes leaf,
                       struct err *e)
{
    struct kept *k = &p->grants[leaf.data[0] % GRANTS_KEPT];
    struct proven proven;
    *ret = k;
    if (k->used && bytes_equal(BYTES_OF(k->leaf), leaf))
        return true;
    arena_done(&k->arena);
    *k = (struct kept){.arena = ARENA(LIMIT_JSON_TREE + 16 * LIMIT_ENTRY)};
    return client_entry_by_leaf(p->client, leaf.data, &proven, &k->arena, e) &&
           grant_read(k, &proven, e);
}

static bool is_same(const struct artifact *a, const struct artifact *b)
{
    return bytes_equal(a->format, b->format) && bytes_equal(a->algorithm, b->algorithm) &&
           bytes_equal(a->digest, b->digest);
}

/* The artifact of that number in the grant; any number will do where it is -1. */
static bool grant_names(struct resign_proof *p, struct bytes leaf, int64_t number,
                        const struct artifact *artifact, struct err *e)
{
    const struct kept *k;
    if (!grant_find(&k, p, leaf, e))
        return false;
    const struct artifact *items = k->artifacts.items;
    for (size_t i = 0; i < k->artifacts.count; i++)
        if ((number < 0 || (size_t)number == i) && is_same(&items[i], artifact))
            return true;
    return err_set(e, ERR_AUTH, "its grant declares another artifact");
}

/* ---- The binding ---- */

struct sought {
    const struct request *request;
    struct bytes digest;
    struct binding_body body;
    struct artifact declared;
    struct arena arena;
    bool found;
};

static void sought_done(struct sought *s)
{
    arena_done(&s->arena);
}
AUTO_DONE(sought)

static bool binding_compare(void *context, const struct proven *proven, bool *ret_more,
                            struct err *e)
{
    struct sought *s = context;
    struct bytes text = arena_copy(&s->arena, proven->entry.body);
    if (text.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a binding");
    if (!fields_read(&s->body, &binding_body_fields, text, &s->arena, e))
        return false;
    s->found = bytes_equal(s->body.grant, s->request->grant) &&
               bytes_equal(s->body.key, s->request->key) && bytes_equal(s->body.digest, s->digest);
    *ret_more = !s->found;
    return true;
}

static bool binding_names(struct resign_proof *p, const struct request *request,
                          struct bytes digest, const struct artifact *artifact, struct err *e)
{
    AUTO_VALUE(sought)
    sought = {.request = request, .digest = digest, .arena = ARENA(64 * LIMIT_ENTRY)};
    struct lookup lookup = {.kind = "tbs",
                            .key = digest,
                            .type = "binding",
                            .each = binding_compare,
                            .context = &sought};
    if (!lookup_entries(p->client, &lookup, e))
        return false;
    if (!sought.found)
        return err_set(e, ERR_AUTH, "no binding of it stands in the record");
    if (sought.body.declared == NULL)
        return grant_names(p, request->grant, sought.body.artifact, artifact, e);
    return is_same(sought.body.declared, artifact) ||
           err_set(e, ERR_AUTH, "it is bound to another artifact");
}

/* ---- The request ---- */

/* Requests bind at once what the rulebook builds, what brings its preimages, and bare hashes. */
static bool item_names(struct resign_proof *p, const struct request *request,
                       const struct request_item *item, const struct artifact *artifact,
                       struct err *e)
{
    bool bare = bytes_equal(item->digest, artifact->digest);
    if (item->digest.data == NULL || item->preimages.count > 0 || bare)
        return grant_names(p, request->grant, item->artifact, artifact, e);
    return binding_names(p, request, item->digest, artifact, e);
}

static bool request_judge(struct resign_proof *p, const struct proven *proven, int64_t item,
                          struct bytes key, const struct artifact *artifact, struct arena *a,
                          struct err *e)
{
    struct request request;
    if (!bytes_is(proven->entry.type, "request"))
        return err_set(e, ERR_AUTH, "it is no request");
    if (!fields_read(&request, &request_fields, proven->entry.body, a, e))
        return false;
    if (!bytes_equal(request.key, key))
        return err_set(e, ERR_AUTH, "another key has signed there");
    if (item < 0 || (size_t)item >= request.items.count)
        return err_set(e, ERR_AUTH, "it has no item %" PRId64, item);
    const struct request_item *items = request.items.items;
    return item_names(p, &request, &items[item], artifact, e);
}

static bool check_once(struct resign_proof *p, int64_t entry, int64_t item, struct bytes key,
                       const struct artifact *artifact, struct err *e)
{
    AUTO_VALUE(arena) arena = CLIENT_ARENA;
    struct proven proven;
    return client_entry(p->client, entry, &proven, &arena, e) &&
           request_judge(p, &proven, item, key, artifact, &arena, e);
}

bool resign_proof_check(struct resign_proof *p, int64_t entry, int64_t item, struct bytes key,
                        const struct artifact *artifact, struct err *e)
{
    struct patience patience = PATIENCE;
    while (!check_once(p, entry, item, key, artifact, e))
        if (!patience_wait(&patience, e))
            return err_wrap(e, "entry %" PRId64 " does not show that %.*s was signed", entry,
                            BYTES_PRINT(artifact->name));
    return true;
}
