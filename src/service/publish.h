/*
 * The public files of the log below one folder (docs/protocol/log.md): tiles, bundles, the
 * checkpoint, the authority. A view of the record: every start goes through all entries again and
 * puts right what is missing or was edited, so that only the checkpoint needs to be durable.
 *
 * A checkpoint is published only after its signature holds and its root is that of the entries
 * given here, bundles first, then hashes, the checkpoint last. So whoever sees a checkpoint finds
 * all that it covers. Partial tiles of a full one are removed.
 *
 * Entries wait in memory until a checkpoint covers them; PUBLISH_WAITING_MAX bytes of them, then
 * publish_full says so.
 *
 * Threads: the follower alone adds and publishes; publish_newest and publish_receipt from any.
 */
#ifndef SEALWARD_SERVICE_PUBLISH_H
#define SEALWARD_SERVICE_PUBLISH_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "proof/authority.h"
#include "proof/checkpoint.h"
#include "wire/custody.h"

#define PUBLISH_WAITING_MAX (64u << 20)

struct publish;

/* Makes the folder if need be, and looks what checkpoint stands there. */
CHECKED bool publish_open(struct publish **ret, const char *folder, struct err *e);
void publish_free(struct publish *p);
AUTO_FREE(publish)

/* The newest checkpoint that was published, as it stands in the file, not verified; absent if there
 * is none. */
CHECKED bool publish_newest(struct publish *p, struct buf *ret_note, struct err *e);

/* --- For the follower ------------------------------------------------------------------------- */

/* Back to before entry 0. What has been published stays and is compared again. */
void publish_reset(struct publish *p);

/* The authority, known with entry 0: writes its file. */
CHECKED bool publish_authority(struct publish *p, const struct authority *a, struct err *e);

/* The next entry. */
CHECKED bool publish_add(struct publish *p, struct bytes entry, struct err *e);
bool publish_full(const struct publish *p);

/* Takes a checkpoint into account: verified, and published as soon as all its entries were added.
 * ERR_AUTH: not the log's signature. An older one than the newest known is nothing new. */
CHECKED bool publish_offer(struct publish *p, struct bytes note, const struct note_key *key,
                           struct err *e);

/* Does what can be done now. ERR_DAMAGED: the newest checkpoint covers another history than the
 * entries added. ERR_IO and such: a file could not be written; call again later. */
CHECKED bool publish_step(struct publish *p, int64_t now_ms, struct err *e);

/* Entries under the newest checkpoint offered. */
int64_t publish_offered(const struct publish *p);

/* Entries under the checkpoint that stood in the file at the opening, once the log's key is known:
 * a keeper with fewer has lost some. */
int64_t publish_promised(const struct publish *p);

/* When publish_step should be called again (clock_monotonic_ms); INT64_MAX if nothing waits. */
int64_t publish_due(const struct publish *p);

/* --- For everybody ---------------------------------------------------------------------------- */

/* Entries under the newest published checkpoint that this process has verified. */
int64_t publish_size(struct publish *p);

/* Appends the receipt of an entry. ERR_STATE if no published checkpoint covers it yet. */
CHECKED bool publish_receipt(struct publish *p, int64_t index, struct bytes entry, struct buf *b,
                             struct err *e);

/* The root of the tree of the first `size` entries, 1 or more. ERR_STATE if no published checkpoint
 * covers so many. */
CHECKED bool publish_root(struct publish *p, int64_t size, uint8_t ret[32], struct err *e);

#endif
