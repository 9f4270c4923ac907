/* Evidence that a signature belongs to a declared artifact: preimages, checked here. */
#include <inttypes.h>

#include "base/hex.h"
#include "proof/binding.h"
#include "rules/grants.h"
#include "rules/requests.h"
#include "rules/tables.h"

/* The artifact that the binding is about: one that the grant declares, or, for a grant by pattern,
 * one that fits the path. */
static bool bound_artifact(const struct artifact **ret, const struct open_grant *open,
                           const struct binding_body *body, struct err *e)
{
    const struct list *artifacts = &open->grant->artifacts;
    if (artifacts->count > 0) {
        if (body->artifact < 0 || (size_t)body->artifact >= artifacts->count ||
            body->declared != NULL)
            return err_refuse(e, "binding.artifact",
                              "the binding must name one of the grant's "
                              "%zu artifacts",
                              artifacts->count);
        *ret = (const struct artifact *)artifacts->items + body->artifact;
        return true;
    }
    if (body->declared == NULL || body->artifact >= 0)
        return err_refuse(e, "binding.artifact",
                          "the grant is by pattern: the binding must say "
                          "what the artifact is");
    *ret = body->declared;
    return artifact_judge(&open->path, body->declared, e);
}

static bool preimages_judge(const struct artifact *artifact, const struct use *use,
                            const struct binding_body *body, struct err *e)
{
    struct binding binding = {.artifact_digest = artifact->digest,
                              .signed_digest = body->digest,
                              .preimages = body->preimages.items,
                              .preimage_count = body->preimages.count};
    if (!mechanism_digest((enum mechanism)use->mechanism, &binding.signed_alg))
        return err_set(e, ERR_INTERNAL, "a recorded use has no hash");
    return format_from_name(&binding.format, artifact->format, e) &&
           digest_from_name(&binding.artifact_alg, artifact->algorithm, e) &&
           binding_check(&binding, e);
}

static bool binding_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                          struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct binding_body body;
    struct open_grant open;
    const struct artifact *artifact = NULL;
    if (!fields_read(&body, &binding_body_fields, entry->body, &arena, e) ||
        !open_grant_find(&open, s, body.grant, &arena, e) ||
        !bound_artifact(&artifact, &open, &body, e))
        return false;
    struct use *use = state_use(s, body.grant, body.key, body.digest);
    if (use == NULL)
        return err_refuse(e, "binding.use",
                          "no signature over this digest was made under the "
                          "grant");
    if (use->bound)
        return err_refuse(e, "binding.done", "this signature is bound already");
    if (!preimages_judge(artifact, use, &body, e))
        return false;
    use->bound = true;
    use->artifact = body.artifact;
    state_grant(s, body.grant)->unbound--;
    return true;
}

static bool binding_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct binding_body body;
    char digest[129];
    if (!fields_read(&body, &binding_body_fields, entry->body, &arena, e))
        return false;
    buf_printf(b, "the signature over %.16s belongs to ", hex_string(digest, body.digest));
    if (body.declared != NULL)
        buf_printf(b, "%.*s", BYTES_PRINT(body.declared->name));
    else
        buf_printf(b, "artifact %" PRId64 " of its grant", body.artifact);
    return true;
}

static bool binding_marks(struct mark **list, const struct entry *entry, struct arena *a,
                          struct err *e)
{
    struct binding_body body;
    if (!fields_read(&body, &binding_body_fields, entry->body, a, e))
        return false;
    if (body.declared != NULL && !mark_add(list, "artifact", body.declared->digest, 0, a, e))
        return false;
    return mark_add(list, "grant", body.grant, 0, a, e) &&
           mark_add(list, "tbs", body.digest, 0, a, e);
}

const struct entry_row entry_binding = {
    .name = "binding",
    .since = 1,
    .origin = ENTRY_FROM_OUTSIDE,
    .apply = binding_apply,
    .describe = binding_describe,
    .marks = binding_marks,
};
