#include "artifact/row.h"

/* Any file under a signature over its bare hash. Where that signature is kept is the affair of the
 * tool that asked for it, so there is none to be found, and no preimage between hash and file. */
const struct artifact_row raw_row = {.name = "raw", .identify = row_identify_whole};
