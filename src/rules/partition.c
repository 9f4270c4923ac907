#include "rules/partition.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/text.h"
#include "pki/crl.h"
#include "pki/x509.h"
#include "rules/revocation.h"

/* Ten years, milliseconds: for so long entries are kept (CSBR). */
#define KEPT_MS (INT64_C(3653) * 86400 * 1000)

void partitions_done(struct partitions *p)
{
    free(p->list);
}

void crl_entries_done(struct crl_entries *c)
{
    free(c->list);
}

bool partition_of(struct partition *ret, struct bytes issuer, int64_t not_before, struct err *e)
{
    struct moment moment;
    if (!text_moment_split(&moment, not_before))
        return err_set(e, ERR_INPUT, "the certificate's time cannot be written");
    struct partition p = {.year = moment.year, .quarter = (moment.month + 2) / 3};
    memcpy(p.issuer, issuer.data, sizeof p.issuer);
    *ret = p;
    return true;
}

bool partition_equal(const struct partition *a, const struct partition *b)
{
    return a->year == b->year && a->quarter == b->quarter &&
           memcmp(a->issuer, b->issuer, sizeof a->issuer) == 0;
}

void partition_path(char ret[PARTITION_PATH], const struct partition *p)
{
    char hex[65];
    (void)snprintf(ret, PARTITION_PATH, "crl/%.16s/%dq%d.crl", hex_string(hex, BYTES_OF(p->issuer)),
                   p->year, p->quarter);
}

bool partition_url(char *ret, size_t size, const struct rules_state *s, const struct partition *p)
{
    char path[PARTITION_PATH];
    partition_path(path, p);
    int n = snprintf(ret, size, "%s/%s", s->base_url, path);
    return n > 0 && (size_t)n < size;
}

/* Room for one more in a growing array. */
static bool array_grow(void **list, size_t *capacity, size_t count, size_t size, struct err *e)
{
    if (count < *capacity)
        return true;
    size_t more = *capacity == 0 ? 16 : 2 * *capacity;
    void *grown = more > SIZE_MAX / size ? NULL : realloc(*list, more * size);
    if (grown == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for CRLs");
    *list = grown;
    *capacity = more;
    return true;
}

static bool partitions_add(struct partitions *p, const struct partition *one, struct err *e)
{
    for (size_t i = p->count; i > 0; i--)
        if (partition_equal(&p->list[i - 1], one))
            return true;
    void *list = p->list;
    if (!array_grow(&list, &p->capacity, p->count, sizeof *p->list, e))
        return false;
    p->list = list;
    p->list[p->count++] = *one;
    return true;
}

const struct certificate *crl_issuer(const struct rules_state *s, struct bytes issuer, int64_t time)
{
    const struct key_record *key = state_key(s, issuer);
    if (key == NULL || (key->role != KEY_ISSUING_CA && key->role != KEY_TIMESTAMP_CA))
        return NULL;
    bool signs = key->state == KEY_ACTIVE || key->state == KEY_SUSPENDED ||
                 (key->state == KEY_DEACTIVATED && !state_key_revoked(s, issuer));
    return signs ? state_certificate_of(s, issuer, time) : NULL;
}

/* Takes out those whose issuer signs none. */
static void partitions_keep_signed(struct partitions *p, const struct rules_state *s, int64_t time)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++)
        if (crl_issuer(s, BYTES_OF(p->list[i].issuer), time) != NULL)
            p->list[kept++] = p->list[i];
    p->count = kept;
}

static bool partitions_collect(struct partitions *p, const struct rules_state *s, bool of_root,
                               int64_t time, struct err *e)
{
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    for (size_t i = 0; i < t->count; i++) {
        struct partition one;
        const struct certificate *c = table_at(t, i);
        if (c->der.data == NULL || (state_key(s, c->issuer) == NULL) != of_root ||
            (!of_root && c->not_after + KEPT_MS < time))
            continue;
        if (!partition_of(&one, c->issuer, c->not_before, e) || !partitions_add(p, &one, e))
            return false;
    }
    return true;
}

bool partitions_find(struct partitions *ret, const struct rules_state *s, int64_t time,
                     struct err *e)
{
    AUTO_VALUE(partitions) p = {.list = NULL};
    if (!partitions_collect(&p, s, false, time, e))
        return false;
    partitions_keep_signed(&p, s, time);
    *ret = p;
    p.list = NULL;
    return true;
}

bool partitions_of_root(struct partitions *ret, const struct rules_state *s, struct err *e)
{
    AUTO_VALUE(partitions) p = {.list = NULL};
    if (!partitions_collect(&p, s, true, 0, e))
        return false;
    *ret = p;
    p.list = NULL;
    return true;
}

bool partition_begin(struct rules_state *s, const struct certificate *c, struct err *e)
{
    struct partition own;
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    if (!partition_of(&own, c->issuer, c->not_before, e))
        return false;
    for (size_t i = t->count; i > 0; i--) {
        struct partition other;
        const struct certificate *there = table_at(t, i - 1);
        if (there->der.data == NULL)
            continue;
        if (!partition_of(&other, there->issuer, there->not_before, e))
            return false;
        if (partition_equal(&own, &other))
            return true;
    }
    return status_outdate(s, e);
}

/* The certificate that a revocation is about; NULL for other subjects, and for the root, of which
 * there is no CRL. */
static const struct certificate *revoked_certificate(const struct rules_state *s,
                                                     const struct revocation *r)
{
    uint64_t number;
    struct err ignored;
    if (r->kind != REVOKED_CERTIFICATE ||
        !text_read_number(&number, r->id, JSON_INTEGER_MAX, &ignored))
        return NULL;
    return state_certificate(s, (int64_t)number);
}

bool revocation_partition(struct partition *ret, const struct rules_state *s,
                          const struct revocation *r)
{
    struct err ignored;
    const struct certificate *c = revoked_certificate(s, r);
    return c != NULL && c->der.data != NULL &&
           partition_of(ret, c->issuer, c->not_before, &ignored);
}

bool crl_entries_add(struct crl_entries *entries, const struct rules_state *s,
                     const struct revocation *r, struct err *e)
{
    struct x509 x509;
    void *list = entries->list;
    const struct certificate *c = revoked_certificate(s, r);
    if (c == NULL)
        return err_set(e, ERR_INTERNAL, "a CRL's entry is about no certificate");
    if (!x509_parse(&x509, c->der, e) ||
        !array_grow(&list, &entries->capacity, entries->count, sizeof *entries->list, e))
        return false;
    entries->list = list;
    enum crl_reason reason = (enum crl_reason)revoke_reason_code((enum revoke_reason)r->reason);
    if (!crl_entry_make(&entries->list[entries->count], x509.serial, r->effective, reason, e))
        return false;
    entries->count++;
    return true;
}

bool crl_entries_find(struct crl_entries *ret, const struct rules_state *s,
                      const struct partition *p, struct err *e)
{
    AUTO_VALUE(crl_entries) entries = {.list = NULL};
    const struct table *t = state_view(s, TABLE_REVOCATIONS);
    for (size_t i = 0; i < t->count; i++) {
        struct partition own;
        const struct revocation *r = table_at(t, i);
        if (revocation_partition(&own, s, r) && partition_equal(&own, p) &&
            !crl_entries_add(&entries, s, r, e))
            return false;
    }
    if (!crl_sort(entries.list, entries.count, e))
        return false;
    *ret = entries;
    entries.list = NULL;
    return true;
}
