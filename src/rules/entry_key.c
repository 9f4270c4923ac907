/* A generated key: the result of an approved key proposal, with the attributes as read back. */
#include "rules/entries.h"

#include "base/hex.h"
#include "pki/key.h"
#include "proof/format.h"
#include "rules/lifecycle.h"
#include "rules/proposals.h"
#include "rules/tables.h"

struct generated {
    struct bytes proposal; /* leaf */
    struct bytes spki;
    struct bytes token;
    struct key_attributes attributes;
};

FIELDS(key_attributes_fields, "key attributes", struct key_attributes,
       ROW_BOOL(struct key_attributes, sensitive), ROW_BOOL(struct key_attributes, extractable),
       ROW_BOOL(struct key_attributes, always_sensitive),
       ROW_BOOL(struct key_attributes, never_extractable), ROW_BOOL(struct key_attributes, local));

FIELDS(generated_fields, "key", struct generated, ROW_DIGEST(struct generated, proposal),
       ROW_BYTES(struct generated, spki, 32, LIMIT_SPKI), ROW_ID(struct generated, token),
       ROW_OBJECT(struct generated, attributes, &key_attributes_fields));

static bool attributes_judge(const struct key_attributes *a, struct err *e)
{
    bool kept_in = a->sensitive && !a->extractable && a->always_sensitive && a->never_extractable;
    if (kept_in && a->local)
        return true;
    (void)err_refuse(e, "key.extractable",
                     kept_in ? "the key was not made on the token"
                             : "the key on the token is extractable, or was once");
    return err_hint(e, "only keys that were made on the token and can never leave it are used");
}

static bool spki_judge(const struct key_detail *detail, struct bytes spki, struct err *e)
{
    AUTO(pubkey) key = NULL;
    const struct key_algorithm *algorithm = key_algorithm_find(detail->algorithm);
    if (!pubkey_parse(&key, spki, e))
        return false;
    if (algorithm == NULL || pubkey_kind(key) != algorithm->kind ||
        pubkey_bits(key) != algorithm->bits)
        return err_refuse(e, "key.algorithm", "the key is not the %.*s that was approved",
                          BYTES_PRINT(detail->algorithm));
    return true;
}

static bool generated_judge(const struct rules_state *s, const struct generated *generated,
                            struct key_detail *ret, struct arena *a, struct err *e)
{
    const struct decision *decision = state_decision(s, generated->proposal);
    if (decision == NULL)
        return subject_refuse(s, generated->proposal, "proposal", e);
    if (!decision->approved || !bytes_is(decision->kind, "key"))
        return err_refuse(e, "key.approved", "the proposal is no approved key generation");
    if (!proposal_key.judge(s, decision->detail, e) ||
        !fields_read(ret, &key_detail_fields, decision->detail, a, e))
        return false;
    if (!bytes_equal(ret->token, generated->token))
        return err_refuse(e, "key.token", "the key is not on the token that was approved");
    return attributes_judge(&generated->attributes, e) && spki_judge(ret, generated->spki, e);
}

/* What the key's signatures are over, as its signer has it now. */
static bool family_of(int *ret, const struct rules_state *s, const struct key_detail *detail,
                      struct arena *a, struct err *e)
{
    struct signer signer = {.family = FORMAT_ATTRIBUTES};
    if (detail->role == KEY_SIGNER &&
        !policy_get(&signer, state_view(s, TABLE_OBJECTS), OBJECT_SIGNER, detail->signer, a, e))
        return false;
    *ret = signer.family;
    return true;
}

static bool key_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                      struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct generated generated;
    struct key_detail detail = {0};
    uint8_t id[32];
    int family;
    if (!fields_read(&generated, &generated_fields, entry->body, &arena, e) ||
        !generated_judge(s, &generated, &detail, &arena, e) ||
        !family_of(&family, s, &detail, &arena, e))
        return false;
    pubkey_spki_sha256(id, generated.spki);
    if (state_key(s, BYTES_OF(id)) != NULL)
        return err_refuse(e, "key.known", "the record knows this key already");
    struct key_record key = {.id = BYTES_OF(id),
                             .spki = generated.spki,
                             .proposal = generated.proposal,
                             .token = generated.token,
                             .signer = detail.signer,
                             .algorithm = detail.algorithm,
                             .family = family,
                             .role = detail.role,
                             .state = KEY_PRE_ACTIVATION,
                             .since = entry->time,
                             .activated = BYTES_OF(entry->leaf)};
    /* Who proposed and approved the key counts when its certificate is approved. */
    return state_put_key(s, &key, e) && acts_move(s, generated.proposal, BYTES_OF(id), e) &&
           state_end(s, generated.proposal, END_DONE, entry->time, e);
}

static bool key_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct generated generated;
    uint8_t id[32];
    char hex[65];
    if (!fields_read(&generated, &generated_fields, entry->body, &arena, e))
        return false;
    pubkey_spki_sha256(id, generated.spki);
    buf_printf(b, "key %.16s was generated on token \"%.*s\", never extractable",
               hex_string(hex, BYTES_OF(id)), BYTES_PRINT(generated.token));
    return true;
}

static bool key_marks(struct mark **list, const struct entry *entry, struct arena *a, struct err *e)
{
    struct generated generated;
    uint8_t id[32];
    if (!fields_read(&generated, &generated_fields, entry->body, a, e))
        return false;
    pubkey_spki_sha256(id, generated.spki);
    return mark_add(list, "key", BYTES_OF(id), 0, a, e) &&
           mark_add(list, "proposal", generated.proposal, 0, a, e);
}

const struct entry_row entry_key = {
    .name = "key",
    .since = 1,
    .origin = ENTRY_OF_KEEPER,
    .apply = key_apply,
    .describe = key_describe,
    .marks = key_marks,
};

void rules_key_body(struct buf *b, const uint8_t proposal[32], struct bytes spki,
                    struct bytes token, const struct key_attributes *attributes)
{
    struct generated generated = {.proposal = bytes_make(proposal, 32),
                                  .spki = spki,
                                  .token = token,
                                  .attributes = *attributes};
    fields_write(b, &generated_fields, &generated);
}
