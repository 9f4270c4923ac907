/*
 * The ledger of a re-signing: what an old key signed with bound artifacts, and which of these a new
 * key has signed since. It is no file: it is read out of the record each time, so a campaign can be
 * stopped and continued anywhere.
 *
 * Each line of it is proven by entries (cli/resign_proof). An artifact that the daemon leaves out
 * is not noticed: it is not re-signed, and `sealward verify` tells.
 *
 * Items stand in the order of their names. Everything lives in the cli's arena.
 */
#ifndef SEALWARD_CLI_RESIGN_LEDGER_H
#define SEALWARD_CLI_RESIGN_LEDGER_H

#include "cli/cli.h"
#include "rules/state.h"

struct resign_item {
    struct artifact artifact; /* by the name that it had last */
    int64_t entry;            /* of the old key's newest signature for it */
    int64_t item;
    int64_t done_entry; /* of the new key's; -1 while there is none */
    int64_t done_item;
    const char *file;    /* where it was found; NULL while it was not */
    const char *changed; /* a file of its name that is another one by now; else NULL */
};

struct resign_ledger {
    struct bytes old_key;
    struct bytes new_key;
    struct resign_item *items;
    size_t count;
    size_t done;
    int64_t unbound; /* signatures of the old key that belong to no artifact on record */
    int64_t revoked; /* those that are left out: revoked by themselves, or their artifact is */
};

static inline bool resign_item_done(const struct resign_item *item)
{
    return item->done_entry >= 0;
}

/* Keys by their ids, 32 bytes. */
CHECKED bool resign_ledger_load(struct resign_ledger *ret, struct cli *cli, struct bytes old_key,
                                struct bytes new_key, struct err *e);

/* Proves what is done among these. */
CHECKED bool resign_ledger_confirm(const struct resign_ledger *l, struct cli *cli,
                                   struct resign_item *const *items, size_t count, struct err *e);

/* As a table, of what is left alone where `all` is false, and as JSON with all of it. */
CHECKED bool resign_ledger_print(const struct resign_ledger *l, struct cli *cli, bool all,
                                 struct err *e);

#endif
