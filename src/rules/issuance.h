/*
 * From an approved issuance proposal to the TBSCertificate, byte for byte the same for everybody.
 * docs/protocol/certificates.md. Inside the rules room only.
 */
#ifndef SEALWARD_RULES_ISSUANCE_H
#define SEALWARD_RULES_ISSUANCE_H

#include "pki/profile.h"
#include "rules/rules.h"
#include "rules/state.h"

/* Characters of a CRL's URL behind the base URL: "/crl/", 16 hex digits, "/9999q4.crl". */
#define ISSUANCE_URL_TAIL 32

/* The issuance entry's body. */
struct issuance {
    struct bytes proposal; /* leaf */
    struct bytes issuer;   /* key id of the issuer */
    struct bytes serial;   /* the 16 random bytes that the serial is made of */
    int64_t number;
    struct bytes tbs;
};
extern const struct fields issuance_fields;

/* The certificate entry's body. */
struct certified {
    struct bytes issuance;    /* leaf of the issuance entry */
    struct bytes certificate; /* DER */
};
extern const struct fields certified_fields;

/* What the certificate will be: everything that follows from proposal and state. Texts live in the
 * state or the arena. */
struct issuance_plan {
    struct bytes key;
    struct bytes issuer;
    struct bytes signer; /* absent for a CA */
    int mechanism;       /* of the issuer's signature */
    int64_t number;
    int64_t not_before;
    int64_t not_after;
    struct buf tbs;
};
void issuance_plan_done(struct issuance_plan *p);
AUTO_DONE(issuance_plan)

/* Builds and lints the TBSCertificate for the approved proposal with that leaf hash, as of `time`.
 */
CHECKED bool issuance_plan_make(struct issuance_plan *ret, const struct rules_state *s,
                                struct bytes proposal, struct bytes serial, int64_t time,
                                struct err *e);

/* The profile that certificates of such keys have. */
enum profile profile_of_role(enum key_role role);

/* Whether the issuer's key may sign certificates at that time: the root's, or an active one of the
 * record; since rules version 2 only while its own certificate is valid. */
bool issuer_usable(const struct rules_state *s, struct bytes issuer, int64_t time);

/* The end of the issuer's own validity, milliseconds: of its newest certificate. */
int64_t issuer_end(const struct rules_state *s, struct bytes issuer);

/* The SPKI of an issuer, the root or a key of the record. */
CHECKED bool issuer_spki(struct bytes *ret, const struct rules_state *s, struct bytes issuer,
                         struct err *e);

#endif
