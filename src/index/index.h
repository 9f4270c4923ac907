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
/* The most rows of totals, and of paths in them. */
#define INDEX_TOTALS_MAX 20000
#define INDEX_APPROVERS_MAX 64
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
    INDEX_ENDPOINT = 11,    /* id */
    INDEX_NUMBER = 12,      /* of a certificate, in decimal */
};

struct index_mark {
    enum index_kind kind;
    struct bytes key; /* 1 .. INDEX_KEY_MAX bytes */
    int64_t item;     /* which item of a request or artifact of a grant; of a person or workload, 1:
                         named, 0: whoever acted; else 0 */
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

struct index_texts {
    struct bytes *list;
    size_t count;
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

/* --- What was signed, for whom -------------------------------------------------------------------
 *
 * An entry may open a grant, sign, bind a signature to its artifact, or bring a certificate. */

struct index_artifact {
    struct bytes name;
    struct bytes format;
    struct bytes algorithm;
    struct bytes digest;
};

struct index_grant {
    int64_t entry;
    struct bytes leaf;
    struct bytes path;
    struct bytes signer;
    struct bytes actor; /* "person/…", "workload/…" */
    const struct index_artifact *artifacts;
    size_t count;
};

struct index_item {
    struct bytes tbs;
    int64_t id;       /* the first 8 bytes of the signature's id, whatever sign that gives */
    int64_t artifact; /* number in its grant; -1 while nobody knows */
};

/* One request's signatures. Its grant must have been put before. */
struct index_signatures {
    int64_t entry;
    int64_t time_ms;
    int64_t month;      /* INDEX_MONTH of that time */
    struct bytes grant; /* leaf */
    struct bytes key;
    int64_t certificate; /* the key's newest at that time; -1 for none */
    const struct index_item *items;
    size_t count;
};

/* The signature over `tbs` belongs to that artifact of its grant, or to `declared`, which its grant
 * did not name. */
struct index_binding {
    struct bytes grant;
    struct bytes key;
    struct bytes tbs;
    int64_t artifact;
    const struct index_artifact *declared; /* else NULL */
};

struct index_certificate {
    int64_t number;
    struct bytes serial;
    struct bytes key;
};

/* Which signatures: those of a key, a path, … */
enum index_scope {
    INDEX_BY_KEY,         /* 32 bytes */
    INDEX_BY_CERTIFICATE, /* `number` */
    INDEX_BY_PATH,
    INDEX_BY_ACTOR,
    INDEX_BY_GRANT,     /* leaf */
    INDEX_BY_ARTIFACT,  /* digest */
    INDEX_BY_SIGNATURE, /* `number`: its id's first 8 bytes */
    INDEX_SCOPES,
};

struct index_which {
    enum index_scope scope;
    struct bytes key;
    int64_t number;
};

#define INDEX_MONTH(year, month) ((year)*12 + (month)-1)

/* How many signatures of a path in a month. */
struct index_total {
    struct bytes path;
    int64_t month; /* INDEX_MONTH */
    int64_t count;
    int64_t first_ms;
    int64_t last_ms;
};

struct index_totals {
    struct index_total *list; /* by path, then month */
    size_t count;
};

struct index_signature {
    int64_t entry;
    int64_t item;
    int64_t time_ms;
    int64_t certificate; /* -1: none */
    struct bytes key;
    struct bytes tbs;
    struct bytes grant; /* leaf */
    int64_t grant_entry;
    struct bytes path;
    struct bytes signer;
    struct bytes actor;
    bool bound;
    struct index_artifact artifact; /* if bound */
};

/* Newest first, those before `before` and not earlier than entry `from`. */
struct index_signed {
    struct index_which which;
    struct index_hit before;
    int64_t from;
    size_t limit;
};

struct index_signature_list {
    struct index_signature *list;
    size_t count;
};

/* How many signatures of a path are not earlier than an entry. */
struct index_cut {
    struct bytes path;
    int64_t count;
};

struct index_cuts {
    struct index_cut *list; /* by path; those that have any */
    size_t count;
};

/* The story of a thing: the entries that concern it, oldest first, those after `after`; what was
 * signed is left out. */
struct index_story {
    enum index_kind kind;
    struct bytes key;
    int64_t after; /* -1: from the beginning */
    size_t limit;
    bool wide; /* also what was proposed, approved and granted for those entries */
};

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

    /* Within the writer's transaction, behind the entry's own put. */
    CHECKED bool (*put_grant)(struct index *ix, const struct index_grant *grant, struct err *e);
    CHECKED bool (*put_signatures)(struct index *ix, const struct index_signatures *signatures,
                                   struct err *e);
    CHECKED bool (*put_binding)(struct index *ix, const struct index_binding *binding,
                                struct err *e);
    CHECKED bool (*put_certificate)(struct index *ix, const struct index_certificate *certificate,
                                    struct err *e);

    /* All of a scope, by path and month; nothing signed gives none. */
    CHECKED bool (*totals)(struct index *ix, const struct index_which *which,
                           struct index_totals *ret, struct arena *a, struct err *e);
    CHECKED bool (*signatures)(struct index *ix, const struct index_signed *query,
                               struct index_signature_list *ret, struct arena *a, struct err *e);
    /* By path, what is not earlier than entry `from`. */
    CHECKED bool (*cuts)(struct index *ix, const struct index_which *which, int64_t from,
                         struct index_cuts *ret, struct arena *a, struct err *e);
    /* The first entry that is not earlier than that time; the size if all are. */
    CHECKED bool (*entry_at)(struct index *ix, int64_t time_ms, int64_t *ret, struct err *e);
    /* ERR_NOT_FOUND. */
    CHECKED bool (*certificate)(struct index *ix, int64_t number, struct index_certificate *ret,
                                struct arena *a, struct err *e);
    CHECKED bool (*story)(struct index *ix, const struct index_story *story,
                          struct index_entries *ret, struct arena *a, struct err *e);
    /* Handles and names of those who approved what has that leaf hash, in order. */
    CHECKED bool (*approvers)(struct index *ix, struct bytes leaf, struct index_texts *ret,
                              struct arena *a, struct err *e);

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
