/*
 * Re-confirming a workload whose pipeline has moved: other claims, another issuer. A proposal like
 * a change of policy, for that one object. Since rules version 2. Inside the rules room only, but
 * for the table of what people sign.
 */
#ifndef SEALWARD_RULES_RECONFIRM_H
#define SEALWARD_RULES_RECONFIRM_H

#include "base/fields.h"

/* Detail of a "reconfirm" proposal. */
struct reconfirm {
    struct bytes workload;
    struct bytes replaces; /* digest of the object in force */
    struct bytes value;    /* raw: the new workload object */
};
extern const struct fields reconfirm_fields;

#endif
