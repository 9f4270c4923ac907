/*
 * The handlers of the API, by what they answer. See http/call.h for what a handler does.
 */
#ifndef SEALWARD_HTTP_CALLS_H
#define SEALWARD_HTTP_CALLS_H

#include "base/auto.h"
#include "http/call.h"

/* calls_submit.c: what changes the record */
CHECKED bool calls_submit(struct call *c, struct err *e);
CHECKED bool calls_again(struct call *c, struct err *e);
CHECKED bool calls_reconcile(struct call *c, struct err *e);

/* calls_record.c: entries */
CHECKED bool calls_authority(struct call *c, struct err *e);
CHECKED bool calls_entries(struct call *c, struct err *e);
CHECKED bool calls_entry(struct call *c, struct err *e);
CHECKED bool calls_receipt(struct call *c, struct err *e);
CHECKED bool calls_search(struct call *c, struct err *e);

/* calls_state.c: what is open */
CHECKED bool calls_subjects(struct call *c, struct err *e);
CHECKED bool calls_subject(struct call *c, struct err *e);
CHECKED bool calls_policy(struct call *c, struct err *e);
CHECKED bool calls_signer(struct call *c, struct err *e);
CHECKED bool calls_keys(struct call *c, struct err *e);
CHECKED bool calls_certificates(struct call *c, struct err *e);
CHECKED bool calls_findings(struct call *c, struct err *e);

/* calls_account.c: what was signed, and what a revocation would do */
CHECKED bool calls_radius(struct call *c, struct err *e);
CHECKED bool calls_what_if(struct call *c, struct err *e);
CHECKED bool calls_story(struct call *c, struct err *e);

/* calls_life.c: inventory, revocations and who knows of them */
CHECKED bool calls_inventory(struct call *c, struct err *e);
CHECKED bool calls_calendar(struct call *c, struct err *e);
CHECKED bool calls_life(struct call *c, struct err *e);
CHECKED bool calls_reach(struct call *c, struct err *e);
CHECKED bool calls_explain(struct call *c, struct err *e);
CHECKED bool calls_revocations(struct call *c, struct err *e);
CHECKED bool calls_revocable(struct call *c, struct err *e);
CHECKED bool calls_confirm(struct call *c, struct err *e);
CHECKED bool calls_propagation(struct call *c, struct err *e);

/* calls_kept.c: what the record does not hold */
CHECKED bool calls_names(struct call *c, struct err *e);
CHECKED bool calls_name(struct call *c, struct err *e);
CHECKED bool calls_put_name(struct call *c, struct err *e);
CHECKED bool calls_refusals(struct call *c, struct err *e);

/* calls_own.c: about the daemon */
CHECKED bool calls_metrics(struct call *c, struct err *e);
CHECKED bool calls_healthz(struct call *c, struct err *e);

/* calls_tsa.c: timestamps */
CHECKED bool calls_tsa(struct call *c, struct err *e);

/* files.c: public files */
CHECKED bool calls_file(struct call *c, struct err *e);

#endif
