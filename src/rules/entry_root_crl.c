/* A CRL of the root, which only a ceremony can sign. It is judged by its signature and content, so
 * anybody may bring it in. */
#include <inttypes.h>

#include "pki/crl.h"
#include "pki/der.h"
#include "pki/key.h"
#include "pki/x509.h"
#include "rules/entries.h"
#include "rules/partition.h"
#include "rules/tables.h"

#define GENERAL_NAME_URL 0x86 /* [6] IA5String */

struct root_crl_body {
    struct bytes crl; /* DER */
};

FIELDS(root_crl_body_fields, "root CRL", struct root_crl_body,
       ROW_BYTES(struct root_crl_body, crl, 64, LIMIT_CERTIFICATE));

/* A period of the root, with what its CRLs are made of. */
struct period {
    struct partition partition;
    char url[LIMIT_URL + 64];
    struct x509 root;
    enum mechanism mechanism;
};

static bool period_make(struct period *ret, const struct rules_state *s,
                        const struct partition *partition, struct err *e)
{
    AUTO(pubkey) key = NULL;
    const struct root_record *root = state_root(s);
    struct period p = {.partition = *partition};
    if (root == NULL)
        return err_set(e, ERR_NOT_FOUND, "the record has no root");
    if (!partition_url(p.url, sizeof p.url, s, partition))
        return err_set(e, ERR_LIMIT, "the public base URL is too long for a CRL's URL");
    if (!x509_parse(&p.root, root->der, e) || !pubkey_parse(&key, p.root.spki, e))
        return false;
    p.mechanism = mechanism_of(pubkey_kind(key), DIGEST_SHA256);
    *ret = p;
    return true;
}

static bool period_find(struct period *ret, const struct rules_state *s, size_t n, struct err *e)
{
    AUTO_VALUE(partitions) partitions = {.list = NULL};
    if (!partitions_of_root(&partitions, s, e))
        return false;
    if (n >= partitions.count)
        return err_set(e, ERR_NOT_FOUND, "the root has no period number %zu", n);
    return period_make(ret, s, &partitions.list[n], e);
}

static bool period_build(struct buf *ret, const struct rules_state *s, const struct period *p,
                         int64_t number, int64_t this_update, int64_t next_update, struct err *e)
{
    AUTO_VALUE(crl_entries) entries = {.list = NULL};
    if (!crl_entries_find(&entries, s, &p->partition, e))
        return false;
    struct crl_plan plan = {.mechanism = p->mechanism,
                            .issuer = p->root.subject,
                            .issuer_key_id = p->root.subject_key_id,
                            .beginning = p->root.not_before,
                            .this_update = this_update,
                            .next_update = next_update,
                            .number = (uint64_t)number,
                            .url = bytes_text(p->url),
                            .entries = entries.list,
                            .count = entries.count};
    return crl_build(ret, &plan, e);
}

static int64_t number_read(struct bytes number)
{
    int64_t value = 0;
    for (size_t i = 0; i < number.size && i < 8; i++)
        value = value * 256 + number.data[i];
    return number.data == NULL || number.size > 7 ? -1 : value;
}

/* Whether the CRL is what the state gives with its own number and times. */
static bool crl_is_whole(const struct rules_state *s, const struct period *p, const struct crl *crl)
{
    struct err ignored;
    AUTO_VALUE(buf) tbs = BUF(LIMIT_CERTIFICATE);
    return period_build(&tbs, s, p, number_read(crl->number), crl->this_update, crl->next_update,
                        &ignored) &&
           bytes_equal(crl->tbs, buf_bytes(&tbs));
}

/* ---- The entry ---- */

static bool crl_is_of(const struct period *p, const struct crl *crl)
{
    AUTO_VALUE(buf) name = BUF(2 * LIMIT_URL);
    der_put(&name, GENERAL_NAME_URL, bytes_text(p->url));
    return !name.failed && bytes_equal(crl->names, buf_bytes(&name));
}

static bool period_of_crl(struct period *ret, const struct rules_state *s, const struct crl *crl,
                          struct err *e)
{
    AUTO_VALUE(partitions) partitions = {.list = NULL};
    if (!partitions_of_root(&partitions, s, e))
        return false;
    for (size_t i = 0; i < partitions.count; i++) {
        if (!period_make(ret, s, &partitions.list[i], e))
            return false;
        if (crl_is_of(ret, crl))
            return true;
    }
    return err_refuse(e, "root-crl.period", "the root has issued nothing that this CRL speaks of");
}

static bool signature_judge(const struct period *p, const struct crl *crl, struct err *e)
{
    AUTO(pubkey) key = NULL;
    return pubkey_parse(&key, p->root.spki, e) && crl_check_issuer(crl, &p->root, e) &&
           crl_verify(crl, key, e);
}

static bool content_judge(const struct rules_state *s, const struct period *p,
                          const struct crl *crl, struct err *e)
{
    AUTO_VALUE(crl_entries) entries = {.list = NULL};
    struct crl_entry found;
    if (!crl_entries_find(&entries, s, &p->partition, e))
        return false;
    for (size_t i = 0; i < entries.count; i++) {
        const struct crl_entry *one = &entries.list[i];
        if (!crl_find(crl, bytes_make(one->serial, one->serial_size), &found)) {
            (void)err_refuse(e, "root-crl.drops", "it leaves out a certificate that is revoked");
            return err_hint(e, "have it made anew by a ceremony with the record as it is now");
        }
    }
    if (crl_is_whole(s, p, crl))
        return true;
    return err_refuse(e, "root-crl.content", "it does not say what the record says");
}

static bool number_judge(const struct root_crl *last, const struct crl *crl, struct err *e)
{
    int64_t number = number_read(crl->number);
    if (number > (last == NULL ? 0 : last->number))
        return true;
    return err_refuse(e, "root-crl.number", "its number does not come after that of the last one");
}

/* From now on people can see what it says. */
static bool revocations_show(struct rules_state *s, const struct period *p, int64_t held,
                             struct err *e)
{
    const struct table *t = state_view(s, TABLE_REVOCATIONS);
    for (size_t i = 0; i < t->count; i++) {
        struct partition own;
        const struct revocation *there = table_at(t, i);
        if (there->crl_held != 0 || !revocation_partition(&own, s, there) ||
            !partition_equal(&own, &p->partition))
            continue;
        struct revocation r = *there;
        r.crl_held = held;
        if (!state_put_revocation(s, &r, e))
            return false;
    }
    return true;
}

static bool root_crl_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                           struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct root_crl_body body;
    struct crl crl;
    struct period p;
    if (!fields_read(&body, &root_crl_body_fields, entry->body, &arena, e) ||
        !crl_parse(&crl, body.crl, e) || !period_of_crl(&p, s, &crl, e) ||
        !signature_judge(&p, &crl, e) || !crl_check_time(&crl, entry->time, 0, e))
        return false;
    const struct root_crl *last = state_root_crl(s, bytes_text(p.url));
    int64_t held =
        last != NULL && last->next_update > entry->time ? last->next_update : entry->time;
    if (!number_judge(last, &crl, e) || !content_judge(s, &p, &crl, e) ||
        !revocations_show(s, &p, held, e))
        return false;
    struct root_crl record = {.url = bytes_text(p.url),
                              .number = number_read(crl.number),
                              .next_update = crl.next_update,
                              .der = body.crl};
    return state_put_root_crl(s, &record, e);
}

static bool root_crl_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct root_crl_body body;
    struct crl crl;
    if (!fields_read(&body, &root_crl_body_fields, entry->body, &arena, e) ||
        !crl_parse(&crl, body.crl, e))
        return false;
    buf_printf(b, "the root's CRL number %" PRId64 " lists %zu certificate%s",
               number_read(crl.number), crl.count, crl.count == 1 ? "" : "s");
    return true;
}

const struct entry_row entry_root_crl = {
    .name = "root-crl",
    .since = 2,
    .origin = ENTRY_FROM_OUTSIDE,
    .apply = root_crl_apply,
    .describe = root_crl_describe,
};

/* ---- For the ceremony ---- */

bool rules_root_period(struct root_period *ret, const struct rules_state *s, size_t n)
{
    struct period p;
    struct crl crl;
    struct err ignored;
    if (!period_find(&p, s, n, &ignored))
        return false;
    const struct root_crl *last = state_root_crl(s, bytes_text(p.url));
    struct root_period period = {.mechanism = (int)p.mechanism, .number = -1, .due = true};
    memcpy(period.key, p.partition.issuer, sizeof period.key);
    partition_path(period.path, &p.partition);
    if (last != NULL) {
        period.number = last->number;
        period.next_update = last->next_update;
        period.der = last->der;
        period.due = !crl_parse(&crl, last->der, &ignored) || !crl_is_whole(s, &p, &crl);
    }
    *ret = period;
    return true;
}

bool rules_root_crl_build(struct buf *ret, const struct rules_state *s, size_t n,
                          int64_t this_update, int64_t next_update, struct err *e)
{
    struct period p;
    if (!period_find(&p, s, n, e))
        return false;
    const struct root_crl *last = state_root_crl(s, bytes_text(p.url));
    return period_build(ret, s, &p, last == NULL ? 1 : last->number + 1, this_update, next_update,
                        e);
}

bool rules_root_crl_body(struct buf *b, const struct rules_state *s, struct bytes tbs,
                         struct bytes signature, struct err *e)
{
    struct period p;
    AUTO_VALUE(buf) der = BUF(LIMIT_CERTIFICATE);
    if (!period_find(&p, s, 0, e) || !crl_finish(&der, tbs, p.mechanism, signature, e))
        return false;
    struct root_crl_body body = {.crl = buf_bytes(&der)};
    fields_write(b, &root_crl_body_fields, &body);
    return buf_ok(b, "root CRL", e);
}
