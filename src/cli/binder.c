#include "cli/binder.h"

#include "artifact/artifact.h"
#include "cli/patience.h"
#include "proof/binding.h"
#include "rules/requests.h"
#include "rules/state.h"

/* One signature of a file, with its place among those made. */
struct found {
    const struct artifact_preimages *preimages;
    struct signature *signature;
};

static bool found_fits(const struct found *found, const struct artifact *artifact)
{
    struct err ignored;
    struct binding binding = {.artifact_digest = artifact->digest,
                              .signed_alg = found->preimages->alg,
                              .signed_digest = signature_digest(found->signature),
                              .preimages = found->preimages->list,
                              .preimage_count = found->preimages->count};
    return format_from_name(&binding.format, artifact->format, &ignored) &&
           digest_from_name(&binding.artifact_alg, artifact->algorithm, &ignored) &&
           binding_check(&binding, &ignored);
}

static bool binding_enter(const struct binder *b, const struct found *found, struct err *e)
{
    struct patience patience = PATIENCE;
    AUTO_VALUE(arena) arena = CLIENT_ARENA;
    AUTO_VALUE(buf) text = BUF(LIMIT_ENTRY);
    struct admitted admitted;
    struct bytes preimages[ARTIFACT_PREIMAGES_MAX];
    memcpy(preimages, found->preimages->list, sizeof preimages);
    struct binding_body body = {
        .grant = b->grant,
        .key = b->key,
        .digest = signature_digest(found->signature),
        .artifact = found->signature->artifact,
        .preimages = {.items = preimages, .count = found->preimages->count}};
    fields_write(&text, &binding_body_fields, &body);
    if (!buf_ok(&text, "a binding", e))
        return false;
    while (!client_submit(b->client, "binding", buf_bytes(&text), &admitted, NULL, &arena, e))
        if (!patience_wait(&patience, e))
            /* A first try whose answer was lost. */
            return strcmp(e->rule, "binding.done") == 0;
    return true;
}

/* Looks for the artifact that the preimages lead to. */
static bool found_bind(const struct binder *b, const struct found *found, size_t *bound,
                       struct err *e)
{
    const struct artifact *items = b->artifacts.items;
    for (size_t i = 0; i < b->artifacts.count; i++) {
        if (!found_fits(found, &items[i]))
            continue;
        found->signature->artifact = (int64_t)i;
        if (!binding_enter(b, found, e))
            return false;
        found->signature->bound = true;
        (*bound)++;
        return true;
    }
    return true;
}

static bool message_bind(const struct binder *b, struct signatures *made, struct bytes format,
                         struct bytes message, size_t *bound, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(ARTIFACT_ARENA_MAX);
    struct artifact_preimages preimages;
    struct err ignored;
    if (!artifact_preimages(&preimages, format, message, &arena, &ignored))
        return true;
    struct signature *signature =
        signatures_find(made, mechanism_of(b->kind, preimages.alg),
                        bytes_make(preimages.digest, digest_size(preimages.alg)));
    if (signature == NULL || signature->bound)
        return true;
    struct found found = {.preimages = &preimages, .signature = signature};
    return found_bind(b, &found, bound, e);
}

/* The file as one of that format, or as the signature file that stands beside one. */
static bool format_bind(const struct binder *b, struct signatures *made, struct bytes format,
                        struct bytes file, size_t *bound, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(ARTIFACT_ARENA_MAX);
    struct artifact_signatures found;
    struct err ignored;
    if (!artifact_signatures(&found, format, file, file, &arena, &ignored))
        return true;
    for (size_t i = 0; i < found.count; i++)
        if (!message_bind(b, made, format, found.list[i], bound, e))
            return false;
    return true;
}

static bool format_is_declared(const struct binder *b, struct bytes format)
{
    const struct artifact *items = b->artifacts.items;
    for (size_t i = 0; i < b->artifacts.count; i++)
        if (bytes_equal(items[i].format, format))
            return true;
    return false;
}

bool binder_bind(const struct binder *b, struct signatures *made, struct bytes file,
                 size_t *ret_bound, struct err *e)
{
    size_t bound = 0;
    for (size_t i = 0; artifact_format_name(i) != NULL; i++) {
        struct bytes format = bytes_text(artifact_format_name(i));
        if (format_is_declared(b, format) && !format_bind(b, made, format, file, &bound, e))
            return false;
    }
    *ret_bound = bound;
    return true;
}
