/*
 * ZIP archives as JAR files are (PKWARE APPNOTE): finds the entries and unpacks them.
 *
 * Strict, because two readers must not see two archives, whether they go by the central directory
 * or from entry to entry: one disk, no ZIP64, no encryption, stored or deflated only, no name
 * twice, names in UTF-8, each local header says what the directory says, entries follow each other
 * from the first byte on to the directory, and that ends where its end record begins. Extra fields,
 * comments and times are not looked at. Checksums are not checked; whoever needs certainty hashes
 * the contents.
 */
#ifndef SEALWARD_ARTIFACT_ZIP_H
#define SEALWARD_ARTIFACT_ZIP_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

struct zip_entry {
    struct bytes name;
    struct bytes packed; /* as it stands in the file */
    size_t size;         /* unpacked */
    bool deflated;
    bool described; /* its sizes stand behind it once more, not in its local header */
    size_t at;      /* where its local header begins */
};

struct zip {
    size_t count;
    struct zip_entry *entries; /* in the order of their names, by bytes; in the arena */
};

/* Parses the archive. Names and contents are views into the file. */
CHECKED bool zip_parse(struct zip *ret, struct bytes file, struct arena *a, struct err *e);

/* Appends the entry's unpacked contents. */
CHECKED bool zip_read(struct buf *ret, const struct zip_entry *entry, struct err *e);

#endif
