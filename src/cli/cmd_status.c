/* sealward status */
#include "base/hex.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/holdings.h"
#include "cli/people.h"

#include <inttypes.h>

enum { TEXT_MAX = 1 << 20 };

static bool flag_member(const struct json *object, const char *name)
{
    const struct json *member = json_member(object, name);
    return member != NULL && member->type == JSON_BOOL && member->boolean;
}

static size_t count_of(const struct json *answer, const char *name)
{
    const struct json *list = json_member(answer, name);
    return list == NULL ? 0 : list->count;
}

/* What the daemon itself shows, where that is less than what was seen before. */
static void put_lag(struct buf *text, const struct json *authority, const struct checkpoint *head)
{
    const struct json *size = json_member(authority, "size");
    if (size != NULL && size->is_integer && size->integer < (int64_t)head->size)
        buf_printf(text,
                   "            THE DAEMON IS BEHIND: it shows %" PRId64
                   " entries, you have seen more\n",
                   size->integer);
}

static void put_findings(struct buf *text, const struct json *findings, const struct names *names)
{
    const struct json *list = json_member(findings, "findings");
    size_t count = count_of(findings, "findings");
    buf_printf(text, "findings    %zu%s\n", count,
               count == 0 ? "" : " so far, the newest first, each with its entry:");
    for (const struct json *at = list == NULL ? NULL : list->first; at != NULL; at = at->next) {
        buf_printf(text, "  %6" PRId64 "  %.*s: ", answer_number(at, "entry", -1),
                   BYTES_PRINT(holdings_text(at, "kind")));
        names_put_called(text, holdings_text(at, "text"), names);
        buf_put_u8(text, '\n');
    }
}

/* What was revoked or suspended by one person and waits for the others; and how fresh is what
 * machines read. Nothing before rules version 2. */
static void put_revocations(struct buf *text, const struct json *revocations)
{
    char published[TEXT_TIME_SIZE];
    char expires[TEXT_TIME_SIZE];
    size_t waiting = 0;
    size_t overdue = 0;
    const struct json *status = json_member(revocations, "status");
    for (const struct json *at = answer_list(revocations, "revocations"); at != NULL;
         at = at->next) {
        const struct json *ratification = json_member(at, "ratification");
        if (ratification == NULL || ratification->type != JSON_OBJECT ||
            answer_flag(ratification, "ratified"))
            continue;
        waiting++;
        overdue += answer_flag(ratification, "overdue");
    }
    if (status != NULL && status->type == JSON_OBJECT)
        buf_printf(text, "published   status %" PRId64 " of %s, the list holds until %s\n",
                   answer_number(status, "number", -1),
                   text_time(published, answer_number(status, "time", 0)),
                   text_time(expires, answer_number(status, "list_expires", 0)));
    buf_printf(text, "revoked     %zu", count_of(revocations, "revocations"));
    if (waiting > 0)
        buf_printf(text, ", of which %zu wait for their quorum", waiting);
    if (overdue > 0)
        buf_printf(text, ", %zu OVERDUE", overdue);
    if (waiting > 0)
        buf_put_text(text, ": `sealward calendar` has them, `sealward ratify` decides");
    buf_put_u8(text, '\n');
}

static bool status_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    char id[65];
    char root[65];
    struct client *c;
    struct checkpoint head;
    struct json *authority;
    struct json *findings;
    struct json *subjects;
    struct json *revocations;
    struct names names;
    if (!cli_client(&c, cli, e) || !client_head(c, &head, e) ||
        !client_get_json(c, "/v1/authority", &authority, &cli->arena, e) ||
        !client_get_json(c, "/v1/subjects", &subjects, &cli->arena, e) ||
        !client_get_json(c, "/v1/findings", &findings, &cli->arena, e) ||
        !client_get_json(c, "/v1/revocations", &revocations, &cli->arena, e) ||
        !people_load(&names, cli, e))
        return false;
    const struct authority *pinned = client_authority(c);
    bool started = flag_member(authority, "started");
    bool doubted = flag_member(authority, "clock_doubt");
    (void)hex_string(id, BYTES_OF(pinned->id));
    (void)hex_string(root, BYTES_OF(head.root));
    buf_printf(&text, "authority   %s\norigin      %.*s\n", id, BYTES_PRINT(pinned->origin));
    buf_printf(&text, "log         %" PRIu64 " entries, root %.16s, verified\n", head.size, root);
    put_lag(&text, authority, &head);
    buf_printf(&text, "keeper      %s\n", started ? "signs" : "does not sign yet, or is away");
    buf_printf(&text, "clock       %s\n",
               doubted ? "IN DOUBT: two people must `sealward clock confirm`" : "trusted");
    buf_printf(&text, "open        %zu proposals and grants\n", count_of(subjects, "subjects"));
    put_revocations(&text, revocations);
    put_findings(&text, findings, &names);
    buf_printf(&json,
               "{\"authority\":\"%s\",\"size\":%" PRIu64
               ",\"root\":\"%s\",\"started\":%s,\"clock_doubt\":%s,\"open\":%zu,\"findings\":%zu}",
               id, head.size, root, started ? "true" : "false", doubted ? "true" : "false",
               count_of(subjects, "subjects"), count_of(findings, "findings"));
    return cli_print(cli, &text, &json, e);
}

const struct command command_status = {
    .name = "status",
    .usage = "",
    .purpose = "how the authority is: log, keeper, clock, findings",
    .run = status_run,
};
