#include "rules/lifecycle.h"

#include "base/hex.h"
#include "rules/life.h"

static const struct key_algorithm algorithms[] = {
    {"p-256", KEY_P256, 256},
    {"rsa-3072", KEY_RSA, 3072},
};

const struct key_algorithm *key_algorithm_find(struct bytes name)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (bytes_is(name, algorithms[i].name))
            return &algorithms[i];
    return NULL;
}

bool key_token_judge(const struct rules_state *s, const struct level *level, struct bytes id,
                     struct arena *a, struct err *e)
{
    struct token_object token;
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (!policy_has(objects, OBJECT_TOKEN, id))
        return err_refuse(e, "key.token", "policy has no token \"%.*s\"", BYTES_PRINT(id));
    if (!policy_get(&token, objects, OBJECT_TOKEN, id, a, e))
        return false;
    if (!token.software || level->software_token || s->demonstration)
        return true;
    (void)err_refuse(e, "key.token", "the level does not allow keys on software token \"%.*s\"",
                     BYTES_PRINT(id));
    return err_hint(e, "propose a key on a hardware token");
}

/* SP 800-57 part 1 section 7.2: rows from, columns to. */
static const bool transitions[KEY_DESTROYED + 1][KEY_DESTROYED + 1] = {
    [KEY_PRE_ACTIVATION] = {[KEY_ACTIVE] = true,
                            [KEY_SUSPENDED] = true,
                            [KEY_COMPROMISED] = true,
                            [KEY_DESTROYED] = true},
    [KEY_ACTIVE] = {[KEY_SUSPENDED] = true,
                    [KEY_DEACTIVATED] = true,
                    [KEY_COMPROMISED] = true,
                    [KEY_DESTROYED] = true},
    [KEY_SUSPENDED] = {[KEY_ACTIVE] = true,
                       [KEY_DEACTIVATED] = true,
                       [KEY_COMPROMISED] = true,
                       [KEY_DESTROYED] = true},
    [KEY_DEACTIVATED] = {[KEY_COMPROMISED] = true, [KEY_DESTROYED] = true},
    [KEY_COMPROMISED] = {[KEY_DESTROYED] = true},
};

bool key_may_move(enum key_state from, enum key_state to)
{
    return transitions[from][to];
}

bool key_certify_judge(const struct key_record *key, struct err *e)
{
    if (key->state == KEY_PRE_ACTIVATION || key->state == KEY_ACTIVE)
        return true;
    return err_refuse(e, "issuance.key", "the key is %s", key_state_names[key->state]);
}

const struct key_record *signer_key_active(const struct rules_state *s, struct bytes signer)
{
    const struct table *keys = state_view(s, TABLE_KEYS);
    for (size_t i = 0; i < keys->count; i++) {
        const struct key_record *key = table_at(keys, i);
        if (key->state == KEY_ACTIVE && key->signer.data != NULL &&
            bytes_equal(key->signer, signer))
            return key;
    }
    return NULL;
}

bool key_set(struct rules_state *s, struct bytes id, enum key_state to, int64_t time,
             struct bytes leaf, struct err *e)
{
    const struct key_record *there = state_key(s, id);
    if (!key_may_move((enum key_state)there->state, to)) {
        (void)err_refuse(e, "key.state", "the key is %s and cannot become %s",
                         key_state_names[there->state], key_state_names[to]);
        return err_hint(e, "docs/keys.md shows every state and transition");
    }
    struct key_record key = *there;
    key.state = (int)to;
    key.since = time;
    if (to == KEY_ACTIVE)
        key.activated = leaf;
    return state_put_key(s, &key, e) &&
           (to != KEY_ACTIVE || life_begin(s, state_key(s, key.id), time, e));
}

bool key_move(struct rules_state *s, struct bytes id_hex, enum key_state to,
              const struct entry *entry, struct err *e)
{
    uint8_t id[32];
    if (!hex_decode(id, sizeof id, id_hex, e))
        return err_wrap(e, "key id");
    if (state_key(s, BYTES_OF(id)) == NULL)
        return err_set(e, ERR_NOT_FOUND, "the record knows no key %.*s", BYTES_PRINT(id_hex));
    return key_set(s, BYTES_OF(id), to, entry->time, BYTES_OF(entry->leaf), e);
}
