/*
 * JAR manifests (JAR File Specification, "Manifest and Signature Specification"): what they say
 * apart from what signing adds.
 *
 * Lines end with CR LF, LF or CR, and a line that begins with a space continues the one before; a
 * signer may fold lines anew, so they are joined first. Sections are kept apart by empty lines; the
 * first is the main one, each other begins with "Name: ".
 */
#ifndef SEALWARD_ARTIFACT_MANIFEST_H
#define SEALWARD_ARTIFACT_MANIFEST_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

struct manifest_item {
    struct bytes section; /* the section's Name; empty in the main section */
    struct bytes name;    /* of the attribute, in lower case */
    struct bytes value;
};

struct manifest {
    size_t count;
    struct manifest_item *items; /* ordered by section, then name; in the arena */
};

/* Gives the attributes that a signer neither writes nor changes: all but Manifest-Version and
 * Created-By of the main section, digests (names that end with -Digest, or have -Digest- in them)
 * and Magic, and the Name of a section itself. ERR_INPUT for a text that is no manifest, or has an
 * attribute twice in one section. */
CHECKED bool manifest_parse(struct manifest *ret, struct bytes text, struct arena *a,
                            struct err *e);

#endif
