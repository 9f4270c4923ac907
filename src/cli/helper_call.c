#include "cli/helper_call.h"

#include <stdlib.h>

#include "proof/binding.h"
#include "rules/state.h"

void helper_stream_init(struct helper_stream *s)
{
    *s = (struct helper_stream){.begun = false, .whole = BUF(LIMIT_PREIMAGE)};
}

void helper_stream_done(struct helper_stream *s)
{
    buf_done(&s->whole);
}

void helper_stream_add(struct helper_stream *s, struct bytes piece)
{
    for (size_t i = 0; i < DIGEST_COUNT; i++) {
        if (!s->begun)
            digest_init(&s->running[i], (enum digest_alg)i);
        digest_add(&s->running[i], piece);
    }
    s->begun = true;
    buf_put(&s->whole, piece);
}

void helper_call_free(struct helper_call *call)
{
    if (call == NULL)
        return;
    buf_done(&call->whole);
    free(call);
}

static bool algorithm_hint(struct err *e)
{
    return err_hint(e, "let the tool hash with SHA-256, SHA-384 or SHA-512");
}

static bool algorithm_by_size(enum digest_alg *ret, size_t size, struct err *e)
{
    for (size_t i = 0; i < DIGEST_COUNT; i++)
        if (digest_size((enum digest_alg)i) == size) {
            *ret = (enum digest_alg)i;
            return true;
        }
    (void)err_set(e, ERR_INPUT,
                  "the tool hands over a digest of %zu bytes, and no hash that is "
                  "signed here has that length",
                  size);
    return algorithm_hint(e);
}

static bool algorithm_find(enum digest_alg *ret, const struct module_sign *sign, struct err *e)
{
    switch (sign->digest) {
    case MODULE_SHA256:
        *ret = DIGEST_SHA256;
        return true;
    case MODULE_SHA384:
        *ret = DIGEST_SHA384;
        return true;
    case MODULE_SHA512:
        *ret = DIGEST_SHA512;
        return true;
    case MODULE_DIGEST_UNKNOWN:
        break;
    }
    if (sign->family == MODULE_HASHED && sign->mechanism == MODULE_ECDSA)
        return algorithm_by_size(ret, sign->bytes.size, e);
    (void)err_set(e, ERR_INPUT, "the tool hands over no digest of SHA-256, SHA-384 or SHA-512");
    return algorithm_hint(e);
}

static bool key_judge(const struct module_sign *sign, enum key_kind kind, struct bytes id,
                      struct err *e)
{
    if (!bytes_equal(BYTES_OF(sign->key), id))
        return err_set(e, ERR_INPUT, "the tool asks for a key that this grant does not have");
    if ((sign->mechanism == MODULE_RSA_PKCS1) != (kind == KEY_RSA))
        return err_set(e, ERR_INPUT, "the tool asks for %s with a %s key",
                       sign->mechanism == MODULE_RSA_PKCS1 ? "RSA" : "ECDSA", key_kind_names[kind]);
    return true;
}

/* What the tool handed over whole is hashed to its end. */
static void whole_take(struct helper_call *call, enum digest_alg alg, struct bytes last,
                       struct helper_stream *stream)
{
    helper_stream_add(stream, last);
    call->digest_size = digest_final(&stream->running[alg], call->digest);
    call->whole = buf_take(&stream->whole);
}

static bool call_fill(struct helper_call *call, const struct module_sign *sign,
                      struct helper_stream *stream, enum key_kind kind, struct err *e)
{
    enum digest_alg alg = DIGEST_SHA256;
    if (!algorithm_find(&alg, sign, e))
        return false;
    call->mechanism = mechanism_of(kind, alg);
    if (sign->family == MODULE_WHOLE) {
        whole_take(call, alg, sign->bytes, stream);
        return true;
    }
    if (sign->bytes.size != digest_size(alg))
        return err_set(e, ERR_INPUT, "a digest of %zu bytes is no %s", sign->bytes.size,
                       digest_name(alg));
    memcpy(call->digest, sign->bytes.data, sign->bytes.size);
    call->digest_size = sign->bytes.size;
    return true;
}

bool helper_call_new(struct helper_call **ret, const struct module_sign *sign,
                     struct helper_stream *stream, enum key_kind kind, struct bytes id,
                     struct err *e)
{
    AUTO(helper_call) call = calloc(1, sizeof *call);
    if (call == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a call");
    call->artifact = -1;
    call->whole = BUF(LIMIT_PREIMAGE);
    bool ok = key_judge(sign, kind, id, e) && call_fill(call, sign, stream, kind, e);
    helper_stream_done(stream);
    helper_stream_init(stream);
    if (!ok)
        return false;
    *ret = TAKE(call);
    return true;
}

/* The evidence that the call brings by itself: nothing for bare hashes, `whole` for formats whose
 * SignedAttributes lead to the artifact at once. */
static bool call_binds(const struct helper_call *call, const struct artifact *artifact,
                       bool *ret_with_preimage)
{
    struct err ignored;
    struct bytes preimage = buf_bytes(&call->whole);
    bool have = !call->whole.failed && call->whole.size > 0;
    struct binding binding = {.artifact_digest = artifact->digest,
                              .signed_digest = helper_call_digest(call),
                              .preimages = &preimage};
    if (!format_from_name(&binding.format, artifact->format, &ignored) ||
        !digest_from_name(&binding.artifact_alg, artifact->algorithm, &ignored) ||
        !mechanism_digest(call->mechanism, &binding.signed_alg))
        return false;
    binding.preimage_count = have && format_get(binding.format)->preimages > 0 ? 1 : 0;
    if (!binding_check(&binding, &ignored))
        return false;
    *ret_with_preimage = binding.preimage_count > 0;
    return true;
}

void helper_call_match(struct helper_call *call, const struct list *artifacts)
{
    const struct artifact *items = artifacts->items;
    for (size_t i = 0; i < artifacts->count && call->artifact < 0; i++)
        if (call_binds(call, &items[i], &call->with_preimage))
            call->artifact = (int64_t)i;
}
