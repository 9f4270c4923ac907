/*
 * The only opener of files. Every descriptor is close-on-exec, every error names the path, every
 * read and write is complete or an error: short reads and writes and interruptions are handled
 * here.
 *
 * A `struct file` owns its descriptor and its path. It has no lock of its own: one thread at a
 * time, except that file_pread may run in several. Paths are as the caller gives them; nothing is
 * expanded. ERR_NOT_FOUND where the path does not exist, ERR_LIMIT where a file is larger than
 * allowed, ERR_DAMAGED where it ends early, ERR_IO for everything the system refuses.
 *
 * Not here: sockets, terminals' modes, and what the bytes mean.
 */
#ifndef SEALWARD_BASE_FILE_H
#define SEALWARD_BASE_FILE_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct file;

enum file_access {
    FILE_READ,       /* must exist */
    FILE_READ_WRITE, /* must exist */
    FILE_OPEN,       /* read and write; made if absent */
    FILE_CREATE,     /* read and write; ERR_CONFLICT if it exists */
};

/* What may stand at the path. FILE_ANY is for terminals, pipes and /dev; opening never waits. */
enum file_kind { FILE_REGULAR, FILE_ANY };

/* Opens; `mode` (less the umask) is used where a file is made. Follows symbolic links, except that
 * FILE_CREATE never does. */
CHECKED bool file_open(struct file **ret, const char *path, enum file_access access,
                       enum file_kind kind, mode_t mode, struct err *e);
void file_free(struct file *f);
AUTO_FREE(file)

/* The descriptor, still owned by `f`. */
int file_descriptor(const struct file *f);
const char *file_path(const struct file *f);

struct file_facts {
    uint64_t size;
    int64_t modified_ms; /* since the epoch */
    mode_t mode;         /* permission bits only */
    uid_t owner;
    bool regular;
    bool folder;
};

CHECKED bool file_facts(struct file_facts *ret, const struct file *f, struct err *e);
CHECKED bool file_facts_at(struct file_facts *ret, const char *path, struct err *e);

/* Exactly `size` bytes from `offset`; ERR_DAMAGED if the file ends before. */
CHECKED bool file_pread(const struct file *f, uint64_t offset, uint8_t *ret, size_t size,
                        struct err *e);

/* All bytes at `offset`. After a failure the range holds some prefix of them. */
CHECKED bool file_pwrite(struct file *f, uint64_t offset, struct bytes bytes, struct err *e);

/* Reserves blocks up to `size`, so that later writes below it cannot meet a full disk and do not
 * change the file's length. New bytes are zero. Where the file system cannot reserve, only the
 * length grows. */
CHECKED bool file_preallocate(struct file *f, uint64_t size, struct err *e);

CHECKED bool file_truncate(struct file *f, uint64_t size, struct err *e);

/* Data, and what is needed to read it back, is durable when this returns true. After a failure
 * nothing may be believed about any write since the last success: the caller must end. */
CHECKED bool file_sync(struct file *f, struct err *e);

/* Makes the name of a file that file_open has just made durable in its folder; a file's own sync
 * does not promise that. */
CHECKED bool file_sync_name(const struct file *f, struct err *e);

/* Exclusive advisory lock until `f` is freed; ERR_BUSY at once if another process holds it. */
CHECKED bool file_lock(struct file *f, struct err *e);

/* Appends the whole file to `b`, whose maximum is the limit. On failure *b is as before. */
CHECKED bool file_read(struct buf *b, const char *path, enum file_kind kind, struct err *e);

/* The same from an open descriptor (standard input, an inherited pipe) up to its end; `what` names
 * it in messages. The descriptor stays open. */
CHECKED bool file_read_descriptor(struct buf *b, int descriptor, const char *what, struct err *e);

/* All bytes to a descriptor that is not ours to close, such as standard output. */
CHECKED bool file_write_descriptor(int descriptor, struct bytes bytes, const char *what,
                                   struct err *e);

/* Puts a file in place of whatever was there, whole or not at all, durable when this returns true:
 * temporary file in the same folder, sync, rename, sync of the folder. `mode` is exact, whatever
 * the umask. */
CHECKED bool file_replace(const char *path, struct bytes bytes, mode_t mode, struct err *e);

/* The same without waiting for the disk, for views that can be rebuilt: after a crash either
 * version, or an empty file, may be found. */
CHECKED bool file_replace_view(const char *path, struct bytes bytes, mode_t mode, struct err *e);

CHECKED bool file_exists(bool *ret, const char *path, struct err *e);

/* Removes a file or a symbolic link, or an empty folder. ERR_NOT_FOUND if there is none. */
CHECKED bool file_remove(const char *path, struct err *e);

/* Makes the folder and those above it that are missing, each with exactly `mode`. An existing
 * folder is left as it is. */
CHECKED bool file_make_folders(const char *path, mode_t mode, struct err *e);

/* Makes a new folder in `folder`, mode 0700, with a name that begins with `prefix` and that nobody
 * can foresee; appends its path. */
CHECKED bool file_make_private_folder(struct buf *ret_path, const char *folder, const char *prefix,
                                      struct err *e);

/* Makes the folder that `path` would stand in. */
CHECKED bool file_make_folders_above(const char *path, mode_t mode, struct err *e);

/* Calls `each` with every name in the folder but "." and "..", in byte order; stops when it returns
 * false. ERR_LIMIT if there are more than `max` names. */
CHECKED bool file_list(const char *path, size_t max,
                       bool (*each)(void *context, const char *name, struct err *e), void *context,
                       struct err *e);

#endif
