#include "service/gauges.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/limits.h"
#include "rules/watch.h"
#include "service/propagation.h"

enum { KEY_BYTES = 32 };

struct ending {
    uint8_t key[KEY_BYTES];
    char signer[LIMIT_ID + 1];
    int64_t number;
    int64_t not_after;
};

struct picture {
    bool status_known;
    struct watched_status status;
    struct watched_counts counts;
    struct ending *endings;
    size_t count;
};

static bool picture_glance(void *context, const struct rules_state *s, struct err *e)
{
    struct picture *p = context;
    struct watched_certificate c;
    (void)e;
    p->status_known = watch_status(&p->status, s);
    watch_counts(&p->counts, s);
    for (size_t n = 0; p->count < GAUGES_CERTIFICATES_MAX && watch_certificate_at(&c, s, n); n++) {
        struct ending *one = &p->endings[p->count];
        if (c.key.size != KEY_BYTES)
            continue;
        *one = (struct ending){.number = c.number, .not_after = c.not_after};
        memcpy(one->key, c.key.data, KEY_BYTES);
        if (c.signer.data != NULL && c.signer.size <= LIMIT_ID)
            memcpy(one->signer, c.signer.data, c.signer.size);
        p->count++;
    }
    return true;
}

/* By key, each one's newest first. */
static int ending_compare(const void *left, const void *right)
{
    const struct ending *a = left;
    const struct ending *b = right;
    int order = memcmp(a->key, b->key, KEY_BYTES);
    return order != 0 ? order : (a->number < b->number) - (a->number > b->number);
}

static void head_put(struct buf *b, const char *name, const char *help)
{
    buf_printf(b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void gauge_put(struct buf *b, const char *name, const char *help, int64_t value)
{
    head_put(b, name, help);
    buf_printf(b, "%s %" PRId64 "\n", name, value);
}

static void endings_put(struct buf *b, struct picture *p, int64_t now)
{
    static const char name[] = "sealward_certificate_expires_seconds";
    qsort(p->endings, p->count, sizeof *p->endings, ending_compare);
    head_put(b, name, "Seconds to the end of the newest certificate of a key.");
    for (size_t i = 0; i < p->count; i++) {
        char hex[2 * KEY_BYTES + 1];
        const struct ending *one = &p->endings[i];
        if (i > 0 && memcmp(one->key, p->endings[i - 1].key, KEY_BYTES) == 0)
            continue;
        buf_printf(b, "%s{key=\"%s\",signer=\"%s\",number=\"%" PRId64 "\"} %" PRId64 "\n", name,
                   hex_string(hex, BYTES_OF(one->key)), one->signer, one->number,
                   (one->not_after - now) / 1000);
    }
}

static void status_put(struct buf *b, const struct picture *p, int64_t now)
{
    if (!p->status_known)
        return;
    if (p->status.list_expires > 0)
        gauge_put(b, "sealward_list_expires_seconds", "Seconds to the end of the distrust list.",
                  (p->status.list_expires - now) / 1000);
    if (p->status.crl_next > 0)
        gauge_put(b, "sealward_crl_next_seconds", "Seconds to the end of the CRLs.",
                  (p->status.crl_next - now) / 1000);
}

static void counts_put(struct buf *b, const struct picture *p)
{
    gauge_put(b, "sealward_revocations", "Revocations in force.", p->counts.revocations);
    gauge_put(b, "sealward_unratified", "Suspensions and revocations that wait for their quorum.",
              p->counts.unratified);
    gauge_put(b, "sealward_overdue_ratifications", "Those of them beyond their time: an alarm.",
              p->counts.overdue);
    gauge_put(b, "sealward_orphans", "Signers whose owner or team has left: an alarm.",
              p->counts.orphans);
}

static void endpoints_put(struct buf *b, const struct confirmations_parts *parts)
{
    struct propagation_counts counts;
    struct err unknown;
    if (!propagation_count(parts, &counts, &unknown))
        return;
    gauge_put(b, "sealward_endpoints", "Endpoints that can confirm a list.", counts.endpoints);
    gauge_put(b, "sealward_endpoints_silent", "Those silent for longer than policy allows.",
              counts.silent);
}

void gauges_write(struct buf *b, const struct confirmations_parts *parts)
{
    struct picture p = {.count = 0};
    struct err none;
    int64_t now = clock_wall_ms();
    if (!replica_ready(parts->replica, &none))
        return;
    p.endings = calloc(GAUGES_CERTIFICATES_MAX, sizeof *p.endings);
    if (p.endings == NULL)
        return;
    if (replica_look(parts->replica, picture_glance, &p, &none)) {
        endings_put(b, &p, now);
        status_put(b, &p, now);
        counts_put(b, &p);
        endpoints_put(b, parts);
    }
    free(p.endings);
}
