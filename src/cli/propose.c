#include "cli/propose.h"

#include "base/hex.h"
#include "rules/view.h"

#include <inttypes.h>
#include <stdio.h>

enum { RESULT_MAX = 65536 };

static void put_subject(struct buf *text, struct buf *json, const struct subject_view *view)
{
    buf_printf(text, "state  %s", subject_state_names[view->state]);
    buf_printf(json, ",\"state\":\"%s\"", subject_state_names[view->state]);
    if (view->state == SUBJECT_WAITING)
        buf_printf(text, ", %" PRId64 " of %" PRId64 " approvals of team %.*s", view->approvals,
                   view->needed, BYTES_PRINT(view->team));
    buf_printf(json, ",\"approvals\":%" PRId64 ",\"needed\":%" PRId64 ",\"team\":", view->approvals,
               view->needed);
    json_put_string(json, view->team);
    buf_put_text(text, "\n");
}

bool propose_show(struct buf *text, struct buf *json, struct cli *cli,
                  const struct admitted *admitted, const uint8_t subject[32], struct err *e)
{
    char path[128];
    char leaf[65];
    char about[65];
    struct client *c;
    struct subject_view view;
    (void)hex_string(leaf, bytes_make(admitted->leaf, 32));
    (void)snprintf(path, sizeof path, "/v1/subjects/%s",
                   hex_string(about, bytes_make(subject, 32)));
    buf_printf(text, "entry  %" PRId64 "\nleaf   %s\n", admitted->index, leaf);
    buf_printf(json, "{\"entry\":%" PRId64 ",\"leaf\":\"%s\",\"subject\":\"%s\"", admitted->index,
               leaf, about);
    if (!cli_client(&c, cli, e))
        return false;
    if (client_get_fields(c, path, &view, &subject_view_fields, &cli->arena, e))
        put_subject(text, json, &view);
    else if (e->code != ERR_NOT_FOUND)
        return false;
    buf_put_text(json, "}");
    return true;
}

bool propose_file(struct cli *cli, const char *kind, struct bytes detail, struct err *e)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_STATEMENT);
    AUTO_VALUE(buf) text = BUF(RESULT_MAX);
    AUTO_VALUE(buf) json = BUF(RESULT_MAX);
    struct admitted admitted;
    buf_printf(&body, "{\"kind\":\"%s\",\"detail\":", kind);
    buf_put(&body, detail);
    buf_put_text(&body, "}");
    return buf_ok(&body, "the proposal", e) &&
           cli_say(&admitted, cli, "proposal", buf_bytes(&body), e) &&
           propose_show(&text, &json, cli, &admitted, admitted.leaf, e) &&
           cli_print(cli, &text, &json, e);
}
