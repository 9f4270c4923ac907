/* sealward pending, approve, reject */
#include "base/clock.h"
#include "base/hex.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/concern.h"
#include "cli/confirm.h"
#include "cli/display.h"
#include "cli/leaf.h"
#include "cli/people.h"
#include "cli/policy_plan.h"
#include "cli/propose.h"
#include "rules/tables.h"
#include "rules/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { TEXT_MAX = 8 << 20, SUBJECTS_MAX = 100000 };

/* Each is an entry to be fetched and proven. */
enum { TOLD_MAX = 50 };

struct subjects_answer {
    struct list subjects; /* struct subject_view */
};

FIELDS(subjects_answer_fields, "open subjects", struct subjects_answer,
       {.name = "subjects",
        .kind = FIELD_LIST,
        .offset = offsetof(struct subjects_answer, subjects),
        .item = FIELD_OBJECT,
        .object = &subject_view_fields,
        .max = SUBJECTS_MAX});

/* Whether --as is one of those who decide. A hint: the keeper judges. */
static bool waits_for(struct cli *cli, const struct policy_force *force,
                      const struct subject_view *view)
{
    struct err ignored;
    struct bytes actor;
    struct bytes handle;
    struct team team;
    return view->state == SUBJECT_WAITING && view->team.data != NULL && cli->settings.as != NULL &&
           cli_actor(&actor, cli, &ignored) && actor_is_person(actor, &handle) &&
           policy_force_take(&team, force, OBJECT_TEAM, view->team, &cli->arena, &ignored) &&
           ids_have(&team.members, handle);
}

/* `digits` of the leaf hash: a beginning for the eye, all of it for a script. */
static void put_subject(struct buf *b, const struct subject_view *view, int digits, bool mine,
                        const struct names *names)
{
    char hex[65];
    char ends[TEXT_TIME_SIZE];
    buf_printf(b, "%.*s  %-8s  %-9.*s  ", digits, hex_string(hex, view->leaf),
               subject_state_names[view->state], BYTES_PRINT(view->kind));
    names_put_called(b, view->actor, names);
    if (view->state == SUBJECT_WAITING)
        buf_printf(b, "  %" PRId64 "/%" PRId64 " of team %.*s", view->approvals, view->needed,
                   BYTES_PRINT(view->team));
    if (view->state == SUBJECT_OPEN)
        buf_printf(b, "  %" PRId64 " of %" PRId64 " used, %" PRId64 " unbound", view->used,
                   view->count, view->unbound);
    buf_printf(b, "  until %s%s\n", text_time(ends, view->ends), mine ? "  <- waits for you" : "");
}

/* What is waited for, in the entry's own words, proven; nothing of one that is too new to be. */
static void put_what(struct buf *b, struct client *c, const struct subject_view *view,
                     const struct names *names)
{
    AUTO_VALUE(arena) arena = CLIENT_ARENA;
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    struct proven proven;
    struct err ignored;
    if (!client_entry_by_leaf(c, view->leaf.data, &proven, &arena, &ignored) ||
        !rules_describe(&text, &proven.entry, &ignored) || text.failed)
        return;
    buf_put_text(b, "    ");
    names_put_called(b, buf_bytes(&text), names);
    buf_put_u8(b, '\n');
}

static bool pending_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    struct client *c;
    struct subjects_answer answer;
    struct policy_force force;
    struct names names;
    if (!cli_client(&c, cli, e) ||
        !client_get_fields(c, "/v1/subjects", &answer, &subjects_answer_fields, &cli->arena, e) ||
        !policy_force_get(&force, c, &cli->arena, e) || !people_load(&names, cli, e))
        return false;
    int digits = isatty(STDOUT_FILENO) == 1 ? LEAF_SHORT : 2 * TREE_HASH;
    const struct subject_view *views = answer.subjects.items;
    for (size_t i = 0, told = 0; i < answer.subjects.count; i++) {
        put_subject(&text, &views[i], digits, waits_for(cli, &force, &views[i]), &names);
        if (views[i].state == SUBJECT_WAITING && !cli->settings.json && told++ < TOLD_MAX)
            put_what(&text, c, &views[i], &names);
    }
    if (answer.subjects.count == 0)
        buf_put_text(&text, "nothing waits, nothing is open\n");
    fields_write(&json, &subjects_answer_fields, &answer);
    return cli_print(cli, &text, &json, e);
}

static bool decidable_judge(const struct entry *entry, struct err *e)
{
    static const char *const types[] = {"proposal", "grant", "renewal"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (bytes_is(entry->type, types[i]))
            return true;
    return err_set(e, ERR_INPUT, "entry %" PRId64 " is a %.*s: there is nothing to decide",
                   entry->index, BYTES_PRINT(entry->type));
}

/* A person compares the whole hash that is shown. Where nobody looks, a beginning is not enough: it
 * is the daemon that says which entry it is the beginning of. */
static bool subject_named(const struct cli *cli, struct err *e)
{
    const char *word = cli->arguments.words[0];
    if (arguments_value(&cli->arguments, "--yes") == NULL || strlen(word) == 2 * TREE_HASH)
        return true;
    (void)arguments_refuse(e, "--yes needs the whole leaf hash, \"%s\" is a part of it or a number",
                           word);
    return err_hint(e, "look at it and copy its leaf: sealward show %s", word);
}

/* Shows the entry as it stands, proven, in the record; asks; signs exactly its leaf hash. */
static bool decide(struct cli *cli, const char *type, const char *question, struct err *e)
{
    AUTO_VALUE(buf) shown = BUF(TEXT_MAX);
    AUTO_VALUE(buf) body = BUF(128);
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    struct names names;
    struct proven proven;
    struct admitted admitted;
    if (!subject_named(cli, e) || !leaf_entry(&proven, cli, cli->arguments.words[0], e) ||
        !decidable_judge(&proven.entry, e) || !people_load(&names, cli, e) ||
        !display_entry(&shown, &proven.entry, &names, e) ||
        !concern_put(&shown, cli, &proven.entry, &names, e) ||
        !confirm_ask(cli, &shown, question, e))
        return false;
    buf_put_text(&body, "{\"subject\":");
    json_put_base64(&body, BYTES_OF(proven.entry.leaf));
    buf_put_text(&body, "}");
    return buf_ok(&body, "a decision", e) && cli_say(&admitted, cli, type, buf_bytes(&body), e) &&
           propose_show(&text, &json, cli, &admitted, proven.entry.leaf, e) &&
           cli_print(cli, &text, &json, e);
}

static bool approve_run(struct cli *cli, struct err *e)
{
    return decide(cli, "approval", "Approve exactly this?", e);
}

static bool reject_run(struct cli *cli, struct err *e)
{
    return decide(cli, "rejection", "Reject exactly this?", e);
}

static const struct argument_row options[] = {CONFIRM_ROW, {0}};

const struct command command_pending = {
    .name = "pending",
    .usage = "",
    .purpose = "what waits for decisions or is open",
    .run = pending_run,
};

const struct command command_approve = {
    .name = "approve",
    .usage = "LEAF",
    .purpose = "show a proposal, renewal or grant as it stands in the record, and approve it",
    .options = options,
    .least = 1,
    .most = 1,
    .run = approve_run,
};

const struct command command_reject = {
    .name = "reject",
    .usage = "LEAF",
    .purpose = "show a proposal, renewal or grant as it stands in the record, and reject it",
    .options = options,
    .least = 1,
    .most = 1,
    .run = reject_run,
};
