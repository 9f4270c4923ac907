/*
 * The formats of artifacts as the record knows them: name, family, and what a binding must show.
 * One row a format. The names stand in entries and policies and never change; artifact/ has a file
 * of the same name for what reads whole files.
 */
#ifndef SEALWARD_PROOF_FORMAT_H
#define SEALWARD_PROOF_FORMAT_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/digest.h"

/* A key serves one family, never both: what signs bare hashes could else be given the hash of
 * attributes, and the other way round. */
enum format_family {
    FORMAT_ATTRIBUTES, /* the hash of SignedAttributes, or of what stands for them, is signed */
    FORMAT_BARE_HASH,  /* the hash of the file itself is signed */
};

/* "attributes", "bare-hash", NULL: indexed by enum format_family, as FIELD_ENUM wants them. */
extern const char *const format_family_names[];

enum format {
    FORMAT_PE,  /* PE and EFI images, Authenticode */
    FORMAT_CMS, /* any file, detached CMS beside it */
    FORMAT_RAW, /* any file, signature over its bare hash */
    FORMAT_JAR, /* JAR signed by jarsigner */
};

#define FORMAT_COUNT 4

/* "pe", "cms", "raw", "jar", NULL: indexed by enum format, as FIELD_ENUM wants them. */
extern const char *const format_names[];

struct binding;

struct format_row {
    enum format_family family;
    size_t preimages; /* how many a binding of it carries */
    /* Checks the preimages beyond what binding_check does for all; NULL: cannot be bound. */
    bool (*check)(const struct binding *b, struct err *e);
    const char *content_type; /* dotted, of the SignedAttributes; NULL where there are none */
    bool can_build;           /* format_attributes_build knows how */
};

const struct format_row *format_get(enum format format);
CHECKED bool format_from_name(enum format *ret, struct bytes name, struct err *e);

/* Appends the SignedAttributes that the keeper itself builds for an artifact (binding `before`):
 * contentType, messageDigest, signingTime in milliseconds. The signature must then use `alg`, the
 * hash that the artifact is known by. ERR_STATE for a format that needs more than the digest. */
CHECKED bool format_attributes_build(struct buf *ret, enum format format, enum digest_alg alg,
                                     struct bytes digest, int64_t time, struct err *e);

#endif
