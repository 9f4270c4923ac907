/*
 * Where the files of a ledger are: every file in a folder and below it is identified in each way in
 * which an artifact of the ledger is known, and found by its digest, whatever it is called by now.
 */
#ifndef SEALWARD_CLI_RESIGN_SEARCH_H
#define SEALWARD_CLI_RESIGN_SEARCH_H

#include "cli/resign_ledger.h"

/* Sets `file` and `changed` of the ledger's items, telling on standard error how it goes. Folders
 * more than 16 deep are left out; a file that cannot be read is told of and left out. */
CHECKED bool resign_search(struct resign_ledger *l, struct cli *cli, const char *folder,
                           struct err *e);

#endif
