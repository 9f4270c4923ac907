/*
 * What the daemon answers to questions that only it can answer, for showing: the text as it came,
 * for --json, and the tree that tables are made of. Hints, as all that is not proven.
 */
#ifndef SEALWARD_CLI_ANSWER_H
#define SEALWARD_CLI_ANSWER_H

#include "cli/cli.h"
#include "cli/grid.h"
#include "cli/names.h"

/* Bytes of one answer: an inventory of 100,000 certificates has some 70 MiB. */
#define ANSWER_TEXT_MAX ((size_t)256 << 20)

struct answer {
    struct buf text;
    struct json *tree; /* in the cli's arena; NULL for one over LIMIT_JSON_SIZE */
    struct names names;
};

CHECKED bool answer_get(struct answer *ret, struct cli *cli, const char *path, struct err *e);
void answer_done(struct answer *a);
AUTO_DONE(answer)

/* The list of that name; NULL where it is empty or not there. Walk it by `next`. */
const struct json *answer_list(const struct json *object, const char *name);

/* Calls `each` with every item of the answer's list of that name, one parsed at a time, however
 * long the whole is. The item is good for the call. */
CHECKED bool answer_each(const struct answer *a, const char *name,
                         bool (*each)(void *context, const struct json *item, struct err *e),
                         void *context, struct err *e);

/* A number; `otherwise` where the member is null or not there. */
int64_t answer_number(const struct json *object, const char *name, int64_t otherwise);
bool answer_flag(const struct json *object, const char *name);

/* Cells of a row: a text with names for handles, a time (null, 0 and negative show `none`), the
 * beginning of bytes in base64 as hex. */
void answer_cell_text(struct grid *g, const struct answer *a, const struct json *object,
                      const char *name);
void answer_cell_time(struct grid *g, const struct json *object, const char *name,
                      const char *none);
/* The same, the day alone; "today 12:34" where it is today, in UTC. */
void answer_cell_day(struct grid *g, const struct json *object, const char *name, const char *none);
void answer_cell_hex(struct grid *g, const struct json *object, const char *name, int digits);

/* Prints the grid below `head`, or the answer itself where --json is set; `none` where the grid has
 * no rows. */
CHECKED bool answer_print(struct answer *a, struct cli *cli, struct buf *head, const struct grid *g,
                          const char *none, struct err *e);

#endif
