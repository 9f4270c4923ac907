/*
 * Partitions of CRLs: one for each issuer and quarter of the year in which it issued certificates
 * (docs/protocol/crl.md). Inside the rules room only.
 */
#ifndef SEALWARD_RULES_PARTITION_H
#define SEALWARD_RULES_PARTITION_H

#include "rules/rules.h"
#include "rules/state.h"

struct partition {
    uint8_t issuer[32]; /* key id */
    int year;
    int quarter; /* 1 to 4 */
};

/* The partition of a certificate. ERR_INPUT for a time that cannot be written. */
CHECKED bool partition_of(struct partition *ret, struct bytes issuer, int64_t not_before,
                          struct err *e);

bool partition_equal(const struct partition *a, const struct partition *b);

/* "crl/<first 16 hex digits of the issuer's key id>/<year>q<quarter>.crl", below the public folder
 * and, behind a slash, below the public base URL. */
#define PARTITION_PATH 64
void partition_path(char ret[PARTITION_PATH], const struct partition *p);

/* Its URL, as it stands in the certificates; false if the base URL is too long for that. */
CHECKED bool partition_url(char *ret, size_t size, const struct rules_state *s,
                           const struct partition *p);

struct partitions {
    struct partition *list;
    size_t count;
    size_t capacity;
};
void partitions_done(struct partitions *p);
AUTO_DONE(partitions)

/* Those of which a CRL is published at `time`: up to ten years past the expiry of the last
 * certificate in it, as long as the issuer has a certificate in force and its key may sign CRLs. In
 * the order in which their first certificates were numbered. */
CHECKED bool partitions_find(struct partitions *ret, const struct rules_state *s, int64_t time,
                             struct err *e);

/* Those of the root, however old. */
CHECKED bool partitions_of_root(struct partitions *ret, const struct rules_state *s, struct err *e);

/* Before a certificate is recorded: the first one of a partition makes the newest status
 * incomplete, since the URL in the certificate leads nowhere yet. */
CHECKED bool partition_begin(struct rules_state *s, const struct certificate *c, struct err *e);

/* The issuing certificate under which that key signs CRLs at `time`; NULL if it does not. A key
 * that is suspended or deactivated certifies nothing more but still says what is revoked; one that
 * is compromised says nothing that could be believed. */
const struct certificate *crl_issuer(const struct rules_state *s, struct bytes issuer,
                                     int64_t time);

/* The entries of a CRL. */
struct crl_entries {
    struct crl_entry *list;
    size_t count;
    size_t capacity;
};
void crl_entries_done(struct crl_entries *c);
AUTO_DONE(crl_entries)

/* Adds one revoked certificate, behind the others. */
CHECKED bool crl_entries_add(struct crl_entries *entries, const struct rules_state *s,
                             const struct revocation *r, struct err *e);

/* Those of a partition's CRL, sorted: every certificate in it that is revoked. Looks through all
 * revocations; for many partitions at once there is grouping.h. */
CHECKED bool crl_entries_find(struct crl_entries *ret, const struct rules_state *s,
                              const struct partition *p, struct err *e);

/* The partition of a revoked certificate; false for everything else that is revoked. */
bool revocation_partition(struct partition *ret, const struct rules_state *s,
                          const struct revocation *r);

#endif
