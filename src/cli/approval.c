#include "cli/approval.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hex.h"
#include "cli/patience.h"
#include "rules/view.h"

/* Milliseconds that one question may take: short enough for the line to move. */
enum { ASK_MS = 5000 };

/* Digits of a leaf hash in the moving line. */
#define LEAF_DIGITS 16

struct waiting {
    const char *hex;
    bool terminal;
    bool said;
    bool line; /* the moving line stands on the terminal */
};

static bool ask(struct client *c, const struct waiting *w, struct subject_view *ret,
                const atomic_bool *stop, struct arena *a, struct err *e)
{
    struct patience patience = PATIENCE;
    AUTO_VALUE(buf) url = BUF(256);
    patience.stop = stop;
    /* The first question wants to know at once whether there is anything to wait for. */
    buf_printf(&url, "/v1/subjects/%s?wait=%d", w->hex, w->said ? ASK_MS : 0);
    while (!client_wait_fields(c, buf_string(&url), ASK_MS, ret, &subject_view_fields, a, e)) {
        /* The daemon has not read yet what the keeper has just written. */
        if (e->code == ERR_NOT_FOUND && !w->said)
            e->code = ERR_STATE;
        if (!patience_wait(&patience, e))
            return false;
    }
    return true;
}

static void say(struct waiting *w, const struct subject_view *view)
{
    int64_t left = view->ends - clock_wall_ms();
    if (!w->said)
        (void)fprintf(stderr,
                      "sealward: waiting for %" PRId64 " of team %.*s to approve: sealward approve "
                      "%s\n",
                      view->needed - view->approvals, BYTES_PRINT(view->team), w->hex);
    w->said = true;
    if (!w->terminal)
        return;
    w->line = true;
    (void)fprintf(stderr,
                  "\rsealward: grant %.*s: %" PRId64 " of %" PRId64 " approvals, %" PRId64
                  " s left \x1b[K",
                  LEAF_DIGITS, w->hex, view->approvals, view->needed, left > 0 ? left / 1000 : 0);
}

static void line_end(const struct waiting *w)
{
    if (w->line)
        (void)fputc('\n', stderr);
}

static bool is_over(const struct waiting *w, const struct subject_view *view, struct err *e)
{
    (void)err_refuse(e, "grant.over", "grant %.*s is %s", LEAF_DIGITS, w->hex,
                     subject_state_names[view->state]);
    return err_hint(e, "sealward log show tells by whom and when");
}

static bool wait_open(struct client *c, struct waiting *w, const atomic_bool *stop, struct err *e)
{
    for (;;) {
        AUTO_VALUE(arena) arena = CLIENT_ARENA;
        struct subject_view view;
        if (atomic_load(stop))
            return err_set(e, ERR_STATE, "interrupted while waiting for approval");
        if (!ask(c, w, &view, stop, &arena, e))
            return false;
        if (view.state == SUBJECT_OPEN)
            return true;
        if (view.state != SUBJECT_WAITING && view.state != SUBJECT_APPROVED)
            return is_over(w, &view, e);
        say(w, &view);
    }
}

bool approval_wait(struct client *c, struct bytes leaf, const atomic_bool *stop, struct err *e)
{
    char hex[65];
    struct waiting w = {.hex = hex_string(hex, leaf), .terminal = isatty(STDERR_FILENO) == 1};
    bool ok = wait_open(c, &w, stop, e);
    line_end(&w);
    return ok;
}
