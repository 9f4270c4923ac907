/*
 * The descriptions of the records that state_life.c keeps. Inside state.c, state_life.c and views
 * only.
 */
#ifndef SEALWARD_RULES_STATE_FIELDS_H
#define SEALWARD_RULES_STATE_FIELDS_H

#include "base/fields.h"

extern const struct fields life_fields;
extern const struct fields revocation_fields;
extern const struct fields status_record_fields;
extern const struct fields ratification_fields;
extern const struct fields orphan_fields;
extern const struct fields stage_fields;
extern const struct fields rollover_fields;
extern const struct fields endpoint_fields;
extern const struct fields retirement_fields;
extern const struct fields root_crl_fields;
extern const struct fields lifted_fields;

#endif
