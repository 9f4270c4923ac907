/*
 * A format's row in the table of artifact/artifact.c: what each format's file offers. The functions
 * mean what those of the same name in artifact/artifact.h say. Inside the room only.
 */
#ifndef SEALWARD_ARTIFACT_ROW_H
#define SEALWARD_ARTIFACT_ROW_H

#include "artifact/artifact.h"

struct artifact_row {
    const char *name;
    bool (*identify)(uint8_t ret[DIGEST_MAX], enum digest_alg alg, struct bytes file,
                     struct err *e);
    bool (*signatures)(struct artifact_signatures *ret, struct bytes file, struct bytes beside,
                       struct arena *a, struct err *e);
    bool (*preimages)(struct artifact_preimages *ret, struct bytes signature, struct arena *a,
                      struct err *e);
};

extern const struct artifact_row pe_row;
extern const struct artifact_row cms_row;
extern const struct artifact_row raw_row;
extern const struct artifact_row jar_row;

/* Appends one signature; ERR_LIMIT when there are too many. */
CHECKED bool row_signature_add(struct artifact_signatures *list, struct bytes signature,
                               struct err *e);

/* identify of the formats whose artifact is the file as it is. */
CHECKED bool row_identify_whole(uint8_t ret[DIGEST_MAX], enum digest_alg alg, struct bytes file,
                                struct err *e);

/* What all formats with SignedAttributes have in common: parses the message, which must have
 * exactly one signer, and gives its attributes as the first preimage. */
struct cms;
CHECKED bool row_attributes_take(struct artifact_preimages *ret, struct cms *ret_cms,
                                 struct bytes signature, struct arena *a, struct err *e);

#endif
