#include "cli/resign_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "artifact/artifact.h"
#include "base/file.h"
#include "cli/declaration.h"

enum { PATH_SIZE = 4096, DEPTH_MAX = 16, NAMES_MAX = 1 << 20, WAYS_MAX = 16 };

/* A way of knowing an artifact. */
struct way {
    struct bytes format;
    enum digest_alg alg;
};

struct searching {
    struct resign_ledger *ledger;
    struct cli *cli;
    struct resign_item **by_digest;
    struct resign_item **by_name; /* the last part of it */
    struct way ways[WAYS_MAX];
    size_t way_count;
    size_t looked;
    size_t found;
    bool terminal;
};

/* A folder on the way down. */
struct place {
    struct searching *searching;
    const char *folder;
    unsigned depth;
};

/* ---- Order ---- */

static struct bytes last_part(struct bytes name)
{
    size_t at = name.size;
    while (at > 0 && name.data[at - 1] != '/')
        at--;
    return bytes_make(name.data + at, name.size - at);
}

static int digest_order(const void *left, const void *right)
{
    const struct resign_item *const *a = left;
    const struct resign_item *const *b = right;
    return bytes_compare((*a)->artifact.digest, (*b)->artifact.digest);
}

static int digest_find(const void *key, const void *element)
{
    const struct resign_item *const *item = element;
    return bytes_compare(*(const struct bytes *)key, (*item)->artifact.digest);
}

static int name_order(const void *left, const void *right)
{
    const struct resign_item *const *a = left;
    const struct resign_item *const *b = right;
    return bytes_compare(last_part((*a)->artifact.name), last_part((*b)->artifact.name));
}

static int name_find(const void *key, const void *element)
{
    const struct resign_item *const *item = element;
    return bytes_compare(*(const struct bytes *)key, last_part((*item)->artifact.name));
}

/* Where a run of equal ones begins that has `at` in it. */
static size_t run_begin(struct resign_item **list, struct resign_item **at,
                        int (*order)(const void *, const void *))
{
    size_t i = (size_t)(at - list);
    while (i > 0 && order(&list[i - 1], &list[i]) == 0)
        i--;
    return i;
}

static bool lists_make(struct searching *s, struct err *e)
{
    struct resign_ledger *l = s->ledger;
    struct arena *a = &s->cli->arena;
    s->by_digest = arena_alloc(a, (l->count + 1) * sizeof(struct resign_item *));
    s->by_name = arena_alloc(a, (l->count + 1) * sizeof(struct resign_item *));
    if (s->by_digest == NULL || s->by_name == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a search");
    for (size_t i = 0; i < l->count; i++)
        s->by_digest[i] = s->by_name[i] = &l->items[i];
    qsort(s->by_digest, l->count, sizeof(struct resign_item *), digest_order);
    qsort(s->by_name, l->count, sizeof(struct resign_item *), name_order);
    return true;
}

static bool way_add(struct searching *s, const struct artifact *artifact, struct err *e)
{
    struct way way = {.format = artifact->format};
    if (!digest_from_name(&way.alg, artifact->algorithm, e))
        return false;
    for (size_t i = 0; i < s->way_count; i++)
        if (s->ways[i].alg == way.alg && bytes_equal(s->ways[i].format, way.format))
            return true;
    if (s->way_count == WAYS_MAX)
        return err_set(e, ERR_LIMIT, "artifacts are known in more than %d ways", WAYS_MAX);
    s->ways[s->way_count++] = way;
    return true;
}

/* ---- A file ---- */

static bool item_set(const struct searching *s, const char **ret, const char *path, struct err *e)
{
    *ret = (const char *)arena_copy(&s->cli->arena, bytes_text(path)).data;
    return *ret != NULL || err_set(e, ERR_MEMORY, "out of memory for a path");
}

static bool is_of(const struct resign_item *item, const struct way *way)
{
    return bytes_equal(item->artifact.format, way->format) &&
           bytes_is(item->artifact.algorithm, digest_name(way->alg));
}

/* *ret_hits grows by those that the file is, found before or not. */
static bool digest_match(struct searching *s, const struct way *way, struct bytes digest,
                         const char *path, size_t *ret_hits, struct err *e)
{
    size_t count = s->ledger->count;
    struct resign_item **at =
        bsearch(&digest, s->by_digest, count, sizeof(struct resign_item *), digest_find);
    if (at == NULL)
        return true;
    for (size_t i = run_begin(s->by_digest, at, digest_order);
         i < count && bytes_equal(s->by_digest[i]->artifact.digest, digest); i++) {
        struct resign_item *item = s->by_digest[i];
        if (!is_of(item, way))
            continue;
        (*ret_hits)++;
        if (item->file != NULL)
            continue;
        if (!item_set(s, &item->file, path, e))
            return false;
        s->found++;
    }
    return true;
}

/* A file of a wanted name that is no wanted file. */
static bool name_match(struct searching *s, const char *path, struct err *e)
{
    struct bytes name = last_part(bytes_text(path));
    size_t count = s->ledger->count;
    struct resign_item **at =
        bsearch(&name, s->by_name, count, sizeof(struct resign_item *), name_find);
    if (at == NULL)
        return true;
    for (size_t i = run_begin(s->by_name, at, name_order);
         i < count && bytes_equal(last_part(s->by_name[i]->artifact.name), name); i++)
        if (!item_set(s, &s->by_name[i]->changed, path, e))
            return false;
    return true;
}

static bool file_match(struct searching *s, const char *path, struct bytes file, struct err *e)
{
    size_t hits = 0;
    for (size_t i = 0; i < s->way_count; i++) {
        uint8_t digest[DIGEST_MAX];
        const struct way *way = &s->ways[i];
        struct err ignored;
        if (artifact_identify(digest, way->format, way->alg, file, &ignored) &&
            !digest_match(s, way, bytes_make(digest, digest_size(way->alg)), path, &hits, e))
            return false;
    }
    return hits > 0 || name_match(s, path, e);
}

/* ---- The folders ---- */

static void progress(const struct searching *s)
{
    if (s->terminal)
        (void)fprintf(stderr, "\rsealward: looked at %zu files, found %zu of %zu\x1b[K", s->looked,
                      s->found, s->ledger->count);
}

static bool file_search(struct searching *s, const char *path, struct err *e)
{
    AUTO_VALUE(buf) file = BUF(DECLARATION_FILE_MAX);
    struct err why;
    if (!file_read(&file, path, FILE_REGULAR, &why)) {
        (void)fprintf(stderr, "sealward: left out: %s\n", why.message);
        return true;
    }
    s->looked++;
    bool ok = file_match(s, path, buf_bytes(&file), e);
    progress(s);
    return ok;
}

static bool path_search(void *context, const char *name, struct err *e)
{
    const struct place *place = context;
    AUTO_VALUE(buf) path = BUF(PATH_SIZE);
    struct file_facts facts;
    struct err ignored;
    buf_printf(&path, "%s/%s", place->folder, name);
    if (!buf_ok(&path, "a path", e))
        return false;
    if (!file_facts_at(&facts, buf_string(&path), &ignored))
        return true;
    if (facts.regular)
        return file_search(place->searching, buf_string(&path), e);
    if (!facts.folder || place->depth == DEPTH_MAX)
        return true;
    struct place below = {place->searching, buf_string(&path), place->depth + 1};
    return file_list(below.folder, NAMES_MAX, path_search, &below, e);
}

bool resign_search(struct resign_ledger *l, struct cli *cli, const char *folder, struct err *e)
{
    struct searching s = {.ledger = l, .cli = cli, .terminal = isatty(STDERR_FILENO) == 1};
    struct place top = {.searching = &s, .folder = folder};
    if (!lists_make(&s, e))
        return false;
    for (size_t i = 0; i < l->count; i++)
        if (!way_add(&s, &l->items[i].artifact, e))
            return false;
    bool ok = file_list(folder, NAMES_MAX, path_search, &top, e);
    if (s.terminal)
        (void)fputc('\n', stderr);
    else if (ok)
        (void)fprintf(stderr, "sealward: looked at %zu files, found %zu of %zu artifacts\n",
                      s.looked, s.found, l->count);
    return ok;
}
