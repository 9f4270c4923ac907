/* sealward ratify, lift, advance, revoke-ca: proposals about what was suspended or revoked. */
#include "base/base64.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/holdings.h"
#include "cli/leaf.h"
#include "cli/moment.h"
#include "cli/propose.h"
#include "cli/revoke_reason.h"
#include "cli/revoke_target.h"
#include "rules/revocation.h"

enum { DETAIL_MAX = 8192, URL_MAX = 1024 };

/* ---- Ratifying ---- */

static bool act_judge(const struct entry *entry, struct err *e)
{
    if (bytes_is(entry->type, "suspend") || bytes_is(entry->type, "revoke"))
        return true;
    return err_set(e, ERR_INPUT,
                   "entry %lld is a %.*s: only a suspension or a revocation waits to "
                   "be ratified",
                   (long long)entry->index, BYTES_PRINT(entry->type));
}

static bool ratify_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) detail = BUF(DETAIL_MAX);
    struct proven proven;
    if (!leaf_entry(&proven, cli, cli->arguments.words[0], e) || !act_judge(&proven.entry, e))
        return false;
    struct ratify ratify = {.entry = BYTES_OF(proven.entry.leaf)};
    fields_write(&detail, &ratify_fields, &ratify);
    return buf_ok(&detail, "the proposal", e) && propose_file(cli, "ratify", buf_bytes(&detail), e);
}

/* ---- Lifting, and making it reach further ---- */

/* The leaf of the entry that revoked the subject. */
static bool revocation_find(struct bytes *ret_leaf, struct cli *cli, const struct revoke_target *t,
                            struct err *e)
{
    AUTO_VALUE(buf) url = BUF(URL_MAX);
    struct client *c;
    struct json *subject;
    buf_printf(&url, "/v1/revocable?kind=%s&id=%.*s", revoked_kind_names[t->kind],
               BYTES_PRINT(t->id));
    if (!buf_ok(&url, "a question", e) || !cli_client(&c, cli, e) ||
        !client_get_json(c, buf_string(&url), &subject, &cli->arena, e))
        return false;
    const struct json *revocation = json_member(subject, "revocation");
    if (revocation == NULL || revocation->type != JSON_OBJECT)
        return err_set(e, ERR_NOT_FOUND, "%s %.*s is not revoked", revoked_kind_names[t->kind],
                       BYTES_PRINT(t->id));
    return holdings_bytes(ret_leaf, revocation, "leaf", &cli->arena, e);
}

static bool target_take(struct revoke_target *ret, struct bytes *ret_leaf, struct cli *cli,
                        struct err *e)
{
    const char *const *words = cli->arguments.words;
    return revoke_target_find(ret, cli, words[0], words[1], e) &&
           (ret_leaf == NULL || revocation_find(ret_leaf, cli, ret, e));
}

static bool lift_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) detail = BUF(DETAIL_MAX);
    struct revoke_target t;
    struct bytes leaf;
    if (!target_take(&t, &leaf, cli, e))
        return false;
    struct lift lift = {.subject = (int)t.kind, .id = t.id, .revocation = leaf};
    fields_write(&detail, &lift_fields, &lift);
    return buf_ok(&detail, "the proposal", e) && propose_file(cli, "lift", buf_bytes(&detail), e);
}

static bool effective_take(int64_t *ret, const struct cli *cli, struct err *e)
{
    const char *text = arguments_value(&cli->arguments, "--effective");
    if (text == NULL)
        return arguments_refuse(e, "from when on? --effective TIME");
    return moment_take(ret, "--effective", text, clock_wall_ms(), e);
}

static bool advance_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) detail = BUF(DETAIL_MAX);
    struct revoke_target t;
    struct bytes leaf;
    int64_t effective = 0;
    const char *evidence = arguments_value(&cli->arguments, "--evidence");
    if (evidence == NULL)
        return arguments_refuse(e, "what shows that it reaches further? --evidence TEXT");
    if (!effective_take(&effective, cli, e) || !target_take(&t, &leaf, cli, e))
        return false;
    struct advance advance = {.subject = (int)t.kind,
                              .id = t.id,
                              .revocation = leaf,
                              .effective = effective,
                              .evidence = bytes_text(evidence)};
    fields_write(&detail, &advance_fields, &advance);
    if (!buf_ok(&detail, "the proposal", e))
        return err_hint(e, "evidence has 1 to 2000 characters on one line");
    return propose_file(cli, "advance", buf_bytes(&detail), e);
}

/* ---- CAs ---- */

static bool revoke_ca_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) detail = BUF(DETAIL_MAX);
    struct revoke_target t;
    struct revoke_ca revoke = {.effective = 0};
    if (!revoke_reason_take(&revoke.reason, &cli->arguments, e) ||
        !effective_take(&revoke.effective, cli, e) || !target_take(&t, NULL, cli, e))
        return false;
    revoke.subject = (int)t.kind;
    revoke.id = t.id;
    fields_write(&detail, &revoke_ca_fields, &revoke);
    return buf_ok(&detail, "the proposal", e) &&
           propose_file(cli, "revoke-ca", buf_bytes(&detail), e);
}

static const struct argument_row advance_options[] = {
    {"--effective", ARGUMENT_VALUE, "TIME", "from when on: always, a time, or 36h ago"},
    {"--evidence", ARGUMENT_VALUE, "TEXT", "what shows it, for the record"},
    {0},
};
static const struct argument_row revoke_ca_options[] = {
    {"--reason", ARGUMENT_VALUE, "WORD", "cACompromise, superseded ...: as in a CRL"},
    {"--effective", ARGUMENT_VALUE, "TIME", "from when on: always, now, a time, or 36h ago"},
    {0},
};

const struct command command_ratify = {
    .name = "ratify",
    .usage = "LEAF|N",
    .purpose = "propose that a suspension or revocation stands",
    .least = 1,
    .most = 1,
    .run = ratify_run,
};

const struct command command_lift = {
    .name = "lift",
    .usage = "key|certificate|signature|artifact|path ID",
    .purpose = "propose that a revocation was wrong",
    .least = 2,
    .most = 2,
    .run = lift_run,
};

const struct command command_advance = {
    .name = "advance",
    .usage = "key|certificate|signature|artifact|path ID",
    .purpose = "propose that a revocation takes effect from an earlier time",
    .options = advance_options,
    .least = 2,
    .most = 2,
    .run = advance_run,
};

const struct command command_revoke_ca = {
    .name = "revoke-ca",
    .usage = "key|certificate ID",
    .purpose = "propose that a CA's key or certificate be revoked",
    .options = revoke_ca_options,
    .least = 2,
    .most = 2,
    .run = revoke_ca_run,
};
