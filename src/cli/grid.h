/*
 * A table for people, columns as wide as they must be, or the same as CSV (RFC 4180). Cells are
 * given one after the other, row by row; the first row is the head.
 *
 * Cells live in the arena. A failure (memory, formats) shows once, when the grid is put.
 */
#ifndef SEALWARD_CLI_GRID_H
#define SEALWARD_CLI_GRID_H

#include "base/arena.h"
#include "base/buf.h"

#define GRID_COLUMNS_MAX 16

struct grid {
    struct arena *arena;
    size_t columns;
    struct bytes *cells;
    size_t count;
    size_t room;
    bool failed;
};

/* `heads` are `columns` texts (1 to GRID_COLUMNS_MAX). */
void grid_begin(struct grid *g, struct arena *a, const char *const *heads, size_t columns);

/* The next cell, made plain; an empty text shows as a dash. */
void grid_cell(struct grid *g, struct bytes text);
void grid_printf(struct grid *g, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Rows but the head. */
size_t grid_rows(const struct grid *g);

CHECKED bool grid_put(struct buf *b, const struct grid *g, struct err *e);
CHECKED bool grid_put_csv(struct buf *b, const struct grid *g, struct err *e);

#endif
