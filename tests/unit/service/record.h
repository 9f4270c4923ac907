/*
 * A small record for tests of the daemon's parts: the entries of a world (unit/rules/world.h) up to
 * a key that can sign, a grant and a request; and a folder for files.
 */
#ifndef SEALWARD_TESTS_UNIT_SERVICE_RECORD_H
#define SEALWARD_TESTS_UNIT_SERVICE_RECORD_H

#include "unit/rules/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pki/digest.h"
#include "rules/entry.h"
#include "service/replica.h"

struct record {
    struct world world;
    struct world_key key;
    uint8_t proposal[32]; /* a policy proposal that waits */
};

static inline void record_make(struct record *r)
{
    uint8_t digest[32];
    memset(r, 0, sizeof *r);
    world_found(&r->world, true);
    world_ready(&r->world);
    world_key_make(&r->world, &r->key, "package");
    struct edit edit = {
        .kind = "limits",
        .id = "main",
        .value = bytes_text(
            "{\"statement_age\":600001,\"proposal_age\":86400000,\"silence\":604800000}")};
    accepted(&r->world,
             world_propose(&r->world, ENGINEER, "policy", world_changes(&r->world, &edit, 1)));
    memcpy(r->proposal, r->world.leaf, sizeof r->proposal);
    struct bytes jar = world_artifact(&r->world, "app.jar", "jar", "app");
    accepted(&r->world, world_grant(&r->world, "ci-app",
                                    world_grant_body(&r->world, "package", jar, 4, 3600)));
    digest_sha256(digest, bytes_text("signed"));
    accepted(&r->world, world_sign(&r->world, &r->key, BYTES_OF(digest)));
}

static inline void record_end(struct record *r)
{
    world_key_done(&r->key);
    world_done(&r->world);
}

/* Gives the replica the entries from..to. */
static inline void record_replay(const struct record *r, struct replica *replica, size_t from,
                                 size_t to)
{
    struct err e;
    struct entry entry;
    for (size_t i = from; i < to; i++) {
        AUTO_VALUE(outcome) out;
        outcome_init(&out);
        ok_call(replica_apply(replica, r->world.entries[i], &entry, &out, &e), e);
    }
}

/* A new folder below the working directory, and its end. */
static inline void folder_make(char *folder, size_t size)
{
    (void)snprintf(folder, size, "service-test.XXXXXX");
    assert_non_null(mkdtemp(folder));
}

static inline void folder_remove(const char *folder)
{
    char command[96];
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

/* Whether the buffer's text has that part. */
static inline bool has(struct buf *b, const char *part)
{
    return strstr(buf_string(b), part) != NULL;
}

#endif
