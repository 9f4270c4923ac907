#include "service/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/reader.h"
#include "pki/crl.h"
#include "pki/digest.h"
#include "proof/distrust.h"

enum { FILE_MODE = 0644, FOLDER_MODE = 0755, PATH_BYTES_MAX = 4096 };
#define EARLY_MAX (2u << 20)
#define FILES_MAX (2 * CUSTODY_PUBLICATIONS_MAX)
#define FILE_MAX (CRL_DER_MAX + (1u << 20))

/* One file of a status. */
struct piece {
    struct publication publication;
    struct buf key; /* what the publication's views point to */
    struct buf certificate;
    struct buf tbs;
    struct buf signature;
    uint8_t digest[DIGEST_SHA256_SIZE]; /* of the file, once it is written */
    bool done;
};

/* A status whose bytes are built. */
struct set {
    int64_t index; /* -1: free */
    int64_t number;
    struct piece *pieces;
    size_t count;
};

/* What stands at a path. */
struct standing {
    char path[sizeof(((struct publication *)0)->path)];
    int64_t number; /* -1: nothing that can be read */
};

struct status {
    const char *folder;
    struct set sets[STATUS_KEPT]; /* oldest first */
    struct buf early;             /* signatures whose bytes are not built yet */
    struct standing *standing;
    size_t standing_count;
    struct status_written newest;
};

static void piece_done(struct piece *p)
{
    buf_done(&p->key);
    buf_done(&p->certificate);
    buf_done(&p->tbs);
    buf_done(&p->signature);
}

static void set_done(struct set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->count; i++)
        piece_done(&set->pieces[i]);
    free(set->pieces);
    *set = (struct set){.index = -1};
}
AUTO_DONE(set)

bool status_new(struct status **ret, const char *folder, struct err *e)
{
    struct status *s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for publications");
    s->folder = folder;
    s->newest.number = -1;
    s->early = BUF(EARLY_MAX);
    for (size_t i = 0; i < STATUS_KEPT; i++)
        s->sets[i].index = -1;
    *ret = s;
    return true;
}

void status_free(struct status *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < STATUS_KEPT; i++)
        set_done(&s->sets[i]);
    buf_done(&s->early);
    free(s->standing);
    free(s);
}

struct status_written status_newest(const struct status *s)
{
    return s->newest;
}

/* --- Files ------------------------------------------------------------------------------------ */

static bool path_make(struct buf *path, const struct status *s, const char *name, struct err *e)
{
    buf_printf(path, "%s/%s", s->folder, name);
    (void)buf_string(path);
    return buf_ok(path, "a path of a public file", e);
}

static bool is_list(const char *path)
{
    return strncmp(path, "distrust/", 9) == 0;
}

static bool list_number(int64_t *ret, struct bytes file)
{
    AUTO_VALUE(arena) arena = DISTRUST_ARENA;
    struct distrust list;
    struct err unread;
    if (!distrust_open(&list, file, &arena, &unread))
        return false;
    *ret = (int64_t)list.head.number;
    return true;
}

static bool crl_number(int64_t *ret, struct bytes file)
{
    struct crl crl;
    struct err unread;
    uint64_t number = 0;
    if (!crl_parse(&crl, file, &unread) || crl.number.data == NULL || crl.number.size > 7)
        return false;
    for (size_t i = 0; i < crl.number.size; i++)
        number = number << 8 | crl.number.data[i];
    *ret = (int64_t)number;
    return true;
}

/* The number of what stands there; -1 where nothing does, or nothing that can be read. */
static int64_t number_read(const struct status *s, const char *name)
{
    AUTO_VALUE(buf) path = BUF(PATH_BYTES_MAX);
    AUTO_VALUE(buf) file = BUF(FILE_MAX);
    struct err none;
    int64_t number = -1;
    if (!path_make(&path, s, name, &none) ||
        !file_read(&file, buf_string(&path), FILE_REGULAR, &none))
        return -1;
    bool ok = is_list(name) ? list_number(&number, buf_bytes(&file))
                            : crl_number(&number, buf_bytes(&file));
    return ok ? number : -1;
}

static struct standing *standing_find(struct status *s, const char *name, struct err *e)
{
    for (size_t i = 0; i < s->standing_count; i++)
        if (strcmp(s->standing[i].path, name) == 0)
            return &s->standing[i];
    if (s->standing == NULL)
        s->standing = calloc(FILES_MAX, sizeof *s->standing);
    if (s->standing == NULL || s->standing_count == FILES_MAX) {
        (void)err_set(e, ERR_LIMIT, "there are too many public files");
        return NULL;
    }
    struct standing *made = &s->standing[s->standing_count++];
    (void)snprintf(made->path, sizeof made->path, "%s", name);
    made->number = number_read(s, name);
    return made;
}

/* The list alone is durable at once: all others are written anew at the next start. */
static bool file_put(struct status *s, const char *name, int64_t number, struct bytes bytes,
                     struct err *e)
{
    AUTO_VALUE(buf) path = BUF(PATH_BYTES_MAX);
    struct standing *there = standing_find(s, name, e);
    if (there == NULL || !path_make(&path, s, name, e))
        return false;
    if (there->number > number) {
        diag_write(DIAG_WARNING, "publication-older", DIAG_TEXT("path", name),
                   DIAG_INTEGER("number", number), DIAG_INTEGER("standing", there->number));
        return true;
    }
    FAULT_POINT(status_before_file);
    const char *text = buf_string(&path);
    if (!file_make_folders_above(text, FOLDER_MODE, e) ||
        !(is_list(name) ? file_replace(text, bytes, FILE_MODE, e)
                        : file_replace_view(text, bytes, FILE_MODE, e)))
        return false;
    FAULT_POINT(status_file);
    there->number = number;
    return true;
}

/* --- Bytes ------------------------------------------------------------------------------------ */

static bool piece_build(struct piece *ret, const struct rules_state *state, size_t n, struct err *e)
{
    struct publication *p = &ret->publication;
    ret->key = BUF(LIMIT_SPKI);
    ret->certificate = BUF(LIMIT_CERTIFICATE);
    ret->tbs = BUF(FILE_MAX);
    ret->signature = BUF(CUSTODY_STATUS_SIGNATURE_MAX);
    if (!rules_publication(p, state, n, e))
        return false;
    if (p->kind == PUBLICATION_NONE)
        return true;
    buf_put(&ret->key, p->spki);
    buf_put(&ret->certificate, p->certificate);
    p->spki = buf_bytes(&ret->key);
    p->certificate = buf_bytes(&ret->certificate);
    return buf_ok(&ret->key, "a key", e) && buf_ok(&ret->certificate, "a certificate", e) &&
           rules_publication_build(&ret->tbs, state, n, e);
}

static bool set_build(struct set *ret, const struct rules_state *state, struct err *e)
{
    for (;;) {
        if (ret->count >= CUSTODY_PUBLICATIONS_MAX)
            return err_set(e, ERR_LIMIT, "a status publishes too many files");
        struct piece *more = realloc(ret->pieces, (ret->count + 1) * sizeof *more);
        if (more == NULL)
            return err_set(e, ERR_MEMORY, "out of memory for publications");
        ret->pieces = more;
        struct piece *piece = &more[ret->count++];
        *piece = (struct piece){.done = false};
        if (!piece_build(piece, state, ret->count - 1, e))
            return false;
        if (piece->publication.kind == PUBLICATION_NONE)
            break;
        ret->number = piece->publication.number;
    }
    piece_done(&ret->pieces[--ret->count]);
    return true;
}

static struct set *set_find(struct status *s, int64_t index)
{
    for (size_t i = 0; i < STATUS_KEPT; i++)
        if (s->sets[i].index == index)
            return &s->sets[i];
    return NULL;
}

static void set_sign(struct set *set, struct bytes path, struct bytes signature)
{
    for (size_t i = 0; i < set->count; i++) {
        struct piece *piece = &set->pieces[i];
        if (!bytes_is(path, piece->publication.path))
            continue;
        buf_reset(&piece->signature);
        buf_put(&piece->signature, signature);
        return;
    }
}

/* Signatures that came before their bytes; those for other statuses wait on. */
static bool early_take(struct status *s, struct set *set, struct err *e)
{
    AUTO_VALUE(buf) waiting = buf_take(&s->early);
    struct reader r = reader_make(buf_bytes(&waiting));
    s->early = BUF(EARLY_MAX);
    while (r.rest.size > 0 && !r.failed) {
        int64_t index = (int64_t)reader_u64(&r);
        struct bytes path = reader_string32(&r, CUSTODY_PATH_MAX);
        struct bytes signature = reader_string32(&r, CUSTODY_STATUS_SIGNATURE_MAX);
        if (index == set->index)
            set_sign(set, path, signature);
        else if (index > set->index && !status_sign(s, index, path, signature, e))
            return false;
    }
    return true;
}

bool status_build(struct status *s, const struct rules_state *state, int64_t index, struct err *e)
{
    AUTO_VALUE(set) made = {.index = index};
    if (set_find(s, index) != NULL)
        return true;
    if (!set_build(&made, state, e))
        return err_wrap(e, "what the status of entry %" PRId64 " publishes", index);
    set_done(&s->sets[0]);
    memmove(&s->sets[0], &s->sets[1], (STATUS_KEPT - 1) * sizeof s->sets[0]);
    struct set *last = &s->sets[STATUS_KEPT - 1];
    *last = made;
    made = (struct set){.index = -1};
    return early_take(s, last, e);
}

bool status_sign(struct status *s, int64_t index, struct bytes path, struct bytes signature,
                 struct err *e)
{
    struct set *set = set_find(s, index);
    if (set != NULL) {
        set_sign(set, path, signature);
        return true;
    }
    if (index < s->sets[STATUS_KEPT - 1].index)
        return true;
    buf_put_u64(&s->early, (uint64_t)index);
    buf_put_u32(&s->early, (uint32_t)path.size);
    buf_put(&s->early, path);
    buf_put_u32(&s->early, (uint32_t)signature.size);
    buf_put(&s->early, signature);
    return buf_ok(&s->early, "signatures of a status to come", e);
}

/* --- Writing ---------------------------------------------------------------------------------- */

/* A signature that does not hold over our bytes writes nothing: the file before stays. */
static bool piece_write(struct status *s, struct piece *piece, struct err *e)
{
    AUTO_VALUE(buf) file = BUF(FILE_MAX);
    const struct publication *p = &piece->publication;
    if (piece->done || piece->signature.size == 0)
        return true;
    if (!rules_publication_join(&file, p, buf_bytes(&piece->tbs), buf_bytes(&piece->signature),
                                e)) {
        diag_err(DIAG_ERROR, "publication-refused", e);
        buf_reset(&piece->signature);
        return true;
    }
    if (!file_put(s, p->path, p->number, buf_bytes(&file), e))
        return false;
    digest_sha256(piece->digest, buf_bytes(&file));
    piece->done = true;
    return true;
}

/* All of a status stands there. */
static void set_finish(struct status *s, struct set *set)
{
    const struct piece *first = &set->pieces[0];
    if (set->count > 0 && set->number > s->newest.number) {
        s->newest.number = set->number;
        s->newest.listed = first->publication.kind == PUBLICATION_LIST;
        memcpy(s->newest.list, first->digest, sizeof s->newest.list);
    }
    for (size_t i = 0; i < set->count; i++)
        piece_done(&set->pieces[i]);
    set->count = 0;
}

static bool set_write(struct status *s, struct set *set, struct err *e)
{
    bool whole = set->index >= 0;
    for (size_t i = 0; i < set->count; i++) {
        if (!piece_write(s, &set->pieces[i], e))
            return false;
        whole = whole && set->pieces[i].done;
    }
    if (whole)
        set_finish(s, set);
    return true;
}

bool status_step(struct status *s, struct err *e)
{
    for (size_t i = 0; i < STATUS_KEPT; i++)
        if (!set_write(s, &s->sets[i], e))
            return false;
    return true;
}

bool status_roots(struct status *s, const struct rules_state *state, struct err *e)
{
    struct root_period period;
    for (size_t n = 0; rules_root_period(&period, state, n); n++) {
        if (period.der.data == NULL)
            continue;
        const struct standing *there = standing_find(s, period.path, e);
        if (there == NULL || (there->number < period.number &&
                              !file_put(s, period.path, period.number, period.der, e)))
            return false;
    }
    return true;
}
