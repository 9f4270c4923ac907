/*
 * Timestamps of the authority's own TSA (RFC 3161): fetched for a signature, and looked for in
 * files that a tool has written. A token counts only if its chain leads to the authority's root.
 */
#ifndef SEALWARD_CLI_STAMP_H
#define SEALWARD_CLI_STAMP_H

#include "cli/outputs.h"
#include "client/client.h"

/* A token over the message, asked for at the daemon's /tsa, verified; in the arena. `chain` (struct
 * bytes, DER) is the signer's, its last the root. */
CHECKED bool stamp_fetch(struct bytes *ret_token, struct client *c, enum digest_alg alg,
                         struct bytes message, const struct list *chain, struct arena *a,
                         struct err *e);

struct stamp_plan {
    const struct outputs *outputs;
    const struct list *artifacts; /* struct artifact, as the grant declares them */
    const struct list *chain;
};

/* That each signature made stands in one of the outputs with a timestamp that holds. Else
 * ERR_REFUSED "timestamp.missing"; files that lack one are moved aside, to PATH.no-timestamp, and
 * the message names the first. */
CHECKED bool stamp_judge(const struct stamp_plan *plan, const struct signatures *made,
                         struct err *e);

#endif
