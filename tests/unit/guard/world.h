/*
 * An authority with its log and lists, and folders of endpoints, for the tests of guards. Times are
 * milliseconds since the authority's beginning.
 */
#ifndef SEALWARD_TESTS_UNIT_GUARD_WORLD_H
#define SEALWARD_TESTS_UNIT_GUARD_WORLD_H

#include "unit/proof/distrust_sample.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "guard/held.h"
#include "unit/proof/memory_log.h"

#define ORIGIN "sealward.example/log"
#define HOUR INT64_C(3600000)
enum { SEED = 1, LOG_SIZE = 600, LIST_SIZE = 300 };

static struct world {
    char path[64];
    struct list_signer signer;
    struct memory_log log;
    uint8_t root[TREE_HASH]; /* at LIST_SIZE, which every list names */
} w;

static const uint8_t revoked_key[DIGEST_SHA256_SIZE] = {7};

static bool tile_read(void *context, const struct tile *t, struct buf *ret, struct err *e)
{
    struct path_source source = memory_log_source(context);
    return tile_write(ret, t, &source, e);
}

static const struct history_tiles tiles = {.read = tile_read, .context = &w.log};

/* A new endpoint's, in the world's folder. */
static inline struct folder *folder_begin(const char *name, const struct endpoint_class *rules)
{
    AUTO_VALUE(buf) authority = BUF(LIMIT_AUTHORITY);
    AUTO_VALUE(buf) spki = BUF(KEY_SPKI_MAX);
    struct authority a = {.origin = bytes_text(ORIGIN), .base_url = bytes_text("https://a")};
    struct folder *f = NULL;
    char path[128];
    struct err e;
    (void)snprintf(path, sizeof path, "%s/%s", w.path, name);
    memcpy(a.id, hierarchy_authority, sizeof a.id);
    memory_log_key(&a.log_key, ORIGIN, SEED);
    authority_write(&authority, &a);
    struct folder_plan plan = {.path = path,
                               .settings = {.endpoint = bytes_text(name),
                                            .class = bytes_text("kiosk"),
                                            .url = bytes_text("https://a"),
                                            .rules = *rules},
                               .authority = buf_bytes(&authority),
                               .root = w.signer.h.certs[ROOT].der};
    ok_call(folder_make(&plan, &spki, &e), e);
    ok_call(folder_open(&f, path, &e), e);
    return f;
}

/* A list that is good for so long, and has the revoked key or nothing. */
static inline void list_begin(struct buf *ret, uint64_t number, int64_t issued, int64_t life,
                              bool revoked)
{
    struct distrust_key key = {.effective = 0};
    struct distrust_plan plan = {.head = {.number = number,
                                          .issued = HIERARCHY_START + issued,
                                          .expires = HIERARCHY_START + issued + life,
                                          .size = LIST_SIZE,
                                          .certificates = 1},
                                 .keys = &key,
                                 .key_count = revoked};
    memcpy(key.key, revoked_key, sizeof key.key);
    memcpy(plan.head.authority, hierarchy_authority, sizeof plan.head.authority);
    memcpy(plan.head.root, w.root, sizeof plan.head.root);
    list_make(ret, &plan, &w.signer);
}

static inline bool checkpoint_see(struct held *h, uint64_t size, struct err *e)
{
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    memory_log_checkpoint(&note, &w.log, size, ORIGIN, SEED);
    return held_see(h, buf_bytes(&note), &tiles, e);
}

static inline int world_make(void **state)
{
    (void)state;
    (void)snprintf(w.path, sizeof w.path, "/tmp/sealward-guard-XXXXXX");
    assert_non_null(mkdtemp(w.path));
    list_signer_make(&w.signer);
    memory_log_init(&w.log, LOG_SIZE);
    memory_log_root(&w.log, 0, LIST_SIZE, w.root);
    return 0;
}

static inline bool tree_remove(void *context, const char *name, struct err *e)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", (const char *)context, name);
    return file_remove(path, e) ||
           (file_list(path, 1000, tree_remove, path, e) && file_remove(path, e));
}

static inline int world_end(void **state)
{
    (void)state;
    struct err e;
    list_signer_done(&w.signer);
    ok_call(file_list(w.path, 1000, tree_remove, w.path, &e), e);
    ok_call(file_remove(w.path, &e), e);
    return 0;
}

#endif
