#include "cli/stamp.h"

#include <stdio.h>

#include "artifact/artifact.h"
#include "base/file.h"
#include "base/random.h"
#include "cli/declaration.h"
#include "pki/algorithm.h"
#include "pki/tsp_token.h"

enum { NONCE_SIZE = 8, PATH_SIZE = 8192, STAMPED_MAX = LIMIT_GRANT_COUNT };

/* ---- Fetching ---- */

static bool trust_verify(const struct tsp_token *token, struct bytes message,
                         const struct list *chain, struct err *e)
{
    struct x509 root;
    struct tsp_verified verified;
    const struct bytes *list = chain->items;
    if (chain->count == 0)
        return err_set(e, ERR_STATE, "the daemon names no root to trust timestamps by");
    if (!x509_parse(&root, list[chain->count - 1], e))
        return false;
    struct tsp_trust trust = {.roots = &root, .root_count = 1};
    return tsp_token_verify(&verified, token, message, &trust, e);
}

/* A positive INTEGER of full length. */
static bool nonce_make(uint8_t ret[NONCE_SIZE], struct err *e)
{
    if (!random_fill(ret, NONCE_SIZE, e))
        return false;
    ret[0] = (uint8_t)((ret[0] & 0x3f) | 0x40);
    return true;
}

bool stamp_fetch(struct bytes *ret_token, struct client *c, enum digest_alg alg,
                 struct bytes message, const struct list *chain, struct arena *a, struct err *e)
{
    AUTO_VALUE(buf) question = BUF(TSP_REQUEST_MAX);
    AUTO_VALUE(buf) answer = BUF(TSP_RESPONSE_MAX);
    uint8_t imprint[DIGEST_MAX];
    uint8_t nonce[NONCE_SIZE];
    struct bytes read;
    struct tsp_token token;
    size_t size = digest_compute(imprint, alg, message);
    if (!nonce_make(nonce, e))
        return false;
    struct tsp_request request = {.alg = alg,
                                  .imprint = bytes_make(imprint, size),
                                  .nonce = BYTES_OF(nonce),
                                  .certificates = true};
    if (!tsp_request_build(&question, &request, e) ||
        !client_post(c, "/tsa", "application/timestamp-query", buf_bytes(&question), &answer, e) ||
        !tsp_response_parse(&read, buf_bytes(&answer), e))
        return err_wrap(e, "timestamp");
    struct bytes kept = arena_copy(a, read);
    if (kept.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a timestamp");
    if (!tsp_token_parse(&token, kept, e) || !trust_verify(&token, message, chain, e))
        return err_wrap(e, "timestamp");
    if (!bytes_equal(token.info.nonce, BYTES_OF(nonce)))
        return err_set(e, ERR_AUTH, "timestamp: the answer is to another question");
    *ret_token = kept;
    return true;
}

/* ---- Looking for them ---- */

struct judging {
    const struct stamp_plan *plan;
    const struct signatures *made;
    bool *stamped; /* one for each signature made */
    bool lacking;  /* the file at hand has a signature without timestamp */
    struct err why;
};

static bool signer_stamped(struct judging *j, const struct cms_signer *signer)
{
    struct bytes der;
    struct tsp_token token;
    return cms_timestamp(&der, signer, &j->why) && tsp_token_parse(&token, der, &j->why) &&
           trust_verify(&token, signer->signature, j->plan->chain, &j->why);
}

static bool signature_is(const struct signature *made, struct bytes value)
{
    AUTO_VALUE(buf) text = BUF(KEY_SIGNATURE_MAX + 16);
    algorithm_put_signature_value(&text, made->mechanism, bytes_make(made->bytes, made->size));
    return !text.failed && bytes_equal(buf_bytes(&text), value);
}

/* Known by its value: not every format says which digest was signed. */
static void signer_judge(struct judging *j, const struct cms_signer *signer)
{
    for (size_t i = 0; i < j->made->count; i++) {
        if (!signature_is(&j->made->list[i], signer->signature))
            continue;
        if (signer_stamped(j, signer))
            j->stamped[i] = true;
        else
            j->lacking = true;
    }
}

static void message_judge(struct judging *j, struct bytes message)
{
    struct cms cms;
    struct err ignored;
    if (!cms_parse(&cms, message, &ignored))
        return;
    for (size_t i = 0; i < cms.signer_count; i++)
        signer_judge(j, &cms.signers[i]);
}

static void file_judge(struct judging *j, struct bytes file)
{
    const struct artifact *items = j->plan->artifacts->items;
    for (size_t n = 0; n < j->plan->artifacts->count; n++) {
        AUTO_VALUE(arena) arena = ARENA(ARTIFACT_ARENA_MAX);
        struct artifact_signatures found;
        struct err ignored;
        if ((n > 0 && bytes_equal(items[n].format, items[n - 1].format)) ||
            !artifact_signatures(&found, items[n].format, file, file, &arena, &ignored))
            continue;
        for (size_t i = 0; i < found.count; i++)
            message_judge(j, found.list[i]);
    }
}

static bool file_aside(const char *path, struct bytes file, struct err *e)
{
    AUTO_VALUE(buf) aside = BUF(PATH_SIZE);
    buf_printf(&aside, "%s.no-timestamp", path);
    return buf_ok(&aside, "a path", e) && file_replace(buf_string(&aside), file, 0600, e) &&
           file_remove(path, e);
}

static bool output_judge(struct judging *j, const char *path, const char **first, struct err *e)
{
    AUTO_VALUE(buf) file = BUF(DECLARATION_FILE_MAX);
    struct err ignored;
    j->lacking = false;
    if (!file_read(&file, path, FILE_REGULAR, &ignored))
        return true;
    file_judge(j, buf_bytes(&file));
    if (!j->lacking)
        return true;
    if (*first == NULL)
        *first = path;
    return file_aside(path, buf_bytes(&file), e);
}

static bool refuse(const struct judging *j, const char *first, struct err *e)
{
    if (first != NULL)
        (void)err_refuse(e, "timestamp.missing",
                         "%s has no timestamp that holds, and one is demanded; it was moved to "
                         "%s.no-timestamp",
                         first, first);
    else
        (void)err_refuse(e, "timestamp.missing",
                         "a signature stands in no file with a timestamp, and one is demanded");
    (void)snprintf(e->cause, sizeof e->cause, "%.200s", j->why.message);
    return err_hint(e, "let the tool ask this authority for it: osslsigncode -ts {tsa}, jarsigner "
                       "-tsa {tsa}; or use `sealward sign`");
}

bool stamp_judge(const struct stamp_plan *plan, const struct signatures *made, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(STAMPED_MAX);
    struct judging j = {.plan = plan, .made = made};
    const char *first = NULL;
    bool all = true;
    j.stamped = arena_alloc(&arena, made->count + 1);
    if (j.stamped == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for timestamps");
    memset(j.stamped, 0, made->count + 1);
    for (size_t i = 0; i < plan->outputs->count; i++)
        if (!output_judge(&j, plan->outputs->list[i].path, &first, e))
            return false;
    for (size_t i = 0; i < made->count; i++)
        all = all && j.stamped[i];
    return (all && first == NULL) || refuse(&j, first, e);
}
