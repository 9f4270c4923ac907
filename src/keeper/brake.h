/*
 * The second socket: what reduces trust, by an officer at the machine, out of the daemon's reach,
 * and the truth about the record. docs/protocol/brake.md.
 *
 * While the keeper runs, a reduction is entered at once. Before its start is complete nothing is
 * signed at all; a reduction that holds is then kept in a durable file beside the journal and
 * entered right behind the start. The rulebook never reads that file.
 */
#ifndef SEALWARD_KEEPER_BRAKE_H
#define SEALWARD_KEEPER_BRAKE_H

#include "keeper/keeper.h"

/* Opens the file `<folder>/withheld`, which may be absent. */
CHECKED bool brake_open(struct brake **ret, const char *folder, struct err *e);
void brake_free(struct brake *b);
AUTO_FREE(brake)

/* A frame from an officer. False ends the keeper. */
CHECKED bool brake_take(struct keeper *k, struct peer *peer, const struct frame *frame,
                        struct err *e);

/* At a start: stages what was withheld; what the rulebook refuses now is reported and dropped. */
CHECKED bool brake_enter(struct keeper *k, struct err *e);

/* After the commit: the file is emptied. */
CHECKED bool brake_entered(struct keeper *k, struct err *e);

#endif
