/*
 * The history as this client has seen it: the newest checkpoint whose signature held, kept in a
 * file, and every other one held against it. Two checkpoints that are not beginnings of one history
 * are an alarm: the log, or somebody with its key, has shown different people different records.
 *
 * The folder holds one folder an authority, named by the first 16 hex digits of its id, with
 * `checkpoint` and, after an alarm, `conflict-<size>-<8 hex digits>`, both signed notes. Several
 * processes may use it at once: each holds what it sees against what another has kept meanwhile, so
 * that all of them together see one history, and what is older never replaces what is newer.
 *
 * What it does not do: fetch. The caller gives notes, and a source of the log's tiles.
 */
#ifndef SEALWARD_CLIENT_HISTORY_H
#define SEALWARD_CLIENT_HISTORY_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "proof/authority.h"
#include "proof/checkpoint.h"
#include "proof/tile.h"

struct history;

/* Rules by which a checkpoint is refused: shown to be of another history; older than what was seen,
 * and only shown not to be its beginning by the log that shows it (both are alarms); older than
 * what was seen, and not shown to be its beginning; held against tiles that are not the log's. */
#define HISTORY_SPLIT "history.split"
#define HISTORY_DOUBT "history.doubt"
#define HISTORY_BEHIND "history.behind"
#define HISTORY_TILES "history.tiles"

/* Reads what was kept. `folder` may be NULL: then nothing outlives the process. The authority must
 * outlive the history. */
CHECKED bool history_new(struct history **ret, const char *folder,
                         const struct authority *authority, struct err *e);
void history_free(struct history *h);
AUTO_FREE(history)

/* The newest checkpoint seen; false if there is none. */
bool history_newest(const struct history *h, struct checkpoint *ret);

/* Content of tiles of the log at least as large as both checkpoints, as proof/tile.h wants it. */
struct history_tiles {
    bool (*read)(void *context, const struct tile *t, struct buf *ret, struct err *e);
    void *context;
};

/* Opens the note, demands that it and the newest one are one history, and keeps it if it is newer.
 * ERR_AUTH for a signature that does not hold; ERR_AUTH with the rule HISTORY_SPLIT or
 * HISTORY_DOUBT for another history, naming the files of both; ERR_AUTH with the rule
 * HISTORY_TILES; else what reading the tiles says (with the rule HISTORY_BEHIND if the note is the
 * older one). */
CHECKED bool history_see(struct history *h, struct checkpoint *ret, struct bytes note,
                         const struct history_tiles *tiles, struct err *e);

/* Demands that a head which something else than a note of the log names (a distrust list) and the
 * newest one are one history; there must be one, and nothing is kept. Errors as of history_see, but
 * that the alarms name no files; ERR_STATE if nothing has been seen. */
CHECKED bool history_fits(const struct history *h, const struct checkpoint *head,
                          const struct history_tiles *tiles, struct err *e);

#endif
