/* A key to be generated: the intent. The result is the `key` entry. */
#include "rules/lifecycle.h"
#include "rules/ownership.h"
#include "rules/proposals.h"
#include "rules/tables.h"

FIELDS(key_detail_fields, "key proposal", struct key_detail,
       ROW_WORD(struct key_detail, role, key_role_names), ROW_ID_OR_NULL(struct key_detail, signer),
       ROW_ID(struct key_detail, token), ROW_ID(struct key_detail, algorithm));

static bool key_of_signer_judge(const struct rules_state *s, const struct key_detail *key,
                                struct arena *a, struct err *e)
{
    struct signer signer;
    struct level level;
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (!policy_get(&signer, objects, OBJECT_SIGNER, key->signer, a, e) ||
        !policy_get(&level, objects, OBJECT_LEVEL, signer.level, a, e))
        return false;
    if (!bytes_equal(signer.algorithm, key->algorithm))
        return err_refuse(e, "key.algorithm", "signer \"%.*s\" has algorithm %.*s, not %.*s",
                          BYTES_PRINT(key->signer), BYTES_PRINT(signer.algorithm),
                          BYTES_PRINT(key->algorithm));
    return signer_usable(s, key->signer, s->time, e) &&
           key_token_judge(s, &level, key->token, a, e);
}

static bool key_judge(const struct rules_state *s, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct key_detail key;
    struct token_object token;
    if (!fields_read(&key, &key_detail_fields, detail, &arena, e) ||
        !policy_get(&token, state_view(s, TABLE_OBJECTS), OBJECT_TOKEN, key.token, &arena, e))
        return false;
    if (key.role > KEY_ISSUING_CA && !version_judge(s, 2, "a key of this role", e))
        return false;
    if (key_algorithm_find(key.algorithm) == NULL)
        return err_set(e, ERR_INPUT, "no key algorithm is called \"%.*s\"",
                       BYTES_PRINT(key.algorithm));
    if (key.role == KEY_LIST && !bytes_is(key.algorithm, "p-256"))
        return err_refuse(e, "key.algorithm", "the distrust list is signed by a p-256 key");
    if ((key.role == KEY_SIGNER) != (key.signer.data != NULL))
        return err_set(e, ERR_INPUT, "a signer's key names its signer, every other key none");
    return key.role != KEY_SIGNER || key_of_signer_judge(s, &key, &arena, e);
}

static bool key_describe(struct buf *b, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    static const char *const owners[] = {[KEY_SIGNER] = "a signer",
                                         [KEY_ISSUING_CA] = "an issuing CA",
                                         [KEY_TIMESTAMP_CA] = "the CA of time stamping",
                                         [KEY_TIMESTAMP] = "time stamping",
                                         [KEY_LIST] = "the distrust list"};
    struct key_detail key;
    if (!fields_read(&key, &key_detail_fields, detail, &arena, e))
        return false;
    buf_printf(b, "to generate a %.*s key on token \"%.*s\" for %.*s", BYTES_PRINT(key.algorithm),
               BYTES_PRINT(key.token),
               BYTES_PRINT(key.signer.data == NULL ? bytes_text(owners[key.role]) : key.signer));
    return true;
}

const struct proposal_row proposal_key = {
    .name = "key",
    .since = 1,
    .judge = key_judge,
    .describe = key_describe,
};
