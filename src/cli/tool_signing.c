#include "cli/tool_signing.h"

#include "base/hex.h"
#include "cli/helper.h"
#include "cli/stamp.h"
#include "cli/tool.h"

/* Digits of the grant's leaf hash that make the token's serial number. */
enum { SERIAL_SIZE = MODULE_SERIAL_MAX, URL_SIZE = 1024 };

void tool_signing_done(struct tool_signing *t)
{
    signatures_done(&t->made);
    toolkit_done(&t->toolkit);
}

/* ---- Before the tool ---- */

/* Tools speak plain HTTP to it. */
static bool tsa_find(const char **ret, const struct tool_signing *t, struct err *e)
{
    AUTO_VALUE(buf) url = BUF(URL_SIZE);
    *ret = t->signing->cli->settings.tsa;
    if (*ret != NULL)
        return true;
    buf_printf(&url, "%.*s/tsa", BYTES_PRINT(client_authority(t->signing->client)->base_url));
    *ret = (const char *)arena_copy(&t->signing->cli->arena, buf_bytes(&url)).data;
    return buf_ok(&url, "an address", e) &&
           (*ret != NULL || err_set(e, ERR_MEMORY, "out of memory for an address"));
}

static bool toolkit_open(struct tool_signing *t, const char *module, struct err *e)
{
    const struct release *release = &t->signing->release;
    const char *tsa = NULL;
    if (!tsa_find(&tsa, t, e))
        return false;
    struct toolkit_plan plan = {.temporary = t->signing->cli->settings.temporary,
                                .module = module,
                                .tsa = tsa,
                                .signer = release->signer.signer,
                                .certificate = release->key->certificate,
                                .chain = &release->signer.chain};
    return toolkit_make(&t->toolkit, &plan, &t->signing->cli->arena, e);
}

bool tool_signing_begin(struct tool_signing *t, const char *module, struct err *e)
{
    const struct signing *g = t->signing;
    t->binds = bytes_is(g->release.signer.binding, "after");
    t->binder =
        (struct binder){.client = g->client,
                        .grant = g->grant,
                        .key = g->release.key->id,
                        .kind = bytes_is(g->release.key->algorithm, "p-256") ? KEY_P256 : KEY_RSA,
                        .artifacts = g->artifacts};
    return toolkit_open(t, module, e) &&
           toolkit_environment(&t->environment, &t->toolkit, &t->signing->cli->arena, e);
}

bool tool_signing_words(char ***ret, struct tool_signing *t, char *const *words, struct err *e)
{
    struct arena *a = &t->signing->cli->arena;
    if (!toolkit_words(ret, &t->toolkit, words, a, e))
        return false;
    for (size_t i = 0; (*ret)[i] != NULL; i++)
        if (!outputs_watch_word(&t->outputs, (*ret)[i], e))
            return false;
    return true;
}

/* ---- The helper's way to the authority; in its asking thread ---- */

static bool authority_sign(void *context, const struct request *request,
                           struct signed_item *ret_items, int64_t *ret_entry, struct arena *a,
                           struct err *e)
{
    struct tool_signing *t = context;
    return signing_request(t->signing, request, ret_items, ret_entry, a, e);
}

/* What cannot be bound yet leads to a refusal of the next signature, which says so. */
static void authority_bind(void *context, struct signatures *made)
{
    struct tool_signing *t = context;
    struct err ignored;
    bool bound = outputs_bind(&t->outputs, &t->binder, made, &ignored);
    (void)bound;
}

static bool helper_open(struct helper **ret, struct tool_signing *t, char serial[65], struct err *e)
{
    const struct release *release = &t->signing->release;
    const struct signer_key_view *key = release->key;
    (void)hex_string(serial, t->signing->grant);
    struct helper_config config = {
        .socket = t->toolkit.values[TOOLKIT_HELPER],
        .token = bytes_text(TOOLKIT_TOKEN_LABEL),
        .serial = bytes_make(serial, SERIAL_SIZE),
        .signer = release->signer.signer,
        .spki = key->spki,
        .certificate = key->certificate,
        .chain = release->signer.chain,
        .artifacts = t->signing->artifacts,
        .authority = {.sign = authority_sign,
                      .bind = t->binds ? authority_bind : NULL,
                      .context = t},
    };
    return helper_start(ret, &config, e);
}

/* ---- The tool, and after it ---- */

static bool made_add(struct tool_signing *t, const struct signatures *more, struct err *e)
{
    for (size_t i = 0; i < more->count; i++)
        if (!signatures_add(&t->made, &more->list[i], e))
            return false;
    return true;
}

bool tool_signing_run(struct tool_signing *t, char *const *words, struct err *e)
{
    AUTO(helper) helper = NULL;
    AUTO_VALUE(signatures) made = SIGNATURES_NONE;
    char serial[65];
    struct err later;
    if (!helper_open(&helper, t, serial, e))
        return false;
    bool ok = tool_run(&t->code, words, t->environment, e);
    atomic_store(&t->signing->given_up, true);
    helper_stop(helper, &made);
    atomic_store(&t->signing->given_up, false);
    return made_add(t, &made, ok ? e : &later) && ok;
}

bool tool_signing_bind(struct tool_signing *t, struct err *e)
{
    return !t->binds || outputs_bind(&t->outputs, &t->binder, &t->made, e);
}

/* An artifact of a level that demands a timestamp is handed out only with one. */
bool tool_signing_stamped(struct tool_signing *t, struct err *e)
{
    struct stamp_plan plan = {.outputs = &t->outputs,
                              .artifacts = &t->signing->artifacts,
                              .chain = &t->signing->release.signer.chain};
    return !t->signing->stamps || t->made.count == 0 || stamp_judge(&plan, &t->made, e);
}
