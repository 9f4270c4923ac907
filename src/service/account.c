#include "service/account.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/text.h"
#include "pki/digest.h"
#include "service/signature.h"
#include "wire/rows.h"

#define ACCOUNT_ARENA ARENA(64u << 20)

enum { KEY_BYTES = 32, MONTH_SIZE = 16, ACTOR_MAX = LIMIT_ID, TBS_MAX = DIGEST_MAX };

/* --- What is asked for ------------------------------------------------------------------------ */

enum id_form { ID_HASH, ID_DIGEST, ID_NUMBER, ID_TEXT, ID_PERSON, ID_WORKLOAD, ID_SIGNATURE };

struct account_row {
    const char *kind;
    enum index_scope scope;
    enum id_form form;
    bool listed; /* a CRL holds it: a key by its certificates */
};

static const struct account_row rows[] = {
    {"key", INDEX_BY_KEY, ID_HASH, true},
    {"certificate", INDEX_BY_CERTIFICATE, ID_NUMBER, true},
    {"path", INDEX_BY_PATH, ID_TEXT, false},
    {"grant", INDEX_BY_GRANT, ID_HASH, false},
    {"artifact", INDEX_BY_ARTIFACT, ID_DIGEST, false},
    {"signature", INDEX_BY_SIGNATURE, ID_SIGNATURE, false},
    {"person", INDEX_BY_ACTOR, ID_PERSON, false},
    {"workload", INDEX_BY_ACTOR, ID_WORKLOAD, false},
};

static bool row_find(const struct account_row **ret, struct bytes kind, struct err *e)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (bytes_is(kind, rows[i].kind)) {
            *ret = &rows[i];
            return true;
        }
    (void)err_set(e, ERR_INPUT, "no account is kept of a \"%.*s\"", BYTES_PRINT(kind));
    return err_hint(e, "key, certificate, path, grant, artifact, signature, person or workload");
}

/* Room for the binary form of an id. */
struct id_room {
    uint8_t bytes[DIGEST_MAX];
    char text[LIMIT_ID + 16];
};

static bool hex_read(struct bytes *ret, struct id_room *room, struct bytes id, size_t least,
                     size_t most, struct err *e)
{
    size_t size = id.size / 2;
    if (id.size % 2 != 0 || size < least || size > most)
        return err_set(e, ERR_INPUT, "the id is no hex of %zu bytes", least);
    if (!hex_decode(room->bytes, size, id, e))
        return err_wrap(e, "the id");
    *ret = bytes_make(room->bytes, size);
    return true;
}

static bool number_read(int64_t *ret, struct bytes id, struct err *e)
{
    uint64_t number;
    if (!text_read_number(&number, id, (uint64_t)JSON_INTEGER_MAX, e))
        return err_wrap(e, "a certificate's number");
    *ret = (int64_t)number;
    return true;
}

static bool actor_make(struct bytes *ret, struct id_room *room, const char *kind, struct bytes id,
                       struct err *e)
{
    if (id.size > LIMIT_ID)
        return err_set(e, ERR_INPUT, "the id is too long");
    int size = snprintf(room->text, sizeof room->text, "%s/%.*s", kind, BYTES_PRINT(id));
    *ret = bytes_make(room->text, (size_t)size);
    return true;
}

static bool which_read(struct index_which *ret, struct id_room *room, const struct account_row *row,
                       struct bytes id, struct err *e)
{
    *ret = (struct index_which){.scope = row->scope};
    switch (row->form) {
    case ID_HASH:
        return hex_read(&ret->key, room, id, KEY_BYTES, KEY_BYTES, e);
    case ID_DIGEST:
        return hex_read(&ret->key, room, id, DIGEST_SHA256_SIZE, DIGEST_MAX, e);
    case ID_SIGNATURE:
        if (!hex_read(&ret->key, room, id, KEY_BYTES, KEY_BYTES, e))
            return false;
        ret->key = BYTES_NONE;
        ret->number = signature_number_of(room->bytes);
        return true;
    case ID_NUMBER:
        return number_read(&ret->number, id, e);
    case ID_TEXT:
        ret->key = id;
        return true;
    case ID_PERSON:
    case ID_WORKLOAD:
        return actor_make(&ret->key, room, row->kind, id, e);
    }
    return err_set(e, ERR_INTERNAL, "an id has no form");
}

/* --- Signatures as JSON ----------------------------------------------------------------------- */

struct shown_artifact {
    struct bytes name;
    struct bytes format;
    struct bytes algorithm;
    struct bytes digest;
};

struct shown_signature {
    int64_t entry;
    int64_t item;
    int64_t time;
    int64_t certificate;
    struct bytes key;
    struct bytes tbs;
    struct bytes path;
    struct bytes signer;
    struct bytes actor;
    struct list approvals;
    struct bytes grant;
    struct shown_artifact *artifact;
};

FIELDS(account_artifact_fields, "artifact", struct shown_artifact,
       ROW_TEXT(struct shown_artifact, name, 1, 4096),
       ROW_TEXT(struct shown_artifact, format, 1, LIMIT_ID),
       ROW_TEXT(struct shown_artifact, algorithm, 1, LIMIT_ID),
       ROW_BYTES(struct shown_artifact, digest, 1, DIGEST_MAX));

FIELDS(account_signature_fields, "signature", struct shown_signature,
       ROW_INTEGER(struct shown_signature, entry, 0, JSON_INTEGER_MAX),
       ROW_INTEGER(struct shown_signature, item, 0, JSON_INTEGER_MAX),
       ROW_INTEGER(struct shown_signature, time, 0, LIMIT_TIME_MS),
       ROW_MAYBE_INTEGER(struct shown_signature, certificate, 0, JSON_INTEGER_MAX),
       ROW_BYTES(struct shown_signature, key, KEY_BYTES, KEY_BYTES),
       ROW_BYTES(struct shown_signature, tbs, 1, TBS_MAX),
       ROW_TEXT(struct shown_signature, path, 1, LIMIT_ID),
       ROW_TEXT(struct shown_signature, signer, 1, LIMIT_ID),
       ROW_TEXT(struct shown_signature, actor, 1, ACTOR_MAX),
       {.name = "approvals",
        .kind = FIELD_LIST,
        .offset = offsetof(struct shown_signature, approvals),
        .max = INDEX_APPROVERS_MAX,
        .item = FIELD_TEXT,
        .item_min = 1,
        .item_max = LIMIT_ID},
       ROW_BYTES(struct shown_signature, grant, 32, 32),
       {.name = "artifact",
        .kind = FIELD_MAYBE,
        .offset = offsetof(struct shown_signature, artifact),
        .object = &account_artifact_fields});

static void signature_put(struct buf *b, const struct index_signature *from,
                          const struct index_texts *approvals)
{
    struct shown_artifact artifact = {.name = from->artifact.name,
                                      .format = from->artifact.format,
                                      .algorithm = from->artifact.algorithm,
                                      .digest = from->artifact.digest};
    struct shown_signature shown = {
        .entry = from->entry,
        .item = from->item,
        .time = from->time_ms,
        .certificate = from->certificate,
        .key = from->key,
        .tbs = from->tbs,
        .path = from->path,
        .signer = from->signer,
        .actor = from->actor,
        .approvals = {.items = approvals->list, .count = approvals->count},
        .grant = from->grant,
        .artifact = from->bound ? &artifact : NULL};
    fields_write(b, &account_signature_fields, &shown);
}

/* Those of one grant stand together mostly, and have their approvals in common. */
static bool list_put(struct index *ix, struct buf *b, const struct index_signature_list *list,
                     struct arena *a, struct err *e)
{
    struct index_texts approvals = {.count = 0};
    int64_t grant = -1;
    buf_put_u8(b, '[');
    for (size_t i = 0; i < list->count; i++) {
        const struct index_signature *one = &list->list[i];
        if (one->grant_entry != grant && !ix->driver->approvers(ix, one->grant, &approvals, a, e))
            return false;
        grant = one->grant_entry;
        if (i > 0)
            buf_put_u8(b, ',');
        signature_put(b, one, &approvals);
    }
    buf_put_u8(b, ']');
    return true;
}

/* The newest, and where the next page begins: "ENTRY-ITEM". */
static bool page_put(struct index *ix, struct buf *b, const struct index_signed *wanted,
                     struct arena *a, struct err *e)
{
    struct index_signature_list list;
    buf_put_text(b, ",\"list\":");
    if (!ix->driver->signatures(ix, wanted, &list, a, e) || !list_put(ix, b, &list, a, e))
        return false;
    if (list.count < wanted->limit) {
        buf_put_text(b, ",\"next\":null");
        return true;
    }
    const struct index_signature *last = &list.list[list.count - 1];
    buf_printf(b, ",\"next\":\"%" PRId64 "-%" PRId64 "\"", last->entry, last->item);
    return true;
}

/* --- Blast radius ----------------------------------------------------------------------------- */

struct total_shown {
    struct bytes path;
    struct bytes month;
    int64_t count;
};

FIELDS(account_total_fields, "total", struct total_shown,
       ROW_TEXT(struct total_shown, path, 1, LIMIT_ID), ROW_TEXT(struct total_shown, month, 7, 7),
       ROW_INTEGER(struct total_shown, count, 1, JSON_INTEGER_MAX));

/* All of them together. */
struct sum {
    int64_t count;
    int64_t first; /* -1 where there is none */
    int64_t last;
};

static struct sum sum_make(const struct index_totals *totals)
{
    struct sum sum = {.first = -1, .last = -1};
    for (size_t i = 0; i < totals->count; i++) {
        const struct index_total *t = &totals->list[i];
        sum.count += t->count;
        sum.first = sum.first < 0 || t->first_ms < sum.first ? t->first_ms : sum.first;
        sum.last = t->last_ms > sum.last ? t->last_ms : sum.last;
    }
    return sum;
}

static void totals_put(struct buf *b, const struct index_totals *totals)
{
    buf_put_text(b, ",\"totals\":[");
    for (size_t i = 0; i < totals->count; i++) {
        const struct index_total *t = &totals->list[i];
        char month[MONTH_SIZE];
        (void)snprintf(month, sizeof month, "%04d-%02d", (int)(t->month / 12 % 10000),
                       (int)(t->month % 12 + 1));
        struct total_shown shown = {.path = t->path, .month = bytes_text(month), .count = t->count};
        if (i > 0)
            buf_put_u8(b, ',');
        fields_write(b, &account_total_fields, &shown);
    }
    buf_put_u8(b, ']');
}

static void head_put(struct buf *b, const struct account_query *query)
{
    buf_put_text(b, "{\"kind\":");
    json_put_string(b, query->kind);
    buf_put_text(b, ",\"id\":");
    json_put_string(b, query->id);
}

static void time_put(struct buf *b, const char *name, int64_t time)
{
    if (time < 0)
        buf_printf(b, ",\"%s\":null", name);
    else
        buf_printf(b, ",\"%s\":%" PRId64, name, time);
}

static bool radius_put(struct index *ix, const struct account_query *query,
                       const struct index_which *which, struct bytes endpoints, struct buf *b,
                       struct err *e)
{
    AUTO_VALUE(arena) arena = ACCOUNT_ARENA;
    struct index_totals totals;
    struct index_signed wanted = {
        .which = *which, .before = query->before, .from = 0, .limit = query->limit};
    if (!ix->driver->totals(ix, which, &totals, &arena, e))
        return false;
    struct sum sum = sum_make(&totals);
    head_put(b, query);
    buf_printf(b, ",\"signatures\":%" PRId64, sum.count);
    time_put(b, "first", sum.first);
    time_put(b, "last", sum.last);
    totals_put(b, &totals);
    buf_put_text(b, ",\"endpoints\":");
    buf_put(b, endpoints);
    if (!page_put(ix, b, &wanted, &arena, e))
        return false;
    buf_put_u8(b, '}');
    return buf_ok(b, "a blast radius", e);
}

bool account_radius(struct search *s, const struct account_query *query, struct bytes endpoints,
                    struct buf *b, struct err *e)
{
    const struct account_row *row;
    struct index_which which;
    struct id_room room;
    struct index *ix = NULL;
    if (!row_find(&row, query->kind, e) || !which_read(&which, &room, row, query->id, e) ||
        !search_take(s, &ix, e))
        return false;
    bool ok = radius_put(ix, query, &which, endpoints, b, e);
    search_give(s, ix);
    return ok;
}

/* --- What if ---------------------------------------------------------------------------------- */

struct fall_shown {
    struct bytes path;
    int64_t fall;
    int64_t survive;
};

FIELDS(account_fall_fields, "fall", struct fall_shown,
       ROW_TEXT(struct fall_shown, path, 1, LIMIT_ID),
       ROW_INTEGER(struct fall_shown, fall, 0, JSON_INTEGER_MAX),
       ROW_INTEGER(struct fall_shown, survive, 0, JSON_INTEGER_MAX));

static int64_t cut_of(const struct index_cuts *cuts, struct bytes path)
{
    for (size_t i = 0; i < cuts->count; i++)
        if (bytes_equal(cuts->list[i].path, path))
            return cuts->list[i].count;
    return 0;
}

/* All of them: no need to count again. */
static bool cuts_whole(struct index_cuts *ret, const struct index_totals *totals, struct arena *a,
                       struct err *e)
{
    struct index_cuts cuts = {.list = arena_alloc(a, (totals->count + 1) * sizeof *cuts.list)};
    if (cuts.list == NULL)
        return err_set(e, ERR_LIMIT, "no room left for what is read");
    for (size_t i = 0; i < totals->count; i++) {
        const struct index_total *t = &totals->list[i];
        if (cuts.count == 0 || !bytes_equal(cuts.list[cuts.count - 1].path, t->path))
            cuts.list[cuts.count++] = (struct index_cut){.path = t->path};
        cuts.list[cuts.count - 1].count += t->count;
    }
    *ret = cuts;
    return true;
}

/* By path; the totals' months of one path stand together. */
static void falls_put(struct buf *b, const struct index_totals *totals,
                      const struct index_cuts *cuts)
{
    buf_put_text(b, ",\"paths\":[");
    for (size_t i = 0, next; i < totals->count; i = next) {
        struct bytes path = totals->list[i].path;
        int64_t all = 0;
        for (next = i; next < totals->count && bytes_equal(totals->list[next].path, path); next++)
            all += totals->list[next].count;
        int64_t fall = cut_of(cuts, path);
        struct fall_shown shown = {.path = path, .fall = fall, .survive = all - fall};
        if (i > 0)
            buf_put_u8(b, ',');
        fields_write(b, &account_fall_fields, &shown);
    }
    buf_put_u8(b, ']');
}

/* The last signature from before the effective time that has an artifact. */
static bool last_good_put(struct index *ix, struct buf *b, const struct index_which *which,
                          int64_t from, struct arena *a, struct err *e)
{
    struct index_signed wanted = {
        .which = *which, .before = {.entry = from, .item = -1}, .from = 0, .limit = 1};
    struct index_signature_list list;
    struct index_texts approvals;
    buf_put_text(b, ",\"last_good\":");
    if (!ix->driver->signatures(ix, &wanted, &list, a, e))
        return false;
    if (list.count == 0) {
        buf_put_text(b, "null");
        return true;
    }
    if (!ix->driver->approvers(ix, list.list[0].grant, &approvals, a, e))
        return false;
    signature_put(b, &list.list[0], &approvals);
    return true;
}

/* Who reads what of a revocation: standards and the tools' own documentation, and the tests under
 * tests/peers. */
static void notes_put(struct buf *b, const struct account_row *row)
{
    bool whole = row->scope == INDEX_BY_ARTIFACT || row->scope == INDEX_BY_SIGNATURE;
    buf_put_text(b, row->listed
                        ? ",\"notes\":[\"OpenSSL and GnuTLS read the CRL, not its "
                          "revocationDate: every signature of a listed certificate falls, "
                          "whatever its time.\",\"Windows reads revocationDate: what carries a "
                          "timestamp from before it survives.\","
                        : ",\"notes\":[\"A CRL holds certificates alone: verifiers that read "
                          "nothing else see nothing of this.\",");
    buf_put_text(b, "\"sealward, libsealward-verify and sealward-guard read the distrust list: ");
    buf_put_text(b, whole ? "it falls, whatever its time.\"]"
                          : "what has a receipt, or a timestamp of this authority, from before the "
                            "effective time survives.\"]");
}

static int64_t cuts_sum(const struct index_cuts *cuts)
{
    int64_t sum = 0;
    for (size_t i = 0; i < cuts->count; i++)
        sum += cuts->list[i].count;
    return sum;
}

static bool what_if_put(struct index *ix, const struct account_query *query,
                        const struct account_row *row, const struct index_which *which,
                        struct buf *b, struct err *e)
{
    AUTO_VALUE(arena) arena = ACCOUNT_ARENA;
    struct index_totals totals;
    struct index_cuts cuts;
    int64_t from = 0;
    if (!ix->driver->entry_at(ix, query->effective, &from, e) ||
        !ix->driver->totals(ix, which, &totals, &arena, e) ||
        !(from == 0 ? cuts_whole(&cuts, &totals, &arena, e)
                    : ix->driver->cuts(ix, which, from, &cuts, &arena, e)))
        return false;
    int64_t fall = cuts_sum(&cuts);
    struct index_signed falling = {
        .which = *which, .before = query->before, .from = from, .limit = query->limit};
    head_put(b, query);
    buf_printf(b, ",\"effective\":%" PRId64 ",\"fall\":%" PRId64 ",\"survive\":%" PRId64,
               query->effective, fall, sum_make(&totals).count - fall);
    falls_put(b, &totals, &cuts);
    if (!last_good_put(ix, b, which, from, &arena, e) || !page_put(ix, b, &falling, &arena, e))
        return false;
    notes_put(b, row);
    buf_put_u8(b, '}');
    return buf_ok(b, "what falls", e);
}

/* Single signatures and artifacts fall whatever their time: the list has no time for them. */
static struct account_query query_whole(const struct account_query *query,
                                        const struct account_row *row)
{
    struct account_query q = *query;
    if (row->scope == INDEX_BY_SIGNATURE || row->scope == INDEX_BY_ARTIFACT)
        q.effective = 0;
    return q;
}

bool account_what_if(struct search *s, const struct account_query *query, struct buf *b,
                     struct err *e)
{
    const struct account_row *row;
    struct index_which which;
    struct id_room room;
    struct index *ix = NULL;
    if (!row_find(&row, query->kind, e))
        return false;
    struct account_query whole = query_whole(query, row);
    if (row->scope == INDEX_BY_ACTOR || row->scope == INDEX_BY_GRANT)
        return err_set(e, ERR_INPUT, "a %s is not revoked", row->kind);
    if (!which_read(&which, &room, row, query->id, e) || !search_take(s, &ix, e))
        return false;
    bool ok = what_if_put(ix, &whole, row, &which, b, e);
    search_give(s, ix);
    return ok;
}
