#include "cli/signing.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/text.h"
#include "cli/approval.h"
#include "cli/lookup.h"
#include "cli/release_proof.h"
#include "proof/format.h"
#include "rules/grants.h"
#include "rules/tables.h"

/* Seconds that a grant is open where nothing is said. */
#define WINDOW_DEFAULT 600

/* ---- Finding ---- */

static bool names_find(struct signing *s, const char *signer, struct bytes *ret_signer,
                       struct bytes *ret_path, struct err *e)
{
    const struct arguments *a = &s->cli->arguments;
    const char *path = arguments_value(a, "--path");
    const char *digest = arguments_value(a, "--digest");
    if (signer == NULL)
        return arguments_refuse(e, "which signer? --signer ID");
    s->alg = DIGEST_SHA256;
    if (digest != NULL && !digest_from_name(&s->alg, bytes_text(digest), e))
        return arguments_refuse(e, "--digest %s: not sha256, sha384 or sha512", digest);
    *ret_signer = bytes_text(signer);
    *ret_path = path != NULL ? bytes_text(path) : BYTES_NONE;
    return true;
}

static bool release_find(struct signing *s, struct bytes signer, struct bytes path, struct err *e)
{
    struct arena *a = &s->cli->arena;
    AUTO_VALUE(buf) url = BUF(512);
    struct json *policy;
    struct bytes actor;
    buf_printf(&url, "/v1/signers/%.*s", BYTES_PRINT(signer));
    if (!text_is_name(signer))
        return arguments_refuse(e, "\"%.*s\" is no signer's id", BYTES_PRINT(signer));
    if (!cli_actor(&actor, s->cli, e) || !client_get_json(s->client, "/v1/policy", &policy, a, e) ||
        !release_find_path(&s->release, policy, signer, actor, path, a, e) ||
        !client_get_fields(s->client, buf_string(&url), &s->release.signer, &signer_view_fields, a,
                           e))
        return false;
    s->stamps =
        s->release.signer.timestamp || arguments_value(&s->cli->arguments, "--timestamp") != NULL;
    return release_find_key(&s->release, e) && release_prove(s->client, &s->release, e);
}

bool signing_find_signer(struct signing *s, struct cli *cli, const char *signer, struct err *e)
{
    struct bytes id = BYTES_NONE;
    struct bytes path = BYTES_NONE;
    *s = (struct signing){.cli = cli};
    return names_find(s, signer, &id, &path, e) && cli_client_new(&s->client, cli, e) &&
           release_find(s, id, path, e) &&
           session_new(&s->session, BYTES_OF(client_authority(s->client)->id), e);
}

bool signing_find(struct signing *s, struct cli *cli, struct err *e)
{
    return signing_find_signer(s, cli, arguments_value(&cli->arguments, "--signer"), e);
}

void signing_done(struct signing *s)
{
    session_free(s->session);
    client_free(s->client);
    s->session = NULL;
    s->client = NULL;
}

bool signing_declare(struct signing *s, const struct declaration_text *text, struct err *e)
{
    if (s->count == LIMIT_GRANT_ARTIFACTS)
        return err_set(e, ERR_LIMIT, "a grant declares at most %d artifacts",
                       LIMIT_GRANT_ARTIFACTS);
    if (!declaration_make(&s->declarations[s->count], text, &s->release.path.formats, s->alg,
                          &s->cli->arena, e))
        return false;
    s->count++;
    return true;
}

/* ---- Opening ---- */

static bool window_find(int64_t *ret_seconds, const struct signing *s, struct err *e)
{
    const char *text = arguments_value(&s->cli->arguments, "--window");
    int64_t ms = INT64_C(1000) * WINDOW_DEFAULT;
    if (text != NULL && !text_read_duration(&ms, bytes_text(text), e))
        return arguments_refuse(e, "--window %s: not a duration such as 10m", text);
    int64_t seconds = ms / 1000;
    *ret_seconds =
        text == NULL && seconds > s->release.path.window ? s->release.path.window : seconds;
    return true;
}

static bool artifacts_take(struct signing *s, struct err *e)
{
    struct artifact *items = arena_alloc(&s->cli->arena, s->count * sizeof *items);
    if (items == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the artifacts");
    for (size_t i = 0; i < s->count; i++)
        items[i] = s->declarations[i].artifact;
    s->artifacts = (struct list){.items = items, .count = s->count};
    return true;
}

static bool body_write(struct buf *ret, struct signing *s, int64_t count, struct err *e)
{
    struct grant_body body = {.path = s->release.id,
                              .artifacts = s->artifacts,
                              .count = count,
                              .session = session_spki(s->session)};
    if (!window_find(&body.window, s, e))
        return false;
    fields_write(ret, &grant_body_fields, &body);
    return buf_ok(ret, "a grant's statement", e);
}

/* The statement's text and its evidence as the body of an entry: made once, so that entering it
 * again changes nothing. */
static bool statement_make(struct buf *ret_text, struct buf *ret_body, struct signing *s,
                           struct bytes body, struct err *e)
{
    struct checkpoint seen;
    struct bytes actor;
    struct evidence evidence;
    if (!cli_actor(&actor, s->cli, e) || !client_head(s->client, &seen, e))
        return false;
    struct statement_plan plan = {
        .type = "grant", .actor = actor, .body = body, .time = clock_wall_ms()};
    return statement_build(ret_text, client_authority(s->client), &seen, &plan, e) &&
           cli_evidence(&evidence, s->cli, actor, buf_bytes(ret_text), e) &&
           statement_wrap(ret_body, buf_bytes(ret_text), &evidence, e);
}

/* Looks for the entry that holds this very statement. */
struct wanted {
    struct bytes text;
    bool found;
    uint8_t *leaf;
};

static bool entry_compare(void *context, const struct proven *proven, bool *ret_more, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct wanted *wanted = context;
    struct signed_statement outer;
    struct statement statement;
    if (!signed_statement_read(&outer, &statement, proven->entry.body, &arena, e))
        return false;
    wanted->found = bytes_equal(statement.text, wanted->text);
    if (wanted->found)
        memcpy(wanted->leaf, proven->entry.leaf, sizeof proven->entry.leaf);
    *ret_more = !wanted->found;
    return true;
}

/* The answer to the first try was lost, and the second is told that it has been entered: the entry
 * is among the newest for its first artifact. */
static bool statement_find(struct signing *s, struct bytes text, uint8_t ret_leaf[32],
                           struct err *e)
{
    const struct artifact *first = s->artifacts.items;
    struct wanted wanted = {.text = text, .leaf = ret_leaf};
    struct lookup lookup = {.kind = "artifact",
                            .key = first->digest,
                            .type = "grant",
                            .each = entry_compare,
                            .context = &wanted};
    if (!lookup_entries(s->client, &lookup, e))
        return false;
    return wanted.found ||
           err_set(e, ERR_NOT_FOUND, "the grant was entered, but its entry is not found");
}

static bool statement_enter(struct signing *s, struct bytes text, struct bytes body,
                            uint8_t ret_leaf[32], struct err *e)
{
    struct patience patience = PATIENCE;
    struct admitted admitted;
    bool again = false;
    while (!client_submit(s->client, "grant", body, &admitted, NULL, &s->cli->arena, e)) {
        if (again && strcmp(e->rule, "statement.used") == 0)
            return statement_find(s, text, ret_leaf, e);
        if (!patience_wait(&patience, e))
            return false;
        again = true;
    }
    memcpy(ret_leaf, admitted.leaf, sizeof admitted.leaf);
    return true;
}

static bool grant_enter(struct signing *s, int64_t count, struct err *e)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_STATEMENT);
    AUTO_VALUE(buf) text = BUF(LIMIT_STATEMENT);
    AUTO_VALUE(buf) entry = BUF(LIMIT_ENTRY);
    uint8_t leaf[32];
    if (!body_write(&body, s, count, e) || !statement_make(&text, &entry, s, buf_bytes(&body), e) ||
        !statement_enter(s, buf_bytes(&text), buf_bytes(&entry), leaf, e))
        return false;
    s->grant = arena_copy(&s->cli->arena, BYTES_OF(leaf));
    if (s->grant.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the grant");
    session_open(s->session, s->grant.data);
    return true;
}

static bool stamp_fits(const struct artifact *artifact)
{
    enum format format;
    struct err ignored;
    return format_from_name(&format, artifact->format, &ignored) &&
           format_get(format)->family == FORMAT_ATTRIBUTES;
}

/* Said before anything is asked for. */
static bool stamps_judge(const struct signing *s, struct err *e)
{
    const struct artifact *items = s->artifacts.items;
    for (size_t i = 0; i < s->artifacts.count && s->stamps; i++) {
        if (stamp_fits(&items[i]))
            continue;
        (void)err_refuse(e, "timestamp.missing",
                         "a timestamp is demanded, and format %.*s cannot carry one: a bare hash "
                         "is signed",
                         BYTES_PRINT(items[i].format));
        return err_hint(e, "sign it as cms, by a signer that signs that");
    }
    return true;
}

bool signing_open(struct signing *s, int64_t count, struct err *e)
{
    char hex[65];
    if (!artifacts_take(s, e) || !stamps_judge(s, e) || !grant_enter(s, count, e) ||
        !approval_wait(s->client, s->grant, &s->given_up, e))
        return false;
    (void)fprintf(stderr, "sealward: grant %s is open\n", hex_string(hex, s->grant));
    return true;
}

/* ---- Signing and closing ---- */

bool signing_request(struct signing *s, const struct request *request,
                     struct signed_item *ret_items, int64_t *ret_entry, struct arena *a,
                     struct err *e)
{
    struct patience patience = PATIENCE;
    patience.stop = &s->given_up;
    while (!session_sign(s->client, s->session, request, ret_items, ret_entry, a, e))
        if (!patience_wait(&patience, e))
            return false;
    return true;
}

/* The grant is over already: closed by a first try whose answer was lost, or by its time. */
static bool is_over(const struct err *e)
{
    return strcmp(e->rule, "grant.closed") == 0 || strcmp(e->rule, "grant.expired") == 0;
}

bool signing_close(struct signing *s, struct err *e)
{
    struct patience patience = PATIENCE;
    AUTO_VALUE(arena) arena = CLIENT_ARENA;
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct admitted admitted;
    if (!session_close_body(&body, s->session, e))
        return false;
    while (!client_submit(s->client, "close", buf_bytes(&body), &admitted, NULL, &arena, e))
        if (!patience_wait(&patience, e))
            return is_over(e);
    return true;
}
