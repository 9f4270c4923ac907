/* The inventory: what there is, whose it is, how it is used and when it ends. One pass over each
 * table, whatever their size; what ends soon is found without one. */
#include <stdlib.h>

#include "base/hex.h"
#include "rules/life.h"
#include "rules/roster.h"
#include "rules/signers.h"
#include "rules/tables.h"
#include "rules/view.h"
#include "rules/view_parts.h"

struct key_row {
    struct bytes id; /* hex */
    int role;
    struct bytes signer;
    struct bytes level;
    struct bytes owner;
    struct bytes deputy;
    struct bytes token;
    struct bytes algorithm;
    int state;
    int64_t since;
    int64_t last_used; /* -1: never active */
    int64_t uses;
    int64_t certificate; /* number of the newest; -1: none */
    int64_t expires;     /* its end; -1 */
};
FIELDS(key_row_fields, "key of the inventory", struct key_row, ROW_ID(struct key_row, id),
       ROW_WORD(struct key_row, role, key_role_names), ROW_ID_OR_NULL(struct key_row, signer),
       ROW_ID_OR_NULL(struct key_row, level), ROW_ID_OR_NULL(struct key_row, owner),
       ROW_ID_OR_NULL(struct key_row, deputy), ROW_ID(struct key_row, token),
       ROW_ID(struct key_row, algorithm), ROW_WORD(struct key_row, state, key_state_names),
       ROW_TIME(struct key_row, since),
       ROW_INTEGER_OR_NULL(struct key_row, last_used, 0, LIMIT_TIME_MS),
       ROW_INTEGER(struct key_row, uses, 0, JSON_INTEGER_MAX),
       ROW_INTEGER_OR_NULL(struct key_row, certificate, 0, JSON_INTEGER_MAX),
       ROW_INTEGER_OR_NULL(struct key_row, expires, 0, LIMIT_TIME_MS));

struct certificate_row {
    int64_t number;
    struct bytes key;    /* hex */
    struct bytes issuer; /* hex */
    struct bytes signer;
    struct bytes owner;
    struct bytes deputy;
    int64_t not_before;
    int64_t not_after;
    struct bytes stage; /* absent: a newer one of the same key took its place */
    bool issued;        /* the issuer has signed it */
    bool revoked;
};
FIELDS(certificate_row_fields, "certificate of the inventory", struct certificate_row,
       ROW_INTEGER(struct certificate_row, number, 0, JSON_INTEGER_MAX),
       ROW_ID(struct certificate_row, key), ROW_ID(struct certificate_row, issuer),
       ROW_ID_OR_NULL(struct certificate_row, signer),
       ROW_ID_OR_NULL(struct certificate_row, owner),
       ROW_ID_OR_NULL(struct certificate_row, deputy), ROW_TIME(struct certificate_row, not_before),
       ROW_TIME(struct certificate_row, not_after), ROW_ID_OR_NULL(struct certificate_row, stage),
       ROW_BOOL(struct certificate_row, issued), ROW_BOOL(struct certificate_row, revoked));

struct signer_row {
    struct bytes id;
    struct bytes level;
    struct bytes owner;
    struct bytes deputy;
    bool present; /* both are in policy */
    struct orphan *orphan;
    bool retired;
};
FIELDS(orphan_row_fields, "orphan", struct orphan,
       ROW_WORD(struct orphan, cause, orphan_cause_names), ROW_ID(struct orphan, who),
       ROW_TIME(struct orphan, since), ROW_TIME(struct orphan, deadline),
       ROW_BOOL(struct orphan, confirmed));
FIELDS(signer_row_fields, "signer of the inventory", struct signer_row,
       ROW_ID(struct signer_row, id), ROW_ID(struct signer_row, level),
       ROW_ID(struct signer_row, owner), ROW_ID(struct signer_row, deputy),
       ROW_BOOL(struct signer_row, present),
       ROW_MAYBE(struct signer_row, orphan, &orphan_row_fields),
       ROW_BOOL(struct signer_row, retired));

struct path_row {
    struct bytes id;
    struct bytes signer;
    struct bytes owner;
    struct bytes deputy;
    struct bytes approvers;
    struct list workloads;
    struct list teams;
    bool suspended;
    bool retired;
};
FIELDS(path_row_fields, "release path of the inventory", struct path_row,
       ROW_ID(struct path_row, id), ROW_ID(struct path_row, signer),
       ROW_ID_OR_NULL(struct path_row, owner), ROW_ID_OR_NULL(struct path_row, deputy),
       ROW_ID(struct path_row, approvers), ROW_IDS(struct path_row, workloads, 0, 32),
       ROW_IDS(struct path_row, teams, 0, 32), ROW_BOOL(struct path_row, suspended),
       ROW_BOOL(struct path_row, retired));

struct workload_row {
    struct bytes id;
    struct bytes issuer;
};
FIELDS(workload_row_fields, "workload of the inventory", struct workload_row,
       ROW_ID(struct workload_row, id), ROW_ID_OR_NULL(struct workload_row, issuer));

struct person_row {
    struct bytes handle;
    int64_t owns; /* signers */
    int64_t deputises;
};
FIELDS(person_row_fields, "person of the inventory", struct person_row,
       ROW_ID(struct person_row, handle), ROW_INTEGER(struct person_row, owns, 0, JSON_INTEGER_MAX),
       ROW_INTEGER(struct person_row, deputises, 0, JSON_INTEGER_MAX));

/* The record with that key in a table that is walked through in the order of keys. */
static void *table_walk(const struct table *t, size_t *at, struct bytes key)
{
    while (*at < t->count && bytes_compare(table_key(t, *at), key) < 0)
        (*at)++;
    return *at < t->count && bytes_equal(table_key(t, *at), key) ? table_at(t, *at) : NULL;
}

/* ---- Rows ---- */

struct inventory {
    const struct rules_state *s;
    const struct inventory_filter *filter;
    const struct signers *signers;
    const struct certificate **ending; /* those that end in time, where that is asked for */
    size_t ending_count;
    struct buf *b;
    size_t rows;                       /* of the list that is being put */
    const struct key_record *next_key; /* behind the page; NULL: none */
    const struct certificate *next_certificate;
};

/* Whether the page is full with that many rows. */
static bool page_full(const struct inventory *v, size_t rows)
{
    return v->filter->limit != 0 && rows == v->filter->limit;
}

static void inventory_done(struct inventory *v)
{
    free(v->ending);
}
AUTO_DONE(inventory)

static bool of_person(const struct inventory *v, const struct signer_info *signer)
{
    struct bytes person = v->filter->owner;
    return person.data == NULL || (signer != NULL && (bytes_equal(signer->signer.owner, person) ||
                                                      bytes_equal(signer->signer.deputy, person)));
}

/* Whether something that ends then is asked for: nobody asks for what has ended. */
static bool ends_in_time(const struct inventory *v, const struct certificate *c)
{
    int64_t before = v->filter->expiring;
    return before == 0 || (c != NULL && c->not_after >= v->s->time && c->not_after < before);
}

static bool ending_find(struct inventory *v, struct err *e)
{
    size_t first;
    if (v->filter->expiring == 0)
        return true;
    v->ending_count = roster_ending(&first, v->s, v->s->time, v->filter->expiring);
    v->ending = calloc(v->ending_count + 1, sizeof(*v->ending));
    if (v->ending == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for what ends");
    for (size_t i = 0; i < v->ending_count; i++)
        v->ending[i] = roster_at(v->s, first + i);
    return true;
}

static int number_compare(const void *left, const void *right)
{
    const struct certificate *a = *(const struct certificate *const *)left;
    const struct certificate *b = *(const struct certificate *const *)right;
    return (a->number > b->number) - (a->number < b->number);
}

/* By keys, the newest first. */
static int key_compare(const void *left, const void *right)
{
    const struct certificate *a = *(const struct certificate *const *)left;
    const struct certificate *b = *(const struct certificate *const *)right;
    int order = bytes_compare(a->key, b->key);
    return order != 0 ? order : -number_compare(left, right);
}

static bool key_wanted(const struct inventory *v, const struct key_record *key,
                       const struct life *life, const struct certificate *c)
{
    int64_t unused = v->filter->unused;
    if (v->filter->expiring != 0 && key->state > KEY_SUSPENDED)
        return false;
    return ends_in_time(v, c) &&
           (unused == 0 || (key->state == KEY_ACTIVE && life != NULL && life->last_used < unused));
}

static void put_key(const struct inventory *v, const struct key_record *key,
                    const struct life *life, const struct certificate *c,
                    const struct signer_info *signer)
{
    char hex[65];
    struct key_row row = {.id = bytes_text(hex_string(hex, key->id)),
                          .role = key->role,
                          .signer = key->signer,
                          .token = key->token,
                          .algorithm = key->algorithm,
                          .state = key->state,
                          .since = key->since,
                          .last_used = life == NULL ? -1 : life->last_used,
                          .uses = life == NULL ? 0 : life->uses,
                          .certificate = c == NULL ? -1 : c->number,
                          .expires = c == NULL ? -1 : c->not_after};
    if (signer != NULL) {
        row.level = signer->signer.level;
        row.owner = signer->signer.owner;
        row.deputy = signer->signer.deputy;
    }
    if (v->rows > 1)
        buf_put_u8(v->b, ',');
    fields_write(v->b, &key_row_fields, &row);
}

/* Puts the key if it is asked for; false where the page is full. */
static bool key_offer(struct inventory *v, const struct key_record *key, const struct life *life,
                      const struct certificate *c)
{
    const struct signer_info *signer = signers_find(v->signers, key->signer);
    if (!of_person(v, signer) || !key_wanted(v, key, life, c))
        return true;
    if (page_full(v, v->rows++)) {
        v->next_key = key;
        return false;
    }
    put_key(v, key, life, c, signer);
    return true;
}

static struct bytes first_key(const struct inventory *v)
{
    return v->filter->keys_from.data == NULL ? bytes_text("") : v->filter->keys_from;
}

static void put_keys(struct inventory *v)
{
    const struct table *keys = state_view(v->s, TABLE_KEYS);
    const struct table *lives = state_view(v->s, TABLE_LIVES);
    size_t at = table_seek(lives, first_key(v));
    for (size_t i = table_seek(keys, first_key(v)); i < keys->count; i++) {
        const struct key_record *key = table_at(keys, i);
        const struct life *life = table_walk(lives, &at, key->id);
        if (!key_offer(v, key, life, roster_newest(v->s, key->id)))
            return;
    }
}

/* Only what has a life can be unused. */
static void put_unused_keys(struct inventory *v)
{
    const struct table *lives = state_view(v->s, TABLE_LIVES);
    for (size_t i = table_seek(lives, first_key(v)); i < lives->count; i++) {
        const struct life *life = table_at(lives, i);
        const struct key_record *key =
            life->last_used < v->filter->unused ? state_key(v->s, life->id) : NULL;
        if (key != NULL && !key_offer(v, key, life, roster_newest(v->s, key->id)))
            return;
    }
}

/* Of each key only the newest certificate counts, which is the one that has a stage. */
static void put_ending_keys(struct inventory *v)
{
    struct bytes last = BYTES_NONE;
    qsort(v->ending, v->ending_count, sizeof(*v->ending), key_compare);
    for (size_t i = 0; i < v->ending_count; i++) {
        const struct certificate *c = v->ending[i];
        const struct key_record *key = state_key(v->s, c->key);
        if (c->der.data == NULL || key == NULL || bytes_equal(last, c->key) ||
            bytes_compare(c->key, first_key(v)) < 0 ||
            (v->s->rules_version >= 2 && state_stage(v->s, c->number) == NULL))
            continue;
        last = c->key;
        if (!key_offer(v, key, state_life(v->s, key->id), c))
            return;
    }
}

static void put_certificate(const struct inventory *v, const struct certificate *c,
                            const struct stage *stage, const struct signer_info *signer)
{
    char key[65];
    char issuer[65];
    struct certificate_row row = {
        .number = c->number,
        .key = bytes_text(hex_string(key, c->key)),
        .issuer = bytes_text(hex_string(issuer, c->issuer)),
        .signer = c->signer,
        .owner = signer == NULL ? BYTES_NONE : signer->signer.owner,
        .deputy = signer == NULL ? BYTES_NONE : signer->signer.deputy,
        .not_before = c->not_before,
        .not_after = c->not_after,
        .stage = stage == NULL ? BYTES_NONE : bytes_text(certificate_stage_names[stage->stage]),
        .issued = c->der.data != NULL,
        .revoked = state_certificate_revoked(v->s, c->number)};
    fields_write(v->b, &certificate_row_fields, &row);
}

/* Puts the certificate if it is asked for; false where the page is full. */
static bool certificate_offer(struct inventory *v, const struct certificate *c,
                              const struct stage *stage)
{
    const struct signer_info *signer = signers_find(v->signers, c->signer);
    if (!of_person(v, signer) || !ends_in_time(v, c) ||
        (v->filter->expiring != 0 && !certificate_matters(v->s, c)))
        return true;
    if (page_full(v, v->rows++)) {
        v->next_certificate = c;
        return false;
    }
    if (v->rows > 1)
        buf_put_u8(v->b, ',');
    put_certificate(v, c, stage, signer);
    return true;
}

static void put_certificates(struct inventory *v)
{
    uint8_t from[8];
    const struct table *t = state_view(v->s, TABLE_CERTIFICATES);
    const struct table *stages = state_view(v->s, TABLE_STAGES);
    size_t i = table_seek(t, state_number_key(from, v->filter->certificates_from));
    size_t at = table_seek(stages, BYTES_OF(from));
    for (; i < t->count; i++)
        if (!certificate_offer(v, table_at(t, i), table_walk(stages, &at, table_key(t, i))))
            return;
}

static void put_ending_certificates(struct inventory *v)
{
    qsort(v->ending, v->ending_count, sizeof(*v->ending), number_compare);
    for (size_t i = 0; i < v->ending_count; i++) {
        const struct certificate *c = v->ending[i];
        if (c->number >= v->filter->certificates_from &&
            !certificate_offer(v, c, state_stage(v->s, c->number)))
            return;
    }
}

static void put_signers(const struct inventory *v)
{
    const struct table *objects = state_view(v->s, TABLE_OBJECTS);
    bool first = true;
    for (size_t i = 0; i < v->signers->count; i++) {
        const struct signer_info *signer = &v->signers->list[i];
        if (!of_person(v, signer))
            continue;
        struct signer_row row = {
            .id = signer->id,
            .level = signer->signer.level,
            .owner = signer->signer.owner,
            .deputy = signer->signer.deputy,
            .present = policy_has(objects, OBJECT_PERSON, signer->signer.owner) &&
                       policy_has(objects, OBJECT_PERSON, signer->signer.deputy),
            .orphan = state_orphan(v->s, signer->id),
            .retired = state_retirement(v->s, RETIRED_SIGNER, signer->id) != NULL};
        view_put_comma(v->b, &first);
        fields_write(v->b, &signer_row_fields, &row);
    }
}

static bool put_paths(const struct inventory *v, struct err *e)
{
    bool first = true;
    const struct object *object;
    for (size_t i = 0; (object = view_next_object(v->s, OBJECT_PATH, &i)) != NULL;) {
        AUTO_VALUE(arena) arena = ARENA_ENTRY;
        struct release_path path;
        if (!fields_read(&path, object_fields(OBJECT_PATH), object->value, &arena, e))
            return false;
        const struct signer_info *signer = signers_find(v->signers, path.signer);
        if (!of_person(v, signer))
            continue;
        struct path_row row = {.id = object->id,
                               .signer = path.signer,
                               .owner = signer == NULL ? BYTES_NONE : signer->signer.owner,
                               .deputy = signer == NULL ? BYTES_NONE : signer->signer.deputy,
                               .approvers = path.approvers,
                               .workloads = path.workloads,
                               .teams = path.teams,
                               .suspended =
                                   state_suspension(v->s, SUSPENDED_PATH, object->id) != NULL,
                               .retired = state_retirement(v->s, RETIRED_PATH, object->id) != NULL};
        view_put_comma(v->b, &first);
        fields_write(v->b, &path_row_fields, &row);
    }
    return true;
}

static bool put_workloads(const struct inventory *v, struct err *e)
{
    bool first = true;
    const struct object *object;
    for (size_t i = 0; (object = view_next_object(v->s, OBJECT_WORKLOAD, &i)) != NULL;) {
        AUTO_VALUE(arena) arena = ARENA_ENTRY;
        struct workload workload;
        if (!fields_read(&workload, object_fields(OBJECT_WORKLOAD), object->value, &arena, e))
            return false;
        struct workload_row row = {.id = object->id, .issuer = workload.issuer};
        view_put_comma(v->b, &first);
        fields_write(v->b, &workload_row_fields, &row);
    }
    return true;
}

static void put_people(const struct inventory *v)
{
    bool first = true;
    const struct object *object;
    for (size_t i = 0; (object = view_next_object(v->s, OBJECT_PERSON, &i)) != NULL;) {
        struct person_row row = {.handle = object->id};
        if (v->filter->owner.data != NULL && !bytes_equal(v->filter->owner, object->id))
            continue;
        for (size_t n = 0; n < v->signers->count; n++) {
            row.owns += bytes_equal(v->signers->list[n].signer.owner, object->id);
            row.deputises += bytes_equal(v->signers->list[n].signer.deputy, object->id);
        }
        view_put_comma(v->b, &first);
        fields_write(v->b, &person_row_fields, &row);
    }
}

static bool put_policy(const struct inventory *v, struct err *e)
{
    buf_put_text(v->b, ",\"signers\":[");
    put_signers(v);
    buf_put_text(v->b, "],\"paths\":[");
    if (!put_paths(v, e))
        return false;
    buf_put_text(v->b, "],\"workloads\":[");
    if (v->filter->owner.data == NULL && !put_workloads(v, e))
        return false;
    buf_put_text(v->b, "],\"people\":[");
    put_people(v);
    buf_put_u8(v->b, ']');
    return true;
}

/* Where the next page begins. */
static void put_next(const struct inventory *v)
{
    char hex[65];
    if (v->filter->limit == 0)
        return;
    if (v->next_key == NULL)
        buf_put_text(v->b, ",\"next\":{\"keys\":null");
    else
        buf_printf(v->b, ",\"next\":{\"keys\":\"%s\"", hex_string(hex, v->next_key->id));
    if (v->next_certificate == NULL)
        buf_put_text(v->b, ",\"certificates\":null}");
    else
        buf_printf(v->b, ",\"certificates\":%lld}", (long long)v->next_certificate->number);
}

static bool is_whole(const struct inventory_filter *f)
{
    return f->expiring == 0 && f->unused == 0 && f->keys_from.data == NULL &&
           f->certificates_from == 0;
}

/* The keys, and behind them the certificates. */
static void put_rows(struct inventory *v)
{
    const struct inventory_filter *f = v->filter;
    if (f->expiring != 0)
        put_ending_keys(v);
    else if (f->unused != 0)
        put_unused_keys(v);
    else
        put_keys(v);
    buf_put_text(v->b, "],\"certificates\":[");
    v->rows = 0;
    if (f->unused != 0)
        return;
    if (f->expiring != 0)
        put_ending_certificates(v);
    else
        put_certificates(v);
}

bool view_inventory(struct buf *b, const struct rules_state *s,
                    const struct inventory_filter *filter, struct err *e)
{
    AUTO(signers) signers = NULL;
    AUTO_VALUE(inventory) v = {.s = s, .filter = filter, .b = b};
    if (!signers_new(&signers, state_view(s, TABLE_OBJECTS), e))
        return false;
    v.signers = signers;
    if (!roster_ready(s, e) || !ending_find(&v, e))
        return false;
    buf_printf(b, "{\"time\":%lld,\"keys\":[", (long long)s->time);
    put_rows(&v);
    buf_put_u8(b, ']');
    put_next(&v);
    if (is_whole(filter) && !put_policy(&v, e))
        return false;
    buf_put_u8(b, '}');
    return buf_ok(b, "inventory", e);
}
