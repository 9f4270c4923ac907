/*
 * Tiles of the log, wherever its public files are: from a server, or from a folder that somebody
 * has carried here. What they say is anybody's word until it is held against a root.
 */
#ifndef SEALWARD_CLIENT_TILES_H
#define SEALWARD_CLIENT_TILES_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "proof/tile.h"

/* Appends the content of a public file; the path is that below the log's prefix, "tile/0/000".
 * ERR_NOT_FOUND if there is none. */
struct tiles {
    bool (*get)(void *context, const char *path, struct buf *ret, struct err *e);
    void *context;
};

/* Fetches a tile, as proof/tile.h and client/history.h want it; `tiles` is a struct tiles. A
 * partial tile may be gone once the full one is there: then its beginning is taken. */
bool tiles_fetch(void *tiles, const struct tile *t, struct buf *ret, struct err *e);

#endif
