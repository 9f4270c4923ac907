/* The calendar: what ends, what is renewed by itself and what needs whom, in the order of time. */
#include <stdlib.h>

#include "base/hex.h"
#include "pki/x509.h"
#include "rules/life.h"
#include "rules/ownership.h"
#include "rules/quorum.h"
#include "rules/signers.h"
#include "rules/tables.h"
#include "rules/view.h"
#include "rules/view_parts.h"

struct item {
    int64_t time;
    struct bytes kind;
    struct bytes id;
    struct bytes signer; /* absent: none is concerned */
    struct bytes what;
    struct bytes who; /* absent: it happens by itself */
};
FIELDS(calendar_item_fields, "item of the calendar", struct item, ROW_TIME(struct item, time),
       ROW_ID(struct item, kind), ROW_ID(struct item, id), ROW_ID_OR_NULL(struct item, signer),
       ROW_ID(struct item, what), ROW_ID_OR_NULL(struct item, who));

struct calendar {
    const struct rules_state *s;
    const struct signers *signers;
    struct arena arena;
    struct bytes certifiers; /* team that decides on issuances; absent: none */
    struct item *list;
    size_t count;
    size_t capacity;
    int64_t until;
    bool failed;
};

static void calendar_done(struct calendar *c)
{
    arena_done(&c->arena);
    free(c->list);
}
AUTO_DONE(calendar)

/* `id` is copied. */
static void item_add(struct calendar *c, struct item item)
{
    if (item.time > c->until || item.time < 0)
        return;
    if (c->count == c->capacity) {
        size_t capacity = c->capacity == 0 ? 64 : c->capacity * 2;
        struct item *list = reallocarray(c->list, capacity, sizeof *list);
        c->failed = c->failed || list == NULL;
        if (list == NULL)
            return;
        c->list = list;
        c->capacity = capacity;
    }
    item.id = arena_copy(&c->arena, item.id);
    c->failed = c->failed || item.id.data == NULL;
    c->list[c->count++] = item;
}

static int item_compare(const void *left, const void *right)
{
    const struct item *a = left;
    const struct item *b = right;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    int order = bytes_compare(a->kind, b->kind);
    return order != 0 ? order : bytes_compare(a->id, b->id);
}

/* ---- Certificates ---- */

/* Who has to see to a certificate. */
static struct bytes keeper_of(const struct calendar *c, const struct signer_info *signer)
{
    if (signer == NULL)
        return c->certifiers;
    bool there = policy_has(state_view(c->s, TABLE_OBJECTS), OBJECT_PERSON, signer->signer.owner);
    return there ? signer->signer.owner : signer->signer.deputy;
}

/* Whether any stage that is still to come is asked for. */
static bool is_near(const struct calendar *c, const struct certificate *certificate,
                    const struct stage *stage, const struct windows *w)
{
    for (int next = stage->stage + 1; next <= STAGE_EXPIRED; next++)
        if (stage_time(certificate, w, (enum certificate_stage)next) <= c->until)
            return true;
    return false;
}

static void add_certificate(struct calendar *c, const struct stage *stage)
{
    static const char *const whats[] = {[STAGE_RENEW] = "renewal is proposed",
                                        [STAGE_WARN] = "warning",
                                        [STAGE_ALARM] = "alarm",
                                        [STAGE_EXPIRED] = "ends"};
    char number[NUMBER_TEXT];
    struct windows w;
    const struct certificate *certificate = state_certificate(c->s, stage->number);
    const struct signer_info *signer = signers_find(c->signers, certificate->signer);
    windows_find(&w, c->signers, certificate);
    if (!is_near(c, certificate, stage, &w) || !certificate_matters(c->s, certificate))
        return;
    for (int next = stage->stage + 1; next <= STAGE_EXPIRED; next++) {
        int64_t time = stage_time(certificate, &w, (enum certificate_stage)next);
        item_add(c, (struct item){.time = time,
                                  .kind = bytes_text("certificate"),
                                  .id = number_text(number, certificate->number),
                                  .signer = certificate->signer,
                                  .what = bytes_text(whats[next]),
                                  .who = next == STAGE_RENEW ? BYTES_NONE : keeper_of(c, signer)});
    }
}

static void add_root(struct calendar *c)
{
    struct x509 x509;
    struct err ignored;
    char hex[65];
    const struct root_record *root = state_root(c->s);
    if (root == NULL || !x509_parse(&x509, root->der, &ignored))
        return;
    item_add(c, (struct item){.time = x509.not_after,
                              .kind = bytes_text("root"),
                              .id = bytes_text(hex_string(hex, root->key)),
                              .what = bytes_text("ends"),
                              .who = c->certifiers});
}

/* ---- Keys and signers ---- */

static void add_life(struct calendar *c, const struct life *life)
{
    char hex[65];
    const struct key_record *key = state_key(c->s, life->id);
    const struct signer_info *signer = signers_find(c->signers, key->signer);
    if (key->state != KEY_ACTIVE || signer == NULL || signer->life.unused == 0)
        return;
    item_add(c, (struct item){.time = life->last_used + signer->life.unused * 1000,
                              .kind = bytes_text("key"),
                              .id = bytes_text(hex_string(hex, life->id)),
                              .signer = key->signer,
                              .what = bytes_text("is suspended if it stays unused"),
                              .who = keeper_of(c, signer)});
}

static bool add_orphan(struct calendar *c, const struct orphan *o, struct err *e)
{
    struct bytes heir;
    if (!orphan_heir(&heir, c->s, o, &c->arena, e))
        return false;
    item_add(c, (struct item){.time = o->deadline,
                              .kind = bytes_text("orphan"),
                              .id = o->signer,
                              .signer = o->signer,
                              .what = bytes_text("keys are suspended"),
                              .who = heir});
    return true;
}

static void add_rollover(struct calendar *c, const struct rollover *r)
{
    int64_t end = r->switch_at + r->overlap;
    if (!r->switched)
        item_add(c, (struct item){.time = r->switch_at,
                                  .kind = bytes_text("rollover"),
                                  .id = r->signer,
                                  .signer = r->signer,
                                  .what = bytes_text("new key signs")});
    if (r->switched || r->switch_at >= 0)
        item_add(c, (struct item){.time = end,
                                  .kind = bytes_text("rollover"),
                                  .id = r->signer,
                                  .signer = r->signer,
                                  .what = bytes_text("old key is deactivated")});
}

/* ---- What waits for people ---- */

static void add_ratification(struct calendar *c, const struct ratification *r)
{
    char hex[65];
    if (r->ratified)
        return;
    item_add(c, (struct item){.time = r->deadline,
                              .kind = bytes_text("ratification"),
                              .id = bytes_text(hex_string(hex, r->leaf)),
                              .what = bytes_is(r->act, "revoke")
                                          ? bytes_text("a revocation to be ratified")
                                          : bytes_text("a suspension to be ratified"),
                              .who = bytes_text("quorum ratify")});
}

static void add_decision(struct calendar *c, const struct decision *d)
{
    char hex[65];
    if (d->approved)
        return;
    item_add(c, (struct item){.time = d->expires,
                              .kind = bytes_text("proposal"),
                              .id = bytes_text(hex_string(hex, d->leaf)),
                              .what = d->kind,
                              .who = bytes_text("those who decide")});
}

static void add_status(struct calendar *c)
{
    const struct status_record *status = state_status(c->s);
    if (status == NULL)
        return;
    item_add(c, (struct item){.time = status->list_expires,
                              .kind = bytes_text("status"),
                              .id = bytes_text("list"),
                              .what = bytes_text("a newer one is out by then")});
    item_add(c, (struct item){.time = status->crl_next,
                              .kind = bytes_text("status"),
                              .id = bytes_text("crl"),
                              .what = bytes_text("a newer one is out by then")});
}

/* Only a ceremony makes the next one. */
static void add_root_crl(struct calendar *c, const struct root_crl *crl)
{
    size_t name = crl->url.size;
    while (name > 0 && crl->url.data[name - 1] != '/')
        name--;
    item_add(c, (struct item){.time = crl->next_update,
                              .kind = bytes_text("root-crl"),
                              .id = bytes_make(crl->url.data + name, crl->url.size - name),
                              .what = bytes_text("ends; a ceremony signs the next"),
                              .who = c->certifiers});
}

static bool calendar_fill(struct calendar *c, struct err *e)
{
    const struct table *t = state_view(c->s, TABLE_STAGES);
    for (size_t i = 0; i < t->count; i++)
        add_certificate(c, table_at(t, i));
    t = state_view(c->s, TABLE_LIVES);
    for (size_t i = 0; i < t->count; i++)
        add_life(c, table_at(t, i));
    t = state_view(c->s, TABLE_ORPHANS);
    for (size_t i = 0; i < t->count; i++)
        if (!add_orphan(c, table_at(t, i), e))
            return false;
    t = state_view(c->s, TABLE_ROLLOVERS);
    for (size_t i = 0; i < t->count; i++)
        add_rollover(c, table_at(t, i));
    t = state_view(c->s, TABLE_RATIFICATIONS);
    for (size_t i = 0; i < t->count; i++)
        add_ratification(c, table_at(t, i));
    t = state_view(c->s, TABLE_DECISIONS);
    for (size_t i = 0; i < t->count; i++)
        add_decision(c, table_at(t, i));
    t = state_view(c->s, TABLE_ROOT_CRLS);
    for (size_t i = 0; i < t->count; i++)
        add_root_crl(c, table_at(t, i));
    add_root(c);
    add_status(c);
    return !c->failed || err_set(e, ERR_MEMORY, "out of memory for the calendar");
}

static bool certifiers_find(struct calendar *c, struct err *e)
{
    struct quorum quorum;
    if (!quorum_get(&quorum, c->s, "issuance", &c->arena, e))
        return false;
    c->certifiers = quorum.team;
    return true;
}

bool view_calendar(struct buf *b, const struct rules_state *s, int64_t until, struct err *e)
{
    AUTO(signers) signers = NULL;
    AUTO_VALUE(calendar)
    c = {.s = s, .arena = ARENA((size_t)1 << 30), .until = until};
    bool first = true;
    if (!signers_new(&signers, state_view(s, TABLE_OBJECTS), e))
        return false;
    c.signers = signers;
    if (!certifiers_find(&c, e) || !calendar_fill(&c, e))
        return false;
    if (c.count > 0)
        qsort(c.list, c.count, sizeof *c.list, item_compare);
    buf_printf(b, "{\"time\":%lld,\"items\":[", (long long)s->time);
    for (size_t i = 0; i < c.count; i++) {
        view_put_comma(b, &first);
        fields_write(b, &calendar_item_fields, &c.list[i]);
    }
    buf_put_text(b, "]}");
    return buf_ok(b, "calendar", e);
}
