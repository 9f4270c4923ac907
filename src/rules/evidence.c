#include "rules/evidence.h"

#include <inttypes.h>

#include "pki/sshsig.h"
#include "proof/path.h"
#include "rules/identity.h"
#include "rules/tables.h"

/* A client's clock may run ahead of the keeper's by this much, in milliseconds. */
#define FUTURE_MS INT64_C(60000)

static bool freshness_judge(const struct rules_state *s, const struct statement *statement,
                            int64_t now, struct err *e)
{
    struct limits_object limits;
    if (!state_limits(&limits, s, e))
        return false;
    if (statement->time > now + FUTURE_MS) {
        (void)err_refuse(e, "statement.future",
                         "the statement's time is %" PRId64 " ms ahead of the keeper's",
                         statement->time - now);
        return err_hint(e, "set this machine's clock right and sign again");
    }
    if (now - statement->time > limits.statement_age || statement->time < s->stale) {
        (void)err_refuse(e, "statement.stale",
                         "the statement is %" PRId64 " s old, policy allows %" PRId64 " s",
                         (now - statement->time) / 1000, limits.statement_age / 1000);
        return err_hint(e, "sign it again and send it at once");
    }
    return true;
}

static bool seen_refuse(struct err *e, const char *why)
{
    (void)err_refuse(e, "statement.seen", "the checkpoint that the statement names %s", why);
    return err_hint(e, "alarm: either this client or the history that it was shown is not of this "
                       "record; keep the checkpoint as evidence");
}

bool seen_judge(const struct rules_state *s, const struct signed_statement *outer,
                const struct seen *seen, struct err *e)
{
    struct bytes known;
    if (seen->size > (int64_t)s->tree.size)
        return seen_refuse(e, "lies in the future of this record");
    if (state_root_at(s, seen->size, &known))
        return bytes_equal(known, seen->root) ? true : seen_refuse(e, "has another root");
    if (outer->consistency.data == NULL)
        return seen_refuse(e, "is old, and no consistency proof came with it");

    struct path path;
    uint8_t root[TREE_HASH];
    tree_root(root, &s->tree);
    if (!path_read(&path, outer->consistency, e) ||
        !path_check_consistency(&path, (uint64_t)seen->size, seen->root.data, s->tree.size, root,
                                e))
        return seen_refuse(e, "is not a beginning of this record");
    return true;
}

static void statement_digest(uint8_t ret[32], const struct statement *statement)
{
    digest_sha256(ret, statement->text);
}

bool statement_judge(const struct rules_state *s, const struct entry *entry,
                     const struct signed_statement *outer, const struct statement *statement,
                     enum statement_kind kind, struct err *e)
{
    if (!bytes_equal(statement->authority, BYTES_OF(s->authority))) {
        (void)err_refuse(e, "statement.authority", "the statement is for another authority");
        return err_hint(e, "pin this authority's id and sign again");
    }
    if (kind == STATEMENT_ORDINARY && (!freshness_judge(s, statement, entry->time, e) ||
                                       !seen_judge(s, outer, &statement->seen, e)))
        return false;
    uint8_t digest[32];
    statement_digest(digest, statement);
    if (state_statement_used(s, statement->time, digest)) {
        (void)err_refuse(e, "statement.used", "this very statement has been entered already");
        return err_hint(e, "sign a new one if it is to be done again");
    }
    return true;
}

bool statement_spend(struct rules_state *s, const struct statement *statement, struct err *e)
{
    uint8_t digest[32];
    statement_digest(digest, statement);
    return state_use_statement(s, statement->time, digest, e);
}

static const struct authenticator *authenticator_find(const struct person *person, struct bytes key)
{
    const struct authenticator *items = person->authenticators.items;
    for (size_t i = 0; i < person->authenticators.count; i++)
        if (bytes_equal(items[i].key, key))
            return &items[i];
    return NULL;
}

static bool flags_judge(const struct authenticator *authenticator, const struct sshsig *sig,
                        struct err *e)
{
    if (authenticator->presence && (sig->flags & SSHSIG_PRESENT) == 0)
        return err_set(e, ERR_AUTH,
                       "policy asks for a touch of the security key, and the "
                       "signature was made without");
    if (authenticator->verification && (sig->flags & SSHSIG_VERIFIED) == 0)
        return err_set(e, ERR_AUTH,
                       "policy asks the security key to verify its user, and the "
                       "signature was made without");
    return true;
}

bool person_signed(const struct person *person, struct bytes text, struct bytes signature,
                   struct err *e)
{
    struct sshsig sig;
    if (signature.data == NULL)
        return err_set(e, ERR_AUTH, "a person's statement needs an SSH signature");
    if (!sshsig_parse(&sig, signature, e))
        return false;
    const struct authenticator *authenticator = authenticator_find(person, sig.key.blob);
    if (authenticator == NULL) {
        (void)err_set(e, ERR_AUTH,
                      "the signature is by a key that is not an authenticator of "
                      "this person");
        return err_hint(e, "sign with an enrolled key, or have this one enrolled by a policy "
                           "proposal");
    }
    return flags_judge(authenticator, &sig, e) && sshsig_verify(&sig, SSHSIG_NAMESPACE, text, e);
}

static bool person_judge(const struct rules_state *s, struct bytes handle,
                         const struct statement *statement, const struct evidence *evidence,
                         struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct person person;
    if (evidence->token.data != NULL)
        return err_set(e, ERR_INPUT, "a person's statement carries no identity token");
    return policy_get(&person, state_view(s, TABLE_OBJECTS), OBJECT_PERSON, handle, &arena, e) &&
           person_signed(&person, statement->text, evidence->signature, e);
}

bool evidence_judge(const struct rules_state *s, const struct entry *entry,
                    const struct statement *statement, const struct evidence *evidence,
                    struct err *e)
{
    struct bytes name;
    if (actor_is_person(statement->actor, &name))
        return person_judge(s, name, statement, evidence, e);
    if (actor_is_workload(statement->actor, &name))
        return workload_judge(state_view(s, TABLE_OBJECTS), name, statement->text, evidence,
                              entry->time, e);
    return err_set(e, ERR_INPUT, "actor \"%.*s\" is neither person/<handle> nor workload/<id>",
                   BYTES_PRINT(statement->actor));
}

bool actor_judge(const struct rules_state *s, struct bytes actor, struct err *e)
{
    struct bytes name;
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if ((actor_is_person(actor, &name) && policy_has(objects, OBJECT_PERSON, name)) ||
        (actor_is_workload(actor, &name) && policy_has(objects, OBJECT_WORKLOAD, name)))
        return true;
    (void)err_refuse(e, "actor.unknown", "policy knows no %.*s", BYTES_PRINT(actor));
    return err_hint(e, "only actors of the policy in force can make statements");
}
