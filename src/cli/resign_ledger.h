/*
 * The ledger of a re-signing: what an old key signed with bound artifacts, and which of these a new
 * key has signed since. It is no file: it is read out of the record's index each time, so a
 * campaign can be stopped and continued anywhere. Hints: an artifact that the daemon leaves out is
 * not re-signed, and `sealward verify` tells.
 */
#ifndef SEALWARD_CLI_RESIGN_LEDGER_H
#define SEALWARD_CLI_RESIGN_LEDGER_H

#include "cli/cli.h"
#include "cli/grid.h"

struct resign_item {
    struct bytes name;
    struct bytes format;
    struct bytes algorithm;
    struct bytes digest;
    int64_t entry;    /* of the old key's newest signature for it */
    bool done;        /* the new key has a bound signature for it */
    const char *file; /* where it was found; NULL while it was not */
};

struct resign_ledger {
    struct bytes old_key;
    struct bytes new_key;
    struct resign_item *items;
    size_t count;
    size_t done;
};

/* Keys by their ids, 32 bytes. Everything lives in the cli's arena. */
CHECKED bool resign_ledger_load(struct resign_ledger *ret, struct cli *cli, struct bytes old_key,
                                struct bytes new_key, struct err *e);

/* Looks below the folder for the files of what is not done, telling how it goes on standard error.
 * *ret_found: how many of them are there. */
CHECKED bool resign_ledger_search(struct resign_ledger *l, struct cli *cli, const char *folder,
                                  size_t *ret_found, struct err *e);

/* As a table and as JSON. */
CHECKED bool resign_ledger_print(const struct resign_ledger *l, struct cli *cli, struct err *e);

#endif
