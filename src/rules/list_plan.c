/* From the state to the distrust list: what of it is revoked, in the order in which a list has it.
 */
#include <stdlib.h>

#include "base/hex.h"
#include "base/text.h"
#include "rules/status.h"

struct dated {
    int64_t effective;
    uint64_t number;
};

static int dated_compare(const void *left, const void *right)
{
    const struct dated *a = left;
    const struct dated *b = right;
    if (a->effective != b->effective)
        return a->effective < b->effective ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static void *many(struct arena *a, size_t count, size_t size, struct err *e)
{
    void *made = arena_alloc(a, (count + 1) * size);
    if (made == NULL)
        (void)err_set(e, ERR_MEMORY, "out of memory for the distrust list");
    return made;
}

static size_t count_of(const struct table *t, enum revoked_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < t->count; i++)
        count += ((const struct revocation *)table_at(t, i))->kind == (int)kind;
    return count;
}

/* Groups of numbers that are effective from the same time on. */
static bool groups_make(struct distrust_plan *ret, const struct dated *dated, size_t count,
                        struct arena *a, struct err *e)
{
    struct distrust_group *groups = many(a, count, sizeof *groups, e);
    uint64_t *numbers = many(a, count, sizeof *numbers, e);
    size_t made = 0;
    if (groups == NULL || numbers == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        numbers[i] = dated[i].number;
        if (made == 0 || groups[made - 1].effective != dated[i].effective)
            groups[made++] =
                (struct distrust_group){.effective = dated[i].effective, .numbers = numbers + i};
        groups[made - 1].count++;
    }
    ret->groups = groups;
    ret->group_count = made;
    return true;
}

static bool certificates_plan(struct distrust_plan *ret, const struct table *t, struct arena *a,
                              struct err *e)
{
    size_t count = 0;
    struct dated *dated = many(a, count_of(t, REVOKED_CERTIFICATE), sizeof *dated, e);
    if (dated == NULL)
        return false;
    for (size_t i = 0; i < t->count; i++) {
        const struct revocation *r = table_at(t, i);
        if (r->kind != REVOKED_CERTIFICATE)
            continue;
        dated[count].effective = r->effective;
        if (!text_read_number(&dated[count].number, r->id, JSON_INTEGER_MAX, e))
            return false;
        count++;
    }
    qsort(dated, count, sizeof *dated, dated_compare);
    return groups_make(ret, dated, count, a, e);
}

/* Hex in the order of its text is in the order of its bytes. */
static bool keys_plan(struct distrust_plan *ret, const struct table *t, struct arena *a,
                      struct err *e)
{
    struct distrust_key *keys = many(a, count_of(t, REVOKED_KEY), sizeof *keys, e);
    if (keys == NULL)
        return false;
    for (size_t i = 0; i < t->count; i++) {
        const struct revocation *r = table_at(t, i);
        if (r->kind != REVOKED_KEY)
            continue;
        keys[ret->key_count].effective = r->effective;
        if (!hex_decode(keys[ret->key_count].key, DIGEST_SHA256_SIZE, r->id, e))
            return false;
        ret->key_count++;
    }
    ret->keys = keys;
    return true;
}

/* Two ids may have the same beginning: it stands in the list once. */
static bool signatures_plan(struct distrust_plan *ret, const struct table *t, struct arena *a,
                            struct err *e)
{
    uint64_t *prefixes = many(a, count_of(t, REVOKED_SIGNATURE), sizeof *prefixes, e);
    size_t count = 0;
    if (prefixes == NULL)
        return false;
    for (size_t i = 0; i < t->count; i++) {
        uint8_t id[DIGEST_SHA256_SIZE];
        const struct revocation *r = table_at(t, i);
        if (r->kind != REVOKED_SIGNATURE)
            continue;
        if (!hex_decode(id, sizeof id, r->id, e))
            return false;
        uint64_t prefix = distrust_signature_prefix(id);
        if (count == 0 || prefixes[count - 1] != prefix)
            prefixes[count++] = prefix;
    }
    ret->signatures = prefixes;
    ret->signature_count = count;
    return true;
}

static bool artifacts_plan(struct distrust_plan *ret, const struct table *t, struct arena *a,
                           struct err *e)
{
    uint8_t *ids = many(a, count_of(t, REVOKED_ARTIFACT), DIGEST_SHA256_SIZE, e);
    size_t size = 0;
    if (ids == NULL)
        return false;
    for (size_t i = 0; i < t->count; i++) {
        const struct revocation *r = table_at(t, i);
        if (r->kind != REVOKED_ARTIFACT)
            continue;
        if (!hex_decode(ids + size, DIGEST_SHA256_SIZE, r->id, e))
            return false;
        size += DIGEST_SHA256_SIZE;
    }
    ret->artifacts = bytes_make(ids, size);
    return true;
}

/* Every key that its signer has had. */
static bool path_keys(struct bytes *ret, const struct rules_state *s, struct bytes signer,
                      struct arena *a, struct err *e)
{
    const struct table *t = state_view(s, TABLE_KEYS);
    uint8_t *keys = many(a, t->count, DIGEST_SHA256_SIZE, e);
    size_t size = 0;
    if (keys == NULL)
        return false;
    for (size_t i = 0; i < t->count; i++) {
        const struct key_record *key = table_at(t, i);
        if (key->signer.data == NULL || !bytes_equal(key->signer, signer))
            continue;
        memcpy(keys + size, key->id.data, DIGEST_SHA256_SIZE);
        size += DIGEST_SHA256_SIZE;
    }
    *ret = bytes_make(keys, size);
    return true;
}

/* A path whose signer never had a key has signed nothing. */
static bool paths_plan(struct distrust_plan *ret, const struct rules_state *s,
                       const struct table *t, struct arena *a, struct err *e)
{
    struct distrust_path *paths = many(a, count_of(t, REVOKED_PATH), sizeof *paths, e);
    if (paths == NULL)
        return false;
    for (size_t i = 0; i < t->count; i++) {
        const struct revocation *r = table_at(t, i);
        struct distrust_path *path = &paths[ret->path_count];
        if (r->kind != REVOKED_PATH)
            continue;
        *path = (struct distrust_path){.id = r->id, .since = r->effective};
        if (!path_keys(&path->keys, s, r->signer, a, e))
            return false;
        ret->path_count += path->keys.size > 0;
    }
    ret->paths = paths;
    return true;
}

bool list_plan(struct distrust_plan *ret, const struct rules_state *s,
               const struct status_record *status, struct arena *a, struct err *e)
{
    struct bytes root;
    const struct table *t = state_view(s, TABLE_REVOCATIONS);
    struct distrust_plan plan = {.head = {.number = (uint64_t)status->number,
                                          .issued = status->time,
                                          .expires = status->list_expires,
                                          .size = (uint64_t)status->index,
                                          .certificates = (uint64_t)s->numbers}};
    if (!state_root_at(s, status->index, &root))
        return err_set(e, ERR_CONFLICT, "the state has gone on since that status");
    memcpy(plan.head.authority, s->authority, sizeof plan.head.authority);
    memcpy(plan.head.root, root.data, sizeof plan.head.root);
    if (!certificates_plan(&plan, t, a, e) || !keys_plan(&plan, t, a, e) ||
        !signatures_plan(&plan, t, a, e) || !artifacts_plan(&plan, t, a, e) ||
        !paths_plan(&plan, s, t, a, e))
        return false;
    *ret = plan;
    return true;
}
