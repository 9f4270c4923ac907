/*
 * The index: a view of the record that can be searched. It decides nothing. Lost, damaged or
 * edited, it is deleted and filled again from the keeper, so it may lag but need not be durable.
 *
 * A storage driver is one struct of functions over plain records; index_sqlite is the first. All
 * SQL of the product is in this room.
 *
 * Invariants: entries stand in the index without gaps from 0; an entry, its marks and the new size
 * become visible together or not at all.
 *
 * Ownership: what is read is copied into the caller's arena. Threads: a struct index is one
 * connection and belongs to one thread at a time. Open one with INDEX_WRITER and as many with
 * INDEX_READER as there are threads that ask; readers never wait for the writer, nor it for them.
 *
 * What it does not do: read entries (service/follow does, and says what to mark), keep anything
 * that is not in the record (index/kept does).
 */
#ifndef SEALWARD_INDEX_INDEX_H
#define SEALWARD_INDEX_INDEX_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

#define INDEX_HASH_SIZE 32
/* The most rows that one list or search gives. */
#define INDEX_PAGE_MAX 1000
/* A mark's key: a digest, a handle, a name. */
#define INDEX_KEY_MAX 255

struct index_entry {
    int64_t number;
    int64_t time_ms;
    uint8_t leaf[INDEX_HASH_SIZE];
    struct bytes type;
    struct bytes actor;   /* handle or workload name; absent for the keeper's own entries */
    struct bytes subject; /* 32 bytes, what the entry is about; absent if nothing */
    struct bytes summary; /* one line for people */
    struct bytes bytes;   /* the entry itself; absent where a query did not ask for it */
};

/* What an entry can be found by. The numbers stand in the file. */
enum index_kind {
    INDEX_ARTIFACT = 1,     /* digest of a declared artifact */
    INDEX_TO_BE_SIGNED = 2, /* digest that was signed */
    INDEX_KEY = 3,          /* SHA-256 of the SPKI */
    INDEX_GRANT = 4,        /* leaf hash */
    INDEX_PROPOSAL = 5,     /* leaf hash */
    INDEX_PERSON = 6,       /* handle */
    INDEX_WORKLOAD = 7,     /* name */
    INDEX_SIGNER = 8,       /* name */
    INDEX_PATH = 9,         /* name of a release path */
    INDEX_CERTIFICATE = 10, /* serial number's bytes */
};

struct index_mark {
    enum index_kind kind;
    struct bytes key; /* 1 .. INDEX_KEY_MAX bytes */
    int64_t item; /* which item of a request or artifact of a grant; 0 where there is one only */
};

struct index_entries {
    struct index_entry *list;
    size_t count;
};

/* Newest first. */
struct index_query {
    struct bytes type; /* of this type only; absent: any */
    int64_t before;    /* numbers below this; INT64_MAX: from the newest on */
    size_t limit;      /* 1 .. INDEX_PAGE_MAX */
    bool bytes;        /* also the entries' bytes */
};

struct index_hit {
    int64_t entry;
    int64_t item;
};

struct index_hits {
    struct index_hit *list;
    size_t count;
};

/* Newest first. The next page begins before the last hit of this one. */
struct index_search {
    enum index_kind kind;
    struct bytes key;
    struct index_hit before; /* INDEX_FROM_NEWEST, or the last hit seen */
    size_t limit;            /* 1 .. INDEX_PAGE_MAX */
};

#define INDEX_FROM_NEWEST ((struct index_hit){.entry = INT64_MAX, .item = INT64_MAX})

enum index_mode { INDEX_WRITER, INDEX_READER };

struct index_driver;

/* What every driver's connection begins with. */
struct index {
    const struct index_driver *driver;
};

struct index_driver {
    const char *name;

    /* Writer: makes what is not there, brings an older one to the newest schema, and checks it
     * whole; `place` is a file's path. Reader: the writer must have opened it before.
     * ERR_DAMAGED: it is broken or not ours, and may be deleted. ERR_STATE: made by a newer build.
     */
    CHECKED bool (*open)(struct index **ret, const char *place, enum index_mode mode,
                         struct err *e);
    void (*free)(struct index *ix);

    /* One transaction of the writer; what it put is seen by others after commit. Free, rollback or
     * a failed commit leaves nothing of it; after a failed put, roll back. */
    CHECKED bool (*begin)(struct index *ix, struct err *e);
    CHECKED bool (*put)(struct index *ix, const struct index_entry *entry,
                        const struct index_mark *marks, size_t count, struct err *e);
    CHECKED bool (*commit)(struct index *ix, struct err *e);
    void (*rollback)(struct index *ix);

    /* Entries in it: the number that the next put must have (else ERR_INTERNAL). */
    CHECKED bool (*size)(struct index *ix, int64_t *ret, struct err *e);

    /* With its bytes. ERR_NOT_FOUND. */
    CHECKED bool (*by_number)(struct index *ix, int64_t number, struct index_entry *ret,
                              struct arena *a, struct err *e);
    CHECKED bool (*by_leaf)(struct index *ix, const uint8_t leaf[INDEX_HASH_SIZE],
                            struct index_entry *ret, struct arena *a, struct err *e);

    CHECKED bool (*list)(struct index *ix, const struct index_query *query,
                         struct index_entries *ret, struct arena *a, struct err *e);
    CHECKED bool (*search)(struct index *ix, const struct index_search *search,
                           struct index_hits *ret, struct arena *a, struct err *e);

    /* Writer, outside a transaction: back to no entries. */
    CHECKED bool (*wipe)(struct index *ix, struct err *e);
};

extern const struct index_driver index_sqlite;

static inline void index_free(struct index *ix)
{
    if (ix != NULL)
        ix->driver->free(ix);
}
AUTO_FREE(index)

#endif
