/* Until when somebody may still trust what was revoked. */
#include "base/hex.h"
#include "rules/partition.h"
#include "rules/rules.h"
#include "rules/tables.h"

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Until then somebody may hold a file that was signed before: then it has expired, and after their
 * grace readers refuse everything. Those that only warn go on for ever. */
static int64_t horizon_of_file(const struct revocation *r, int64_t held,
                               const struct endpoint_class *c)
{
    if (r->status < 0 || c->stale == STALE_WARN)
        return HORIZON_UNBOUNDED;
    return later(held + c->grace * 1000, r->published) + c->clock_error * 1000;
}

/* The root's CRLs come by ceremonies: until then nobody has seen one that has it. */
static int64_t horizon_of_crl(const struct rules_state *s, const struct revocation *r,
                              const struct endpoint_class *c)
{
    struct partition p;
    if (r->status < 0 || !revocation_partition(&p, s, r) ||
        (state_key(s, BYTES_OF(p.issuer)) == NULL && r->crl_held == 0))
        return HORIZON_UNBOUNDED;
    return horizon_of_file(r, r->crl_held, c);
}

/* Of all certificates of a key. The root has none that a CRL could have. */
static int64_t horizon_of_key(const struct rules_state *s, const struct revocation *r,
                              const struct endpoint_class *c)
{
    uint8_t key[32];
    struct err ignored;
    int64_t last = r->published + c->clock_error * 1000;
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    if (r->status < 0 || !hex_decode(key, sizeof key, r->id, &ignored) ||
        state_key(s, BYTES_OF(key)) == NULL)
        return HORIZON_UNBOUNDED;
    for (size_t i = 0; i < t->count; i++) {
        char text[NUMBER_TEXT];
        const struct certificate *one = table_at(t, i);
        if (!bytes_equal(one->key, BYTES_OF(key)) || one->der.data == NULL)
            continue;
        const struct revocation *own =
            state_revocation(s, REVOKED_CERTIFICATE, number_text(text, one->number));
        last = later(last, own == NULL ? HORIZON_UNBOUNDED : horizon_of_crl(s, own, c));
    }
    return last;
}

static int64_t horizon_of(const struct rules_state *s, const struct revocation *r,
                          const struct endpoint_class *c)
{
    if (c->reads == READS_LIST)
        return horizon_of_file(r, r->list_held, c);
    if (c->reads == READS_CRL && r->kind == REVOKED_CERTIFICATE)
        return horizon_of_crl(s, r, c);
    if (c->reads == READS_CRL && r->kind == REVOKED_KEY)
        return horizon_of_key(s, r, c);
    return HORIZON_UNBOUNDED;
}

bool rules_horizon(int64_t *ret, const struct rules_state *s, struct bytes kind, struct bytes id,
                   struct bytes endpoint_class, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct endpoint_class class;
    const struct revocation *r = NULL;
    for (int i = 0; revoked_kind_names[i] != NULL; i++)
        if (bytes_is(kind, revoked_kind_names[i]))
            r = state_revocation(s, (enum revoked_kind)i, id);
    if (r == NULL)
        return err_set(e, ERR_NOT_FOUND, "no %.*s \"%.*s\" is revoked", BYTES_PRINT(kind),
                       BYTES_PRINT(id));
    if (!policy_get(&class, state_view(s, TABLE_OBJECTS), OBJECT_ENDPOINTS, endpoint_class, &arena,
                    e))
        return false;
    *ret = horizon_of(s, r, &class);
    return true;
}
