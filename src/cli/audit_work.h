/*
 * An audit while it runs. Steps return false when the audit ends there: the verdict, and what led
 * to it, then stand in the report. Inside audit_*.c only.
 */
#ifndef SEALWARD_CLI_AUDIT_WORK_H
#define SEALWARD_CLI_AUDIT_WORK_H

#include "cli/audit.h"

struct audit {
    const struct audit_plan *plan;
    struct audit_report report;
};

/* Ends the audit: report.why has been filled by the call that failed. `tile` and `entry` say where;
 * NULL and -1: the checkpoint. */
bool audit_end(struct audit *a, enum audit_verdict verdict, const struct tile *tile, int64_t entry);

/* Puts the content of a tile or bundle of the log into an empty buffer. A partial one that is gone
 * is taken out of the full one; a bundle is then wider, and *ret_width says how wide. */
CHECKED bool audit_tile(struct audit *a, const struct tile *tile, struct buf *ret,
                        unsigned *ret_width);

/* Reads every hash tile and holds it against the others and the checkpoint's root. */
CHECKED bool audit_hashes(struct audit *a);

/* Reads every bundle, holds its entries against the level 0 tile, and replays them. */
CHECKED bool audit_replay(struct audit *a);

/* Adds to the count of that name. */
void audit_count_add(struct audit_counts *counts, struct bytes name, uint64_t count);

#endif
