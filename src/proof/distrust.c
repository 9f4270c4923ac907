#include "proof/distrust_file.h"

#include "base/limits.h"
#include "base/reader.h"

/* A number of a group, and where in the code the next one begins. */
struct distrust_sample {
    uint64_t number;
    uint64_t place;
};

/* How many items of each kind the head announces. */
struct counts {
    uint32_t groups;
    uint32_t keys;
    uint32_t signatures;
    uint32_t artifacts;
    uint32_t paths;
};

static bool malformed(struct err *e, const char *what)
{
    return err_set(e, ERR_INPUT, "not a distrust list: %s", what);
}

bool distrust_ascends(struct bytes records, size_t size, size_t key)
{
    for (size_t at = size; at + size <= records.size; at += size)
        if (memcmp(records.data + at - size, records.data + at, key) >= 0)
            return false;
    return true;
}

static bool head_read(struct distrust_head *ret, struct counts *ret_counts, struct reader *r,
                      struct err *e)
{
    struct distrust_head head;
    if (!bytes_is(reader_bytes(r, sizeof DISTRUST_MAGIC - 1), DISTRUST_MAGIC))
        return malformed(e, "it does not begin as one");
    reader_copy(r, head.authority, sizeof head.authority);
    head.number = reader_u64(r);
    head.issued = (int64_t)reader_u64(r);
    head.expires = (int64_t)reader_u64(r);
    head.size = reader_u64(r);
    reader_copy(r, head.root, sizeof head.root);
    head.certificates = reader_u64(r);
    struct counts counts = {.groups = reader_u32(r)};
    counts.keys = reader_u32(r);
    counts.signatures = reader_u32(r);
    counts.artifacts = reader_u32(r);
    counts.paths = reader_u32(r);
    if (r->failed)
        return malformed(e, "it ends within its head");
    if (!distrust_head_check(&head, e))
        return false;
    *ret = head;
    *ret_counts = counts;
    return true;
}

static bool counts_check(const struct counts *c, const struct reader *r, struct err *e)
{
    if (c->groups > DISTRUST_ITEMS_MAX || c->keys > DISTRUST_ITEMS_MAX ||
        c->signatures > DISTRUST_ITEMS_MAX || c->artifacts > DISTRUST_ITEMS_MAX ||
        c->paths > DISTRUST_PATHS_MAX)
        return err_set(e, ERR_LIMIT, "the distrust list has more items than are read");
    uint64_t least =
        (uint64_t)c->groups * (DISTRUST_GROUP_HEAD + 1) + (uint64_t)c->keys * DISTRUST_KEY_RECORD +
        (uint64_t)c->signatures * DISTRUST_PREFIX + (uint64_t)c->artifacts * DIGEST_SHA256_SIZE +
        (uint64_t)c->paths * DISTRUST_PATH_LEAST;
    return least <= r->rest.size || malformed(e, "it ends before what its head announces");
}

/* Walks over the whole code, for its form and for the samples. */
static bool numbers_walk(struct distrust_sample *samples, const struct distrust_numbers *g,
                         uint64_t limit, struct err *e)
{
    struct rice rice = rice_make(g->code, g->k);
    uint64_t number = 0;
    for (uint32_t i = 0; i < g->count; i++) {
        if (!rice_next(&rice, &number))
            return malformed(e, "the code of a group ends early");
        if (i % DISTRUST_SAMPLE == 0)
            samples[i / DISTRUST_SAMPLE] =
                (struct distrust_sample){.number = number, .place = rice.place};
    }
    if (!rice_at_end(&rice))
        return malformed(e, "the code of a group goes on behind its numbers");
    if (number >= limit)
        return malformed(e, "a certificate that has not been numbered");
    return true;
}

static bool numbers_read(struct distrust_numbers *ret, struct reader *r, uint32_t *room,
                         uint64_t limit, struct arena *a, struct err *e)
{
    struct distrust_numbers g = {.effective = (int64_t)reader_u64(r)};
    g.count = reader_u32(r);
    uint32_t size = reader_u32(r);
    g.k = reader_u8(r);
    g.code = reader_bytes(r, size);
    if (r->failed || g.count == 0 || g.k > RICE_K_MAX || g.count > (uint64_t)size * 8)
        return malformed(e, "a group");
    if (g.count > *room)
        return err_set(e, ERR_LIMIT, "the distrust list has more certificates than are read");
    size_t sampled = ((size_t)g.count + DISTRUST_SAMPLE - 1) / DISTRUST_SAMPLE;
    struct distrust_sample *samples = arena_alloc(a, sampled * sizeof *samples);
    if (samples == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a distrust list");
    if (!numbers_walk(samples, &g, limit, e))
        return false;
    g.samples = samples;
    *room -= g.count;
    *ret = g;
    return true;
}

static bool groups_read(struct distrust *list, struct reader *r, uint32_t count, struct arena *a,
                        struct err *e)
{
    struct distrust_numbers *groups = arena_alloc(a, count * sizeof *groups);
    uint32_t room = DISTRUST_NUMBERS_MAX;
    int64_t next = 0;
    if (groups == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a distrust list");
    for (uint32_t i = 0; i < count; i++) {
        if (!numbers_read(&groups[i], r, &room, list->head.certificates, a, e))
            return false;
        if (groups[i].effective < next || groups[i].effective > LIMIT_TIME_MS)
            return malformed(e, "the effective times of groups do not ascend");
        next = groups[i].effective + 1;
    }
    list->groups = groups;
    list->group_count = count;
    return true;
}

static int64_t key_effective(const uint8_t *record)
{
    struct reader r = reader_make(bytes_make(record + DIGEST_SHA256_SIZE, 8));
    return (int64_t)reader_u64(&r);
}

static bool keys_check(struct bytes keys, struct err *e)
{
    if (!distrust_ascends(keys, DISTRUST_KEY_RECORD, DIGEST_SHA256_SIZE))
        return malformed(e, "its keys do not ascend");
    for (size_t at = 0; at < keys.size; at += DISTRUST_KEY_RECORD) {
        int64_t effective = key_effective(keys.data + at);
        if (effective < 0 || effective > LIMIT_TIME_MS)
            return malformed(e, "the effective time of a key");
    }
    return true;
}

static bool rule_read(struct distrust_path *ret, struct reader *r, struct err *e)
{
    struct distrust_path path;
    path.id = reader_bytes(r, reader_u8(r));
    path.since = (int64_t)reader_u64(r);
    uint16_t count = reader_u16(r);
    path.keys = reader_bytes(r, (size_t)count * DIGEST_SHA256_SIZE);
    if (r->failed || path.id.size == 0 || path.id.size > LIMIT_ID || count == 0 || path.since < 0 ||
        path.since > LIMIT_TIME_MS ||
        !distrust_ascends(path.keys, DIGEST_SHA256_SIZE, DIGEST_SHA256_SIZE))
        return malformed(e, "a path");
    *ret = path;
    return true;
}

static bool paths_read(struct distrust *list, struct reader *r, uint32_t count, struct arena *a,
                       struct err *e)
{
    struct distrust_path *paths = arena_alloc(a, count * sizeof *paths);
    if (paths == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a distrust list");
    for (uint32_t i = 0; i < count; i++) {
        if (!rule_read(&paths[i], r, e))
            return false;
        if (i > 0 && bytes_compare(paths[i - 1].id, paths[i].id) >= 0)
            return malformed(e, "its paths do not ascend");
    }
    list->paths = paths;
    list->path_count = count;
    return true;
}

static bool lists_read(struct distrust *list, struct reader *r, const struct counts *c,
                       struct err *e)
{
    list->keys = reader_bytes(r, (size_t)c->keys * DISTRUST_KEY_RECORD);
    list->signatures = reader_bytes(r, (size_t)c->signatures * DISTRUST_PREFIX);
    list->artifacts = reader_bytes(r, (size_t)c->artifacts * DIGEST_SHA256_SIZE);
    if (r->failed)
        return malformed(e, "it ends before what its head announces");
    if (!distrust_ascends(list->signatures, DISTRUST_PREFIX, DISTRUST_PREFIX))
        return malformed(e, "its signatures do not ascend");
    if (!distrust_ascends(list->artifacts, DIGEST_SHA256_SIZE, DIGEST_SHA256_SIZE))
        return malformed(e, "its artifacts do not ascend");
    return keys_check(list->keys, e);
}

static bool trailer_read(struct distrust *list, struct reader *r, struct err *e)
{
    list->body = bytes_make(list->file.data, list->file.size - r->rest.size);
    list->certificate = reader_bytes(r, reader_u16(r));
    list->signature = reader_bytes(r, DISTRUST_SIGNATURE);
    if (!reader_done(r, "distrust list", e))
        return false;
    if (list->certificate.size == 0 || list->certificate.size > X509_DER_MAX)
        return malformed(e, "a certificate of that length");
    return true;
}

bool distrust_open(struct distrust *ret, struct bytes file, struct arena *a, struct err *e)
{
    struct distrust list = {.file = file};
    struct reader r = reader_make(file);
    struct counts counts = {.groups = 0};
    if (file.size > DISTRUST_MAX)
        return err_set(e, ERR_LIMIT, "the distrust list has %zu bytes, the limit is %u", file.size,
                       DISTRUST_MAX);
    if (!head_read(&list.head, &counts, &r, e) || !counts_check(&counts, &r, e) ||
        !groups_read(&list, &r, counts.groups, a, e) || !lists_read(&list, &r, &counts, e) ||
        !paths_read(&list, &r, counts.paths, a, e) || !trailer_read(&list, &r, e))
        return false;
    *ret = list;
    return true;
}

/* ---- Looking up ---- */

/* The last sample that is not above the number; NULL if all are. */
static const struct distrust_sample *sample_find(const struct distrust_numbers *g, uint64_t number)
{
    const struct distrust_sample *low = g->samples;
    size_t count = ((size_t)g->count + DISTRUST_SAMPLE - 1) / DISTRUST_SAMPLE;
    if (low->number > number)
        return NULL;
    while (count > 1) {
        size_t half = count / 2;
        low += low[half].number <= number ? half : 0;
        count -= half;
    }
    return low;
}

static bool group_has(const struct distrust_numbers *g, uint64_t number)
{
    const struct distrust_sample *sample = sample_find(g, number);
    if (sample == NULL)
        return false;
    struct rice rice = {
        .bytes = g->code, .place = sample->place, .next = sample->number + 1, .k = g->k};
    return sample->number == number || rice_reach(&rice, number);
}

enum distrust_answer distrust_certificate(const struct distrust *list, uint64_t number,
                                          int64_t *ret_effective)
{
    if (number >= list->head.certificates)
        return DISTRUST_UNKNOWN;
    for (uint32_t i = 0; i < list->group_count; i++) {
        if (!group_has(&list->groups[i], number))
            continue;
        *ret_effective = list->groups[i].effective;
        return DISTRUST_LISTED;
    }
    return DISTRUST_ABSENT;
}

/* The record that begins with this; NULL if there is none. */
static const uint8_t *record_find(struct bytes records, size_t size, const uint8_t *wanted,
                                  size_t key)
{
    size_t low = 0;
    size_t high = records.size / size;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const uint8_t *record = records.data + middle * size;
        int order = memcmp(record, wanted, key);
        if (order == 0)
            return record;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool distrust_key(const struct distrust *list, const uint8_t key[DIGEST_SHA256_SIZE],
                  int64_t *ret_effective)
{
    const uint8_t *record = record_find(list->keys, DISTRUST_KEY_RECORD, key, DIGEST_SHA256_SIZE);
    if (record == NULL)
        return false;
    *ret_effective = key_effective(record);
    return true;
}

bool distrust_signature(const struct distrust *list, const uint8_t id[DIGEST_SHA256_SIZE])
{
    return record_find(list->signatures, DISTRUST_PREFIX, id, DISTRUST_PREFIX) != NULL;
}

bool distrust_artifact(const struct distrust *list, const uint8_t id[DIGEST_SHA256_SIZE])
{
    return record_find(list->artifacts, DIGEST_SHA256_SIZE, id, DIGEST_SHA256_SIZE) != NULL;
}

const struct distrust_path *distrust_path(const struct distrust *list,
                                          const uint8_t key[DIGEST_SHA256_SIZE], size_t *place)
{
    while (*place < list->path_count) {
        const struct distrust_path *path = &list->paths[(*place)++];
        if (record_find(path->keys, DIGEST_SHA256_SIZE, key, DIGEST_SHA256_SIZE) != NULL)
            return path;
    }
    return NULL;
}
