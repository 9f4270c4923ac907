/*
 * Endpoints: machines that decide whether software may run, each known by the key that signs its
 * confirmations. Enrolled by a person who may, so that nobody can invent one. Since rules
 * version 2. Inside the rules room only, but for the tables of what people sign.
 */
#ifndef SEALWARD_RULES_ENROLMENT_H
#define SEALWARD_RULES_ENROLMENT_H

#include "rules/entries.h"

/* Body of an enroll statement. */
struct enrolment {
    struct bytes id;    /* a name */
    struct bytes class; /* id of an object `endpoints` */
    struct bytes key;   /* SubjectPublicKeyInfo, P-256 */
};
extern const struct fields enrolment_fields;

/* Body of an expel statement. */
struct expulsion {
    struct bytes id;
    struct bytes activation; /* leaf of the entry that enrolled it */
};
extern const struct fields expulsion_fields;

#endif
