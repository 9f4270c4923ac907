#include "service/replica.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/fields.h"
#include "base/text.h"
#include "wire/rows.h"

enum { FINDING_TEXT_MAX = 256, FINDING_KIND_MAX = 48 };

struct kept_finding {
    int64_t entry;
    char kind[FINDING_KIND_MAX];
    uint8_t subject[64];
    size_t subject_size;
    char text[FINDING_TEXT_MAX];
};

struct replica {
    pthread_rwlock_t lock;
    pthread_mutex_t alone; /* taken before it */
    struct rules_state *state;
    bool ready;
    bool stopped;
    struct err why;                /* it has stopped */
    int64_t expected;              /* entries that the keeper has */
    struct kept_finding *findings; /* a ring; the newest is at (found - 1) % MAX */
    uint64_t found;
};

/* A writer waits for the readers that are there, not for those that keep coming. */
static bool lock_init(pthread_rwlock_t *lock, struct err *e)
{
    pthread_rwlockattr_t attributes;
    bool ok = pthread_rwlockattr_init(&attributes) == 0 &&
              pthread_rwlockattr_setkind_np(&attributes,
                                            PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) == 0 &&
              pthread_rwlock_init(lock, &attributes) == 0;
    return ok || err_set(e, ERR_MEMORY, "cannot make a lock");
}

bool replica_new(struct replica **ret, struct err *e)
{
    struct replica *made = calloc(1, sizeof *made);
    if (made == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the replica");
    if (!lock_init(&made->lock, e)) {
        free(made);
        return false;
    }
    AUTO(replica) r = made;
    (void)pthread_mutex_init(&r->alone, NULL);
    r->findings = calloc(REPLICA_FINDINGS_MAX, sizeof *r->findings);
    if (r->findings == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for findings");
    if (!rules_new(&r->state, e))
        return false;
    *ret = TAKE(r);
    return true;
}

void replica_free(struct replica *r)
{
    if (r == NULL)
        return;
    (void)pthread_rwlock_destroy(&r->lock);
    (void)pthread_mutex_destroy(&r->alone);
    rules_state_free(r->state);
    free(r->findings);
    free(r);
}

static void write_begin(struct replica *r)
{
    (void)pthread_rwlock_wrlock(&r->lock);
}

static void read_begin(struct replica *r)
{
    (void)pthread_rwlock_rdlock(&r->lock);
}

static void lock_end(struct replica *r)
{
    (void)pthread_rwlock_unlock(&r->lock);
}

/* --- For the follower ------------------------------------------------------------------------- */

bool replica_reset(struct replica *r, struct err *e)
{
    struct rules_state *fresh;
    if (!rules_new(&fresh, e))
        return false;
    write_begin(r);
    rules_state_free(r->state);
    r->state = fresh;
    r->ready = false;
    r->found = 0;
    lock_end(r);
    return true;
}

static void text_keep(char *ret, size_t size, struct bytes text)
{
    size_t n = text.size < size - 1 ? text.size : size - 1;
    if (n > 0)
        memcpy(ret, text.data, n);
    ret[n] = '\0';
    text_make_plain(ret);
}

static void finding_keep(struct replica *r, int64_t entry, const struct finding *finding)
{
    struct kept_finding *kept = &r->findings[r->found % REPLICA_FINDINGS_MAX];
    kept->entry = entry;
    text_keep(kept->kind, sizeof kept->kind, bytes_text(finding->kind));
    text_keep(kept->text, sizeof kept->text, finding->text);
    kept->subject_size =
        finding->subject.size < sizeof kept->subject ? finding->subject.size : sizeof kept->subject;
    if (kept->subject_size > 0)
        memcpy(kept->subject, finding->subject.data, kept->subject_size);
    r->found++;
}

bool replica_apply(struct replica *r, struct bytes text, struct entry *ret, struct outcome *out,
                   struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    struct entry entry;
    if (!entry_read(&entry, text, &arena, e))
        return false;
    write_begin(r);
    bool ok = rules_apply(r->state, &entry, RULES_JUDGED, out, e);
    for (const struct finding *f = out->findings; ok && f != NULL; f = f->next)
        finding_keep(r, entry.index, f);
    lock_end(r);
    if (!ok)
        return err_wrap(e, "entry %" PRId64, entry.index);
    *ret = entry;
    return true;
}

bool replica_trace(struct trace *ret, struct replica *r, const struct entry *entry,
                   const struct outcome *out, struct arena *a, struct err *e)
{
    read_begin(r);
    bool ok = rules_trace(ret, r->state, entry, out, a, e);
    lock_end(r);
    return ok;
}

bool replica_look(struct replica *r, replica_glance *look, void *context, struct err *e)
{
    read_begin(r);
    bool ok = look(context, r->state, e);
    lock_end(r);
    return ok;
}

void replica_expect(struct replica *r, int64_t size)
{
    write_begin(r);
    r->expected = size;
    lock_end(r);
}

void replica_set_ready(struct replica *r)
{
    write_begin(r);
    r->ready = true;
    lock_end(r);
}

void replica_stop(struct replica *r, const struct err *why)
{
    write_begin(r);
    r->stopped = true;
    r->why = *why;
    lock_end(r);
}

bool replica_compare(struct replica *r, const uint8_t root[32], const uint8_t digest[32],
                     struct err *e)
{
    struct rules_head head;
    uint8_t own[32];
    read_begin(r);
    rules_head(&head, r->state);
    bool ok = rules_digest(r->state, own, e);
    lock_end(r);
    if (!ok)
        return false;
    if (memcmp(head.root, root, sizeof head.root) != 0)
        return err_set(e, ERR_DAMAGED,
                       "after %" PRIu64 " entries the keeper says another root of the tree",
                       head.size);
    if (memcmp(own, digest, sizeof own) != 0)
        return err_set(e, ERR_DAMAGED,
                       "after %" PRIu64 " entries the keeper says another digest of the state",
                       head.size);
    return true;
}

/* --- For everybody ---------------------------------------------------------------------------- */

/* Holding the lock. */
static bool ready_check(const struct replica *r, struct err *e)
{
    struct rules_head head;
    if (r->stopped) {
        (void)err_set(e, ERR_STATE, "stopped: differs from the keeper: %s", r->why.message);
        return err_hint(e, "an operator must look at keeper and daemon; audit the public files");
    }
    if (r->ready)
        return true;
    rules_head(&head, r->state);
    (void)err_set(e, ERR_STATE, "still reading the record: %" PRIu64 " of %" PRId64 " entries",
                  head.size, r->expected);
    return err_hint(e, "ask again in a while");
}

bool replica_ready(struct replica *r, struct err *e)
{
    read_begin(r);
    bool ok = ready_check(r, e);
    lock_end(r);
    return ok;
}

int64_t replica_size(struct replica *r)
{
    struct rules_head head;
    read_begin(r);
    rules_head(&head, r->state);
    lock_end(r);
    return (int64_t)head.size;
}

static bool string_copy(const char **text, struct arena *a, struct err *e)
{
    struct bytes copy = arena_copy(a, bytes_text(*text));
    if (copy.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the head of the record");
    *text = (const char *)copy.data;
    return true;
}

bool replica_head(struct rules_head *ret, struct replica *r, struct arena *a, struct err *e)
{
    struct rules_head head;
    read_begin(r);
    rules_head(&head, r->state);
    bool ok = string_copy(&head.origin, a, e) && string_copy(&head.base_url, a, e) &&
              string_copy(&head.arc, a, e);
    lock_end(r);
    if (ok)
        *ret = head;
    return ok;
}

bool replica_log_key(struct note_key *ret, struct replica *r, struct err *e)
{
    struct rules_head head;
    read_begin(r);
    rules_head(&head, r->state);
    bool ok = head.begun ? note_key_make(ret, bytes_text(head.origin), NOTE_ED25519,
                                         BYTES_OF(head.log_key), e)
                         : err_set(e, ERR_STATE, "the record has no genesis yet");
    lock_end(r);
    return ok;
}

bool replica_show(struct replica *r, struct buf *b, replica_view *view, const void *context,
                  struct err *e)
{
    read_begin(r);
    bool ok = ready_check(r, e) && view(b, r->state, context, e);
    lock_end(r);
    return ok;
}

bool replica_show_alone(struct replica *r, struct buf *b, replica_view *view, const void *context,
                        struct err *e)
{
    (void)pthread_mutex_lock(&r->alone);
    bool ok = replica_show(r, b, view, context, e);
    (void)pthread_mutex_unlock(&r->alone);
    return ok;
}

struct finding_view {
    struct bytes kind;
    struct bytes subject;
    struct bytes text;
    int64_t entry;
};

FIELDS(finding_fields, "finding", struct finding_view,
       ROW_TEXT(struct finding_view, kind, 0, FINDING_KIND_MAX),
       ROW_BYTES(struct finding_view, subject, 0, 64),
       ROW_TEXT(struct finding_view, text, 0, FINDING_TEXT_MAX),
       ROW_INTEGER(struct finding_view, entry, 0, JSON_INTEGER_MAX));

static void finding_write(struct buf *b, const struct kept_finding *kept)
{
    struct finding_view view = {.kind = bytes_text(kept->kind),
                                .subject = bytes_make(kept->subject, kept->subject_size),
                                .text = bytes_text(kept->text),
                                .entry = kept->entry};
    fields_write(b, &finding_fields, &view);
}

void replica_find(struct replica *r, const char *kind, struct bytes subject, struct bytes text)
{
    struct finding finding = {.kind = kind, .subject = subject, .text = text};
    struct rules_head head;
    write_begin(r);
    rules_head(&head, r->state);
    finding_keep(r, head.size == 0 ? 0 : (int64_t)head.size - 1, &finding);
    lock_end(r);
}

bool replica_findings(struct replica *r, struct buf *b, struct err *e)
{
    read_begin(r);
    bool ok = ready_check(r, e);
    uint64_t count = r->found < REPLICA_FINDINGS_MAX ? r->found : REPLICA_FINDINGS_MAX;
    buf_put_text(b, "{\"findings\":[");
    for (uint64_t i = 1; ok && i <= count; i++) {
        if (i > 1)
            buf_put_u8(b, ',');
        finding_write(b, &r->findings[(r->found - i) % REPLICA_FINDINGS_MAX]);
    }
    buf_put_text(b, "]}");
    lock_end(r);
    return ok && buf_ok(b, "findings", e);
}
