/* Entry 0: what the authority is, signed by every founder over the same bytes. */
#include "rules/entries.h"

#include <inttypes.h>

#include "pki/der.h"
#include "pki/x509.h"
#include "proof/authority.h"
#include "proof/note.h"
#include "rules/evidence.h"
#include "rules/genesis.h"
#include "rules/issuance.h"
#include "rules/tables.h"

FIELDS(recovery_fields, "recovery", struct recovery, ROW_IDS(struct recovery, people, 2, 16),
       ROW_INTEGER(struct recovery, count, 2, 16));

FIELDS(genesis_fields, "genesis statement", struct genesis, ROW_ID(struct genesis, type),
       ROW_TIME(struct genesis, time), ROW_TEXT(struct genesis, origin, LIMIT_NOTE_NAME),
       ROW_BYTES(struct genesis, log_key, 32, 32), ROW_TEXT(struct genesis, base_url, LIMIT_URL),
       ROW_ID(struct genesis, arc), ROW_INTEGER(struct genesis, rules, 1, JSON_INTEGER_MAX),
       ROW_BOOL(struct genesis, demonstration), ROW_IDS(struct genesis, founders, 2, 16),
       ROW_OBJECT(struct genesis, recovery, &recovery_fields),
       ROW_LIST(struct genesis, policy, &change_fields, 1, 512));

FIELDS(genesis_body_fields, "genesis", struct genesis_body,
       ROW_RAW(struct genesis_body, statement, LIMIT_STATEMENT),
       ROW_BLOBS(struct genesis_body, signatures, 2, 16, 16, LIMIT_SSHSIG));

bool genesis_read(struct genesis *ret, struct genesis_body *ret_body, struct bytes body,
                  struct arena *a, struct err *e)
{
    struct genesis_body outer;
    struct genesis inner;
    if (!fields_read(&outer, &genesis_body_fields, body, a, e) ||
        !fields_read(&inner, &genesis_fields, outer.statement, a, e))
        return false;
    if (!bytes_is(inner.type, "genesis"))
        return err_set(e, ERR_INPUT, "the statement is no genesis");
    *ret = inner;
    *ret_body = outer;
    return true;
}

static bool founder_signed(const struct table *objects, struct bytes founder,
                           const struct genesis_body *body, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct person person;
    if (!policy_get(&person, objects, OBJECT_PERSON, founder, &arena, e))
        return false;
    const struct bytes *signatures = body->signatures.items;
    for (size_t i = 0; i < body->signatures.count; i++)
        if (person_signed(&person, body->statement, signatures[i], e))
            return true;
    return err_wrap(e, "founder %.*s has not signed", BYTES_PRINT(founder));
}

bool founders_signed(const struct table *objects, const struct list *founders,
                     const struct genesis_body *body, struct err *e)
{
    const struct bytes *handles = founders->items;
    for (size_t i = 0; i < founders->count; i++)
        if (!founder_signed(objects, handles[i], body, e))
            return false;
    if (body->signatures.count != founders->count)
        return err_set(e, ERR_INPUT, "%zu signatures for %zu founders", body->signatures.count,
                       founders->count);
    return true;
}

static bool distinct_judge(const struct list *ids, const char *what, struct err *e)
{
    const struct bytes *items = ids->items;
    for (size_t i = 0; i < ids->count; i++)
        for (size_t n = i + 1; n < ids->count; n++)
            if (bytes_equal(items[i], items[n]))
                return err_refuse(e, "genesis.distinct", "%s names %.*s twice", what,
                                  BYTES_PRINT(items[i]));
    return true;
}

static bool recovery_judge(const struct table *objects, const struct recovery *recovery,
                           struct err *e)
{
    const struct bytes *people = recovery->people.items;
    for (size_t i = 0; i < recovery->people.count; i++)
        if (!policy_has(objects, OBJECT_PERSON, people[i]))
            return err_refuse(e, "genesis.recovery", "recovery officer %.*s is no person of policy",
                              BYTES_PRINT(people[i]));
    if (recovery->count > (int64_t)recovery->people.count)
        return err_refuse(e, "genesis.recovery", "recovery needs more officers than there are");
    return distinct_judge(&recovery->people, "recovery", e);
}

/* An object identifier in dotted text, of an organisation's own, that certificates can carry; 2.25
 * is refused because a verifier in wide use cannot read its large numbers. */
static bool arc_judge(struct bytes arc, struct err *e)
{
    char dotted[LIMIT_ID + 1] = {0};
    AUTO_VALUE(buf) der = BUF(X509_ARC_MAX);
    memcpy(dotted, arc.data, arc.size);
    der_put_oid(&der, dotted);
    if (der.failed || arc.size > X509_ARC_MAX)
        return err_refuse(e, "genesis.arc",
                          "\"%s\" is no object identifier of at most %d characters", dotted,
                          X509_ARC_MAX);
    if (strncmp(dotted, "2.25.", 5) == 0)
        return err_refuse(e, "genesis.arc", "arc 2.25 cannot be used: GnuTLS cannot read it");
    return true;
}

/* What stands in every certificate can never be mended. */
static bool url_judge(struct bytes url, struct err *e)
{
    if (url.size + ISSUANCE_URL_TAIL > X509_URL_MAX)
        return err_refuse(e, "genesis.base-url", "the public base URL is longer than %d characters",
                          X509_URL_MAX - ISSUANCE_URL_TAIL);
    return authority_url_check(url, e);
}

/* The origin names the log key in checkpoints. */
static bool origin_judge(const struct genesis *genesis, struct err *e)
{
    struct note_key key;
    if (note_key_make(&key, genesis->origin, NOTE_ED25519, genesis->log_key, e))
        return true;
    return err_wrap(e, "origin \"%.*s\"", BYTES_PRINT(genesis->origin));
}

static bool judge_content(const struct genesis *genesis, const struct table *objects, struct err *e)
{
    if (genesis->rules > RULES_VERSION)
        return err_refuse(e, "genesis.rules",
                          "rules version %" PRId64 " is newer than this "
                          "program's %d",
                          genesis->rules, RULES_VERSION);
    return url_judge(genesis->base_url, e) && arc_judge(genesis->arc, e) &&
           origin_judge(genesis, e) && distinct_judge(&genesis->founders, "founders", e) &&
           recovery_judge(objects, &genesis->recovery, e) &&
           policy_check(objects, genesis->rules, e) &&
           policy_people_check(objects, &genesis->policy, e);
}

static void text_keep(char *ret, size_t size, struct bytes text)
{
    size_t n = text.size < size - 1 ? text.size : size - 1;
    memcpy(ret, text.data, n);
    ret[n] = '\0';
}

static bool founders_keep(struct rules_state *s, const struct genesis *genesis, struct err *e)
{
    const struct bytes *handles = genesis->founders.items;
    for (size_t i = 0; i < genesis->founders.count; i++) {
        struct founder founder = {.handle = handles[i]};
        if (!table_put(state_table(s, TABLE_FOUNDERS), handles[i], &founder, e))
            return false;
    }
    return true;
}

static bool genesis_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                          struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct table *objects = state_table(s, TABLE_OBJECTS);
    struct genesis genesis;
    struct genesis_body body;
    if (!genesis_read(&genesis, &body, entry->body, &arena, e) ||
        !policy_change(objects, &genesis.policy, BYTES_OF(entry->leaf), e) ||
        !judge_content(&genesis, objects, e) ||
        !founders_signed(objects, &genesis.founders, &body, e) || !founders_keep(s, &genesis, e))
        return false;
    memcpy(s->authority, entry->leaf, sizeof s->authority);
    memcpy(s->log_key, genesis.log_key.data, sizeof s->log_key);
    text_keep(s->origin, sizeof s->origin, genesis.origin);
    text_keep(s->base_url, sizeof s->base_url, genesis.base_url);
    text_keep(s->arc, sizeof s->arc, genesis.arc);
    s->demonstration = genesis.demonstration;
    s->rules_version = genesis.rules;
    s->begun = true;
    return true;
}

static bool genesis_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct genesis genesis;
    struct genesis_body body;
    if (!genesis_read(&genesis, &body, entry->body, &arena, e))
        return false;
    buf_printf(b, "authority %.*s founded by %zu people, %zu objects of policy%s",
               BYTES_PRINT(genesis.origin), genesis.founders.count, genesis.policy.count,
               genesis.demonstration ? " (demonstration)" : "");
    return true;
}

const struct entry_row entry_genesis = {
    .name = "genesis",
    .since = 1,
    .origin = ENTRY_OF_KEEPER,
    .apply = genesis_apply,
    .describe = genesis_describe,
    .marks = genesis_marks,
};
