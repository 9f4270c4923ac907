#include "keeper/reconcile.h"

#include "base/clock.h"
#include "base/diag.h"
#include "base/hex.h"
#include "base/limits.h"
#include "keeper/answer.h"

#define DAY_MS INT64_C(86400000)
/* When a token that could not be listed is listed again. */
#define AGAIN_MS INT64_C(60000)

/* --- Finding ---------------------------------------------------------------------------------- */

static struct bytes finding_id(const struct keys_key *key)
{
    return key->id.size >= 1 && key->id.size <= 64 ? key->id : bytes_text("none");
}

static void finding_add(struct reconcile_findings *f, const char *kind, struct bytes id,
                        const char *note)
{
    uint8_t *kept = f->ids[f->count];
    memcpy(kept, id.data, id.size);
    f->list[f->count++] = (struct start_finding){
        .kind = bytes_text(kind), .id = bytes_make(kept, id.size), .note = bytes_text(note)};
}

static bool keys_have(const struct keys_list *keys, struct bytes id)
{
    for (size_t i = 0; i < keys->count; i++)
        if (bytes_equal(keys->items[i].id, id))
            return true;
    return false;
}

static void findings_report(const struct reconcile_findings *f)
{
    for (size_t i = 0; i < f->count; i++) {
        char id[129];
        diag_write(DIAG_WARNING, "finding", DIAG_TEXT("id", hex_string(id, f->list[i].id)),
                   (struct diag_field){.key = "note", .text = f->list[i].note});
    }
}

void reconcile_find(struct reconcile_findings *ret, const struct keeper *k,
                    const struct keys_list *keys)
{
    const struct rules_state *s = record_state(k->record);
    struct bytes token = bytes_text(k->signing_token);
    struct bytes id;
    ret->count = 0;
    for (size_t i = 0; i < keys->count && ret->count < START_FINDINGS_MAX; i++)
        if (!rules_key_expected(s, token, keys->items[i].id, keys->items[i].label))
            finding_add(ret, "unknown-key", finding_id(&keys->items[i]),
                        "the token holds a key that the record does not know");
    for (size_t n = 0; ret->count < START_FINDINGS_MAX && rules_key_at(&id, s, token, n); n++)
        if (!keys_have(keys, id))
            finding_add(ret, "missing-key", id, "the record knows a key that is not on the token");
    findings_report(ret);
}

/* --- Recording -------------------------------------------------------------------------------- */

static bool body_write(struct buf *ret, const struct keeper *k, const struct reconcile_findings *f,
                       struct err *e)
{
    struct start_finding copy[START_FINDINGS_MAX];
    memcpy(copy, f->list, f->count * sizeof copy[0]);
    struct list list = {.items = copy, .count = f->count};
    rules_reconciled_body(ret, bytes_text(k->signing_token), &list);
    return buf_ok(ret, "findings", e);
}

bool reconcile_recorded(struct keeper *k, const struct reconcile_findings *findings, struct err *e)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    if (!body_write(&body, k, findings, e))
        return false;
    digest_sha256(k->reconcile.recorded, buf_bytes(&body));
    k->reconcile.next = clock_monotonic_ms() + DAY_MS;
    return true;
}

/* Records what differs from the last findings; *ret_index is -1 where nothing does. A record whose
 * rules do not have the entry yet goes without. */
static bool findings_record(struct keeper *k, const struct reconcile_findings *findings,
                            int64_t *ret_index, struct err *e)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    AUTO_VALUE(outcome) out;
    uint8_t digest[DIGEST_MAX];
    uint64_t index;
    struct err why;
    outcome_init(&out);
    *ret_index = -1;
    if (!body_write(&body, k, findings, e))
        return false;
    digest_sha256(digest, buf_bytes(&body));
    if (memcmp(digest, k->reconcile.recorded, 32) == 0)
        return true;
    if (record_stage(k->record, bytes_text("reconciled"), buf_bytes(&body), &out, &index, &why)) {
        *ret_index = (int64_t)index;
        memcpy(k->reconcile.recorded, digest, 32);
        return record_commit(k->record, e) && asks_committed(k, e);
    }
    if (record_is_fatal(&why)) {
        *e = why;
        return false;
    }
    diag_err(DIAG_WARNING, "findings-not-recorded", &why);
    return true;
}

/* --- Asking and answering --------------------------------------------------------------------- */

static bool findings_answer(struct keeper *k, const struct reconcile_findings *findings,
                            int64_t index, struct err *e)
{
    struct custody_finding list[START_FINDINGS_MAX];
    for (size_t i = 0; i < findings->count; i++)
        list[i] = (struct custody_finding){.kind = findings->list[i].kind,
                                           .id = findings->list[i].id,
                                           .note = findings->list[i].note};
    for (size_t i = 0; i < k->reconcile.asked; i++) {
        struct custody_message m = {
            .type = CUSTODY_RECONCILED,
            .reconciled = {.tag = k->reconcile.asks[i].tag,
                           .index = index,
                           .findings = {.items = list, .count = findings->count}}};
        if (!answer_now(k, k->reconcile.asks[i].peer, &m, e))
            return false;
    }
    k->reconcile.asked = 0;
    return true;
}

static bool listing_failed(struct keeper *k, const struct err *failure, struct err *e)
{
    struct err why = *failure;
    diag_err(DIAG_ERROR, "token-not-readable", &why);
    k->reconcile.next = clock_monotonic_ms() + AGAIN_MS;
    for (size_t i = 0; i < k->reconcile.asked; i++)
        if (!answer_refuse(k, k->reconcile.asks[i].peer, k->reconcile.asks[i].tag, &why, -1, e))
            return false;
    k->reconcile.asked = 0;
    return true;
}

static bool keys_listed(struct keeper *k, void *owner, size_t item,
                        const struct pool_answer *answer, struct err *e)
{
    (void)owner;
    (void)item;
    struct reconcile_findings findings;
    int64_t index;
    k->working = false;
    if (!answer->ok)
        return listing_failed(k, &answer->err, e);
    reconcile_find(&findings, k, &answer->keys);
    k->reconcile.next = clock_monotonic_ms() + DAY_MS;
    return findings_record(k, &findings, &index, e) && findings_answer(k, &findings, index, e);
}

bool reconcile_ask(struct keeper *k, uint64_t peer, int64_t tag, struct err *e)
{
    struct err why;
    if (k->reconcile.asked == RECONCILE_ASKS_MAX) {
        (void)err_set(&why, ERR_BUSY, "%d comparisons of the token are asked for already",
                      RECONCILE_ASKS_MAX);
        return answer_refuse(k, peer, tag, &why, -1, e);
    }
    k->reconcile.asks[k->reconcile.asked].peer = peer;
    k->reconcile.asks[k->reconcile.asked++].tag = tag;
    return true;
}

/* Not while a key is being made or destroyed: the token is ahead of the record then. */
bool reconcile_step(struct keeper *k, struct err *e)
{
    uint64_t number;
    struct err why;
    bool due = k->reconcile.asked > 0 || clock_monotonic_ms() >= k->reconcile.next;
    if (k->phase != KEEPER_RUNNING || k->working || !due)
        return true;
    if (!pool_list(&number, k->pool, TOKEN_SIGNING, clock_monotonic_ms(), &why))
        return why.code == ERR_BUSY || listing_failed(k, &why, e);
    k->working = true;
    return jobs_add(&k->jobs, number, NULL, 0, keys_listed, e);
}
