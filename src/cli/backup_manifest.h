/*
 * What a backup holds: `manifest.json`, one canonical JSON object and a newline, written last.
 * docs/operations.md says what the files are.
 */
#ifndef SEALWARD_CLI_BACKUP_MANIFEST_H
#define SEALWARD_CLI_BACKUP_MANIFEST_H

#include "base/fields.h"

#define BACKUP_MANIFEST "manifest.json"
#define BACKUP_JOURNAL "journal/journal"
#define BACKUP_WITHHELD "journal/withheld"
#define BACKUP_KEPT "state/kept.db"
#define BACKUP_CHECKPOINT "public/log/checkpoint"
#define BACKUP_AUTHORITY "public/log/authority.json"
#define BACKUP_CONFIG "config/" /* and a file's name */

/* Bytes of a manifest: some 200 for each file. */
#define BACKUP_MANIFEST_MAX (1 << 20)
#define BACKUP_FILES_MAX 1024

struct backup_file {
    struct bytes path; /* below the backup's folder */
    int64_t size;
    struct bytes sha256;
};

struct backup_manifest {
    int64_t version;        /* 1 */
    struct bytes authority; /* id */
    int64_t time;           /* milliseconds, when it was begun */
    int64_t entries;        /* in the journal */
    struct bytes root;      /* of the tree over them */
    struct list files;      /* struct backup_file */
};

/* ERR_INPUT for what backup_manifest_write would not write, and for a path that is none of the
 * above or stands twice. */
CHECKED bool backup_manifest_read(struct backup_manifest *ret, struct bytes text, struct arena *a,
                                  struct err *e);
void backup_manifest_write(struct buf *b, const struct backup_manifest *m);

/* The file of that path; NULL if the backup has none. */
const struct backup_file *backup_manifest_find(const struct backup_manifest *m, const char *path);

#endif
