/* The root certificate, brought in by all founders together. */
#include <inttypes.h>

#include "pki/key.h"
#include "pki/lint.h"
#include "pki/name.h"
#include "pki/x509.h"
#include "rules/entries.h"
#include "rules/evidence.h"
#include "rules/genesis.h"
#include "rules/tables.h"

/* Statement of a ceremony, signed by every founder over the same bytes. */
struct ceremony {
    struct bytes type; /* "ceremony" */
    struct bytes authority;
    int64_t time;
    int role; /* what the certificate is for */
    struct bytes certificate;
};

static const char *const ceremony_roles[] = {"root", 0};

FIELDS(ceremony_fields, "ceremony statement", struct ceremony, ROW_ID(struct ceremony, type),
       ROW_DIGEST(struct ceremony, authority), ROW_TIME(struct ceremony, time),
       ROW_WORD(struct ceremony, role, ceremony_roles),
       ROW_BYTES(struct ceremony, certificate, 64, LIMIT_CERTIFICATE));

static bool ceremony_read(struct ceremony *ret, struct genesis_body *ret_body,
                          const struct entry *entry, struct arena *a, struct err *e)
{
    if (!fields_read(ret_body, &genesis_body_fields, entry->body, a, e) ||
        !fields_read(ret, &ceremony_fields, ret_body->statement, a, e))
        return false;
    return bytes_is(ret->type, "ceremony") ? true
                                           : err_set(e, ERR_INPUT, "the statement is no ceremony");
}

/* The certificate says of which authority it is, and the root takes the first number. */
static bool number_judge(const struct rules_state *s, const struct x509 *root, struct err *e)
{
    uint8_t authority[X509_AUTHORITY_SIZE];
    uint64_t number;
    if (!x509_number(root, bytes_text(s->arc), authority, &number, e))
        return false;
    if (!bytes_equal(BYTES_OF(authority), BYTES_OF(s->authority)))
        return err_refuse(e, "ceremony.authority", "it is the root of another authority");
    if (number != (uint64_t)s->numbers)
        return err_refuse(e, "ceremony.number",
                          "its number is %" PRIu64 ", the next one is %" PRId64, number,
                          s->numbers);
    return true;
}

/* Self-signed, of the root profile, of this authority. */
static bool root_judge(const struct rules_state *s, const struct ceremony *ceremony,
                       struct x509 *ret, struct err *e)
{
    AUTO(pubkey) key = NULL;
    return x509_parse(ret, ceremony->certificate, e) && pubkey_parse(&key, ret->spki, e) &&
           x509_verify(ret, key, e) && lint_check(ret, PROFILE_ROOT, bytes_text(s->arc), e) &&
           number_judge(s, ret, e);
}

static bool founders_list(struct list *ret, const struct rules_state *s, struct arena *a,
                          struct err *e)
{
    const struct table *t = state_view(s, TABLE_FOUNDERS);
    struct bytes *handles = arena_alloc(a, t->count * sizeof *handles);
    if (handles == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the founders");
    for (size_t i = 0; i < t->count; i++)
        handles[i] = ((const struct founder *)table_at(t, i))->handle;
    *ret = (struct list){.items = handles, .count = t->count};
    return true;
}

static bool ceremony_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                           struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct ceremony ceremony;
    struct genesis_body body;
    struct list founders;
    struct x509 root;
    uint8_t id[32];
    if (!ceremony_read(&ceremony, &body, entry, &arena, e))
        return false;
    if (!bytes_equal(ceremony.authority, BYTES_OF(s->authority)))
        return err_refuse(e, "statement.authority", "the ceremony is for another authority");
    if (state_root(s) != NULL)
        return err_refuse(e, "ceremony.done", "the root is recorded already");
    if (!root_judge(s, &ceremony, &root, e))
        return err_wrap(e, "root certificate");
    if (!founders_list(&founders, s, &arena, e) ||
        !founders_signed(state_view(s, TABLE_OBJECTS), &founders, &body, e))
        return false;
    pubkey_spki_sha256(id, root.spki);
    struct root_record record = {.key = BYTES_OF(id), .der = ceremony.certificate};
    if (!table_put(state_table(s, TABLE_ROOTS), BYTES_OF(id), &record, e))
        return false;
    s->numbers++;
    return true;
}

static bool ceremony_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct ceremony ceremony;
    struct genesis_body body;
    struct x509 root;
    if (!ceremony_read(&ceremony, &body, entry, &arena, e) ||
        !x509_parse(&root, ceremony.certificate, e))
        return false;
    buf_put_text(b, "the founders bring in the root ");
    name_show(b, root.subject);
    return true;
}

const struct entry_row entry_ceremony = {
    .name = "ceremony",
    .since = 1,
    .origin = ENTRY_FROM_OUTSIDE,
    .apply = ceremony_apply,
    .describe = ceremony_describe,
};

void rules_ceremony_statement(struct buf *b, const uint8_t authority[32], int64_t time,
                              struct bytes certificate)
{
    struct ceremony ceremony = {.type = bytes_text("ceremony"),
                                .authority = bytes_make(authority, 32),
                                .time = time,
                                .role = 0,
                                .certificate = certificate};
    fields_write(b, &ceremony_fields, &ceremony);
}
