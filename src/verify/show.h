/*
 * A verdict told, with every reason: to people in lines, to programs in one canonical JSON object.
 */
#ifndef SEALWARD_VERIFY_SHOW_H
#define SEALWARD_VERIFY_SHOW_H

#include "base/buf.h"
#include "verify/verify.h"

/* `file` is its name, whatever that is: it is shown plain. */
void show_text(struct buf *b, const char *file, const struct verdict *v);
void show_json(struct buf *b, const char *file, const struct verdict *v);

#endif
