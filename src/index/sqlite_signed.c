/* What was signed for whom, as it goes into the index. */
#include "index/sqlite.h"

#include <inttypes.h>

static bool integer_get(struct sqlite *s, struct sqlite3_stmt *q, bool *ret_there, int64_t *ret,
                        struct err *e)
{
    if (!database_step(&s->db, q, ret_there, e))
        return false;
    if (!*ret_there)
        return true;
    *ret = database_get_integer(q, 0);
    database_stop(q);
    return true;
}

static bool word_find(struct sqlite *s, struct bytes text, bool *ret_there, int64_t *ret,
                      struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&s->db, WORD_GET, &q, e))
        return false;
    database_put_blob(q, 1, text);
    return integer_get(s, q, ret_there, ret, e);
}

/* The number of a text that stands in many rows. */
static bool word_id(struct sqlite *s, struct bytes text, int64_t *ret, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    bool there = false;
    if (!word_find(s, text, &there, ret, e))
        return false;
    if (there)
        return true;
    if (!database_use(&s->db, WORD_PUT, &q, e))
        return false;
    database_put_blob(q, 1, text);
    return database_do(&s->db, q, e) && word_find(s, text, &there, ret, e) &&
           (there || database_damaged(&s->db, "a word is not kept", e));
}

static bool artifact_put(struct sqlite *s, int64_t grant, int64_t number,
                         const struct index_artifact *artifact, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&s->db, ARTIFACT_PUT, &q, e))
        return false;
    database_put_integer(q, 1, grant);
    database_put_integer(q, 2, number);
    database_put_text(q, 3, artifact->name);
    database_put_text(q, 4, artifact->format);
    database_put_text(q, 5, artifact->algorithm);
    database_put_blob(q, 6, artifact->digest);
    return database_do(&s->db, q, e);
}

bool sqlite_put_grant(struct index *ix, const struct index_grant *grant, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    struct sqlite3_stmt *q = NULL;
    int64_t path = 0;
    int64_t signer = 0;
    int64_t actor = 0;
    if (!word_id(s, grant->path, &path, e) || !word_id(s, grant->signer, &signer, e) ||
        !word_id(s, grant->actor, &actor, e) || !database_use(&s->db, GRANT_PUT, &q, e))
        return false;
    database_put_integer(q, 1, grant->entry);
    database_put_blob(q, 2, grant->leaf);
    database_put_integer(q, 3, path);
    database_put_integer(q, 4, signer);
    database_put_integer(q, 5, actor);
    if (!database_do(&s->db, q, e))
        return false;
    for (size_t i = 0; i < grant->count; i++)
        if (!artifact_put(s, grant->entry, (int64_t)i, &grant->artifacts[i], e))
            return false;
    return true;
}

/* What the rows of one request have in common, as numbers. */
struct common {
    int64_t grant;
    int64_t path;
    int64_t actor;
    int64_t key;
};

static bool grant_find(struct sqlite *s, struct bytes leaf, struct common *ret, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    bool row = false;
    if (!database_use(&s->db, GRANT_GET, &q, e))
        return false;
    database_put_blob(q, 1, leaf);
    if (!database_step(&s->db, q, &row, e))
        return false;
    if (!row)
        return database_damaged(&s->db, "a grant is missing", e);
    ret->grant = database_get_integer(q, 0);
    ret->path = database_get_integer(q, 1);
    ret->actor = database_get_integer(q, 2);
    database_stop(q);
    return true;
}

static bool signature_put(struct sqlite *s, const struct index_signatures *all, size_t item,
                          const struct common *common, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    const struct index_item *one = &all->items[item];
    if (!database_use(&s->db, SIGNATURE_PUT, &q, e))
        return false;
    database_put_integer(q, 1, all->entry);
    database_put_integer(q, 2, (int64_t)item);
    database_put_integer(q, 3, all->time_ms);
    database_put_integer(q, 4, all->month);
    database_put_integer(q, 5, common->key);
    database_put_integer(q, 6, all->certificate);
    database_put_integer(q, 7, common->grant);
    database_put_integer(q, 8, common->path);
    database_put_integer(q, 9, common->actor);
    if (one->artifact >= 0)
        database_put_integer(q, 10, one->artifact);
    database_put_integer(q, 11, one->id);
    database_put_blob(q, 12, one->tbs);
    return database_do(&s->db, q, e);
}

static bool tally_put(struct sqlite *s, const struct index_signatures *all,
                      const struct common *common, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    if (!database_use(&s->db, TALLY, &q, e))
        return false;
    database_put_integer(q, 1, common->key);
    database_put_integer(q, 2, all->certificate);
    database_put_integer(q, 3, common->path);
    database_put_integer(q, 4, common->actor);
    database_put_integer(q, 5, all->month);
    database_put_integer(q, 6, (int64_t)all->count);
    database_put_integer(q, 7, all->time_ms);
    return database_do(&s->db, q, e);
}

bool sqlite_put_signatures(struct index *ix, const struct index_signatures *signatures,
                           struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    struct common common = {.grant = 0};
    if (!grant_find(s, signatures->grant, &common, e) ||
        !word_id(s, signatures->key, &common.key, e))
        return false;
    for (size_t i = 0; i < signatures->count; i++)
        if (!signature_put(s, signatures, i, &common, e))
            return false;
    return tally_put(s, signatures, &common, e);
}

/* An artifact that the grant did not name gets the next number. */
static bool declared_put(struct sqlite *s, int64_t grant, const struct index_artifact *declared,
                         int64_t *ret_number, struct err *e)
{
    struct sqlite3_stmt *q = NULL;
    bool there = false;
    if (!database_use(&s->db, ARTIFACT_NEXT, &q, e))
        return false;
    database_put_integer(q, 1, grant);
    return integer_get(s, q, &there, ret_number, e) &&
           artifact_put(s, grant, *ret_number, declared, e);
}

bool sqlite_put_binding(struct index *ix, const struct index_binding *binding, struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    struct sqlite3_stmt *q = NULL;
    struct common common = {.grant = 0};
    int64_t artifact = binding->artifact;
    if (!grant_find(s, binding->grant, &common, e) ||
        (binding->declared != NULL &&
         !declared_put(s, common.grant, binding->declared, &artifact, e)) ||
        !database_use(&s->db, BIND, &q, e))
        return false;
    database_put_integer(q, 1, common.grant);
    database_put_blob(q, 2, binding->tbs);
    database_put_blob(q, 3, binding->key);
    database_put_integer(q, 4, artifact);
    return database_do(&s->db, q, e);
}

bool sqlite_put_certificate(struct index *ix, const struct index_certificate *certificate,
                            struct err *e)
{
    struct sqlite *s = sqlite_of(ix);
    struct sqlite3_stmt *q = NULL;
    int64_t key = 0;
    if (!word_id(s, certificate->key, &key, e) || !database_use(&s->db, CERTIFICATE_PUT, &q, e))
        return false;
    database_put_integer(q, 1, certificate->number);
    database_put_blob(q, 2, certificate->serial);
    database_put_integer(q, 3, key);
    return database_do(&s->db, q, e);
}
