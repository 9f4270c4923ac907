/* sealward rollover: from one key of a signer to the next. */
#include "base/base64.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/confirm.h"
#include "cli/holdings.h"
#include "cli/lookup.h"
#include "cli/moment.h"
#include "cli/policy_plan.h"
#include "cli/propose.h"
#include "cli/reduction.h"
#include "pki/profile.h"
#include "rules/entries.h"
#include "rules/proposals.h"
#include "rules/revocation.h"
#include "rules/rollover.h"

#include <stdio.h>

enum { DETAIL_MAX = 4096, SLACK_MS = 2000 };

struct roll {
    struct cli *cli;
    struct bytes signer;
    const struct json *from;
    const struct json *to;
    struct holdings from_page; /* with what belongs to that key */
    struct holdings to_page;
};

static const char *const used[] = {"active", NULL};

static bool state_is(const struct json *key, const char *state)
{
    return bytes_is(holdings_text(key, "state"), state);
}

static bool is_certified(const struct roll *r)
{
    return holdings_certified(&r->to_page, r->to, clock_wall_ms());
}

/* The key that is named, else the newest in one of the states. */
static bool key_find(const struct json **ret, struct holdings *ret_page, const struct roll *r,
                     const char *option, const char *const *states, struct err *e)
{
    const char *named = arguments_value(&r->cli->arguments, option);
    return named != NULL
               ? holdings_key(ret, ret_page, named, r->cli, e)
               : holdings_newest(ret, ret_page, r->cli->arguments.words[0], states, r->cli, e);
}

static bool keys_find(struct roll *r, struct err *e)
{
    static const char *const ended[] = {"suspended", "compromised", "deactivated", NULL};
    static const char *const waiting[] = {"pre-activation", NULL};
    return key_find(&r->from, &r->from_page, r, "--from", used, e) &&
           (r->from != NULL || key_find(&r->from, &r->from_page, r, "--from", ended, e)) &&
           key_find(&r->to, &r->to_page, r, "--to", waiting, e);
}

static bool rollover_propose(struct roll *r, int64_t switch_at, int64_t overlap_ms, struct err *e)
{
    AUTO_VALUE(buf) detail = BUF(DETAIL_MAX);
    struct arena *a = &r->cli->arena;
    struct rollover_detail d = {
        .signer = r->signer, .switch_at = switch_at, .overlap = overlap_ms / 1000};
    if (!holdings_bytes(&d.from, r->from, "id", a, e) || !holdings_bytes(&d.to, r->to, "id", a, e))
        return false;
    fields_write(&detail, &rollover_detail_fields, &d);
    return buf_ok(&detail, "the proposal", e) &&
           propose_file(r->cli, "rollover", buf_bytes(&detail), e);
}

/* ---- Ahead ---- */

static bool keys_judge(const struct roll *r, struct err *e)
{
    if (r->from == NULL)
        return err_set(e, ERR_STATE, "signer \"%.*s\" has no key to roll over from",
                       BYTES_PRINT(r->signer));
    if (r->to != NULL && is_certified(r))
        return true;
    (void)err_set(e, ERR_STATE, "signer \"%.*s\" has no key that stands by with a certificate",
                  BYTES_PRINT(r->signer));
    return err_hint(e, "sealward key propose --signer %.*s, then sealward certificate propose",
                    BYTES_PRINT(r->signer));
}

static bool ahead(struct roll *r, struct err *e)
{
    const struct arguments *a = &r->cli->arguments;
    const char *at = arguments_value(a, "--at");
    const char *overlap = arguments_value(a, "--overlap");
    bool wait = arguments_value(a, "--on-compromise") != NULL;
    int64_t now = clock_wall_ms();
    int64_t switch_at = wait ? -1 : now;
    int64_t overlap_ms = 0;
    if (wait && at != NULL)
        return arguments_refuse(e, "--at and --on-compromise say two things");
    if ((at != NULL && !moment_take_ahead(&switch_at, "--at", at, now, e)) ||
        (overlap != NULL && !moment_duration(&overlap_ms, "--overlap", overlap, e)))
        return false;
    return keys_find(r, e) && keys_judge(r, e) && rollover_propose(r, switch_at, overlap_ms, e);
}

/* ---- In an emergency: whatever comes next ---- */

/* Called once more after it has worked, it would find the good key in use: so somebody looks, or
 * the old key is named. */
static bool from_confirm(const struct roll *r, const struct revoke *revoke, struct err *e)
{
    AUTO_VALUE(buf) shown = BUF(DETAIL_MAX);
    const struct arguments *a = &r->cli->arguments;
    char time[TEXT_TIME_SIZE];
    if (arguments_value(a, "--yes") != NULL && arguments_value(a, "--from") == NULL)
        return arguments_refuse(e, "--yes needs the old key by its id: --from KEY");
    buf_printf(&shown, "signer   %.*s\nkey      %.*s\nreason   keyCompromise\nfrom     %s\n",
               BYTES_PRINT(r->signer), BYTES_PRINT(revoke->id),
               revoke->effective == 0 ? "the beginning" : text_time(time, revoke->effective));
    return confirm_ask(r->cli, &shown, "Revoke this key, at once?", e);
}

static bool from_revoke(struct roll *r, struct err *e)
{
    AUTO_VALUE(buf) body = BUF(DETAIL_MAX);
    char hex[65];
    struct bytes id;
    const char *effective = arguments_value(&r->cli->arguments, "--effective");
    int64_t now = clock_wall_ms() - SLACK_MS;
    struct revoke revoke = {
        .subject = REVOKED_KEY, .reason = REVOKE_KEY_COMPROMISE, .effective = now};
    struct reduction reduction = {.type = "revoke", .done = "the old key is revoked"};
    revoke.note = bytes_text("emergency rollover");
    if ((effective != NULL && !moment_take(&revoke.effective, "--effective", effective, now, e)) ||
        !holdings_bytes(&id, r->from, "id", &r->cli->arena, e) || id.size != 32)
        return false;
    revoke.id = bytes_text(hex_string(hex, id));
    if (!from_confirm(r, &revoke, e) ||
        !reduction_activation(&revoke.activation, r->cli, "key", revoke.id, e))
        return false;
    fields_write(&body, &revoke_fields, &revoke);
    reduction.body = buf_bytes(&body);
    return buf_ok(&body, "the revocation", e) && reduction_say(r->cli, &reduction, e);
}

struct sought {
    struct bytes id;
    bool found;
};

static bool revoke_compare(void *context, const struct proven *proven, bool *ret_more,
                           struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    struct sought *sought = context;
    struct signed_entry read;
    struct revoke revoke;
    if (!signed_entry_read(&read, &proven->entry, &arena, e) ||
        !fields_read(&revoke, &revoke_fields, read.statement.body, &arena, e))
        return false;
    sought->found = revoke.subject == REVOKED_KEY && bytes_equal(revoke.id, sought->id);
    *ret_more = !sought->found;
    return true;
}

/* Else a daemon could say so, and nobody would revoke the key. */
static bool revoked_prove(const struct roll *r, struct err *e)
{
    char hex[65];
    struct client *c;
    struct bytes id;
    struct sought sought = {.found = false};
    struct lookup lookup = {
        .kind = "key", .type = "revoke", .each = revoke_compare, .context = &sought};
    if (!holdings_bytes(&id, r->from, "id", &r->cli->arena, e) || id.size != 32)
        return err_set(e, ERR_INPUT, "the daemon does not list the keys as it should");
    sought.id = bytes_text(hex_string(hex, id));
    lookup.key = id;
    if (!cli_client(&c, r->cli, e) || !lookup_entries(c, &lookup, e))
        return false;
    if (sought.found)
        return true;
    (void)err_set(e, ERR_AUTH,
                  "the daemon says that key %s is compromised, and shows no entry that revokes it",
                  hex);
    return err_hint(e, "revoke it at the keeper's second socket: sealward revoke key %s --brake",
                    hex);
}

/* Made as the old one was. */
static bool key_propose(struct roll *r, struct err *e)
{
    AUTO_VALUE(buf) detail = BUF(DETAIL_MAX);
    struct key_detail key = {.role = KEY_SIGNER,
                             .signer = r->signer,
                             .token = holdings_text(r->from, "token"),
                             .algorithm = holdings_text(r->from, "algorithm")};
    fields_write(&detail, &key_detail_fields, &key);
    (void)fprintf(stderr,
                  "sealward: no key stands by: a new one is proposed; when it is made, call "
                  "this again\n");
    return buf_ok(&detail, "the proposal", e) && propose_file(r->cli, "key", buf_bytes(&detail), e);
}

static bool issuance_propose(struct roll *r, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(DETAIL_MAX);
    struct client *c;
    struct policy_force force;
    struct signer signer;
    struct level level;
    struct arena *a = &r->cli->arena;
    struct issuance_detail detail = {.profile = PROFILE_PRIVATE, .signer = r->signer};
    if (!cli_client(&c, r->cli, e) || !policy_force_get(&force, c, a, e) ||
        !policy_force_take(&signer, &force, OBJECT_SIGNER, r->signer, a, e) ||
        !policy_force_take(&level, &force, OBJECT_LEVEL, signer.level, a, e) ||
        !holdings_bytes(&detail.key, r->to, "id", a, e))
        return false;
    detail.subject = signer.subject;
    detail.validity = level.validity;
    fields_write(&text, &issuance_detail_fields, &detail);
    (void)fprintf(stderr, "sealward: the new key has no certificate: it is proposed; when it is "
                          "issued, call this again\n");
    return buf_ok(&text, "the proposal", e) &&
           propose_file(r->cli, "issuance", buf_bytes(&text), e);
}

static bool emergency(struct roll *r, struct err *e)
{
    const struct json *good;
    struct holdings page;
    if (!keys_find(r, e))
        return false;
    if (r->from == NULL)
        return keys_judge(r, e);
    bool revoked = state_is(r->from, "compromised");
    if (revoked ? !revoked_prove(r, e) : !from_revoke(r, e) || !keys_find(r, e))
        return false;
    if (!holdings_newest(&good, &page, r->cli->arguments.words[0], used, r->cli, e))
        return false;
    if (good != NULL) {
        (void)fprintf(stderr, "sealward: signer %.*s signs with its new key\n",
                      BYTES_PRINT(r->signer));
        return true;
    }
    if (r->to == NULL)
        return key_propose(r, e);
    return is_certified(r) ? rollover_propose(r, clock_wall_ms(), 0, e) : issuance_propose(r, e);
}

static bool rollover_run(struct cli *cli, struct err *e)
{
    struct roll r = {.cli = cli, .signer = bytes_text(cli->arguments.words[0])};
    const struct arguments *a = &cli->arguments;
    if (arguments_value(a, "--emergency") == NULL) {
        if (arguments_value(a, "--effective") != NULL || reduction_by_brake(cli))
            return arguments_refuse(e, "--effective and --brake belong to --emergency");
        return ahead(&r, e);
    }
    if (arguments_value(a, "--at") != NULL || arguments_value(a, "--on-compromise") != NULL ||
        arguments_value(a, "--overlap") != NULL)
        return arguments_refuse(e, "an emergency switches at once, without overlap");
    return emergency(&r, e);
}

static const struct argument_row options[] = {
    {"--to", ARGUMENT_VALUE, "KEY", "the key that stands by (default: the newest)"},
    {"--from", ARGUMENT_VALUE, "KEY", "the old key (default: the one in use)"},
    {"--at", ARGUMENT_VALUE, "TIME", "when: now (default), a time, or 7d from now"},
    {"--on-compromise", ARGUMENT_FLAG, 0, "at the moment in which the old key is revoked as such"},
    {"--overlap", ARGUMENT_VALUE, "TIME", "for how long both sign (default: not at all)"},
    {"--emergency", ARGUMENT_FLAG, 0, "revoke the old key, and propose whatever is missing"},
    {"--effective", ARGUMENT_VALUE, "TIME", "of that revocation: now (default), always, 36h ago"},
    REDUCTION_ROW,
    CONFIRM_ROW,
    {0},
};

const struct command command_rollover = {
    .name = "rollover",
    .usage = "SIGNER",
    .purpose = "propose that a signer goes on with another key",
    .options = options,
    .least = 1,
    .most = 1,
    .run = rollover_run,
};
