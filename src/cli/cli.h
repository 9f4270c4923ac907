/*
 * One call of `sealward`: its settings and arguments, the connection to the daemon (opened when it
 * is first asked for), and what nearly every subcommand does: make a statement as the actor of
 * --as, with that actor's evidence, and enter it.
 *
 * Owned by main; one thread. The client handed out stays the cli's.
 */
#ifndef SEALWARD_CLI_CLI_H
#define SEALWARD_CLI_CLI_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "cli/arguments.h"
#include "cli/settings.h"
#include "client/client.h"
#include "client/statement.h"

struct cli {
    struct settings settings;
    struct arguments arguments;
    struct arena arena; /* lives as long as the call */
    struct client *client;
    int exit_code; /* of a success, where it is not 0: `run` hands on its tool's */
};

/* The connection, with the pinned authority. */
CHECKED bool cli_client(struct client **ret, struct cli *cli, struct err *e);

/* The same settings once more, for another thread; the caller's. */
CHECKED bool cli_client_new(struct client **ret, const struct cli *cli, struct err *e);

/* Who acts: --as, in full ("person/<handle>", "workload/<id>"). A name of the names file stands for
 * its person. ERR_INPUT if nobody is named. */
CHECKED bool cli_actor(struct bytes *ret, struct cli *cli, struct err *e);

/* The evidence that this actor makes a statement of that text; lives in the cli's arena. People:
 * the SSH agent. Workloads: an identity token where there is a source, and the agent where there is
 * none or --key is given as well. */
CHECKED bool cli_evidence(struct evidence *ret, struct cli *cli, struct bytes actor,
                          struct bytes text, struct err *e);

/* Statement of that type with that body: built under the newest checkpoint, signed, entered.
 * Everything in *ret lives in the cli's arena. */
CHECKED bool cli_say(struct admitted *ret, struct cli *cli, const char *type, struct bytes body,
                     struct err *e);

/* The whole file, in the cli's arena; at most `max` bytes. */
CHECKED bool cli_file(struct bytes *ret, struct cli *cli, const char *path, size_t max,
                      struct err *e);

/* The result of a subcommand: `json` (one canonical object) where --json is set, else `text`, whose
 * lines end with a newline. */
CHECKED bool cli_print(const struct cli *cli, struct buf *text, struct buf *json, struct err *e);

#endif
