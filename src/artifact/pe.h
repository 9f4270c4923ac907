/*
 * PE and EFI images (Microsoft's PE format, Windows Authenticode Portable Executable Signature
 * Format): where the parts are that a signature leaves out.
 *
 * The identity of an image is its Authenticode hash, taken over the file from front to back without
 * the checksum, the directory entry of the certificate table, and the table itself; a file without
 * a table counts as padded with zeros to a multiple of 8, which is what signing does to it. The
 * hash as the specification words it, header and sections one by one, is the same for files that
 * are laid out without gaps; `flat` tells.
 */
#ifndef SEALWARD_ARTIFACT_PE_H
#define SEALWARD_ARTIFACT_PE_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

struct pe {
    size_t checksum_at; /* 4 bytes */
    size_t entry_at;    /* 8 bytes: offset and size of the certificate table */
    size_t table_at;    /* the end of the file when there is no table */
    size_t table_size;  /* 0 when there is none */
    bool flat;          /* headers and sections follow each other without gap or overlap */
};

/* Parses the headers. ERR_INPUT for what is no PE image, has no room for a certificate table, or
 * has one that is not at the end of the file. */
CHECKED bool pe_parse(struct pe *ret, struct bytes file, struct err *e);

#endif
