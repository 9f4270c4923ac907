/*
 * Entries that the daemon finds by a mark (docs/protocol/api.md, /v1/search): it says where they
 * may be, and each is proven before it counts. What the daemon leaves out is not noticed.
 */
#ifndef SEALWARD_CLI_LOOKUP_H
#define SEALWARD_CLI_LOOKUP_H

#include "client/client.h"

struct lookup {
    const char *kind; /* of the mark */
    struct bytes key;
    const char *type; /* of the entries; others are left out */
    /* Called for each entry, newest first; *ret_more, set to true before, may be set to false to
     * end. The entry is good for this call. */
    bool (*each)(void *context, const struct proven *proven, bool *ret_more, struct err *e);
    void *context;
};

CHECKED bool lookup_entries(struct client *c, const struct lookup *lookup, struct err *e);

#endif
