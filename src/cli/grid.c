#include "cli/grid.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

enum { CELL_MAX = 4096, ROOM_FIRST = 256 };

void grid_begin(struct grid *g, struct arena *a, const char *const *heads, size_t columns)
{
    *g = (struct grid){.arena = a, .columns = columns};
    for (size_t i = 0; i < columns; i++)
        grid_cell(g, bytes_text(heads[i]));
}

static void room_make(struct grid *g)
{
    size_t room = g->room == 0 ? ROOM_FIRST : 2 * g->room;
    struct bytes *cells = arena_alloc(g->arena, room * sizeof *cells);
    if (cells == NULL) {
        g->failed = true;
        return;
    }
    if (g->count > 0)
        memcpy(cells, g->cells, g->count * sizeof *cells);
    g->cells = cells;
    g->room = room;
}

void grid_cell(struct grid *g, struct bytes text)
{
    struct bytes kept = arena_copy(g->arena, text);
    if (g->count == g->room)
        room_make(g);
    if (g->failed || (kept.data == NULL && text.size > 0)) {
        g->failed = true;
        return;
    }
    if (kept.size > 0)
        text_make_plain((char *)(uintptr_t)kept.data);
    g->cells[g->count++] = kept;
}

void grid_printf(struct grid *g, const char *format, ...)
{
    char text[CELL_MAX];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= sizeof text)
        g->failed = true;
    else
        grid_cell(g, bytes_make(text, (size_t)size));
}

size_t grid_rows(const struct grid *g)
{
    return g->count / g->columns - (g->count > 0);
}

/* Characters: bytes that do not continue one. */
static size_t width_of(struct bytes cell)
{
    size_t width = 0;
    for (size_t i = 0; i < cell.size; i++)
        width += (cell.data[i] & 0xc0) != 0x80;
    return width == 0 ? 1 : width;
}

static void cell_put(struct buf *b, struct bytes cell, size_t width, bool last)
{
    if (cell.size > 0)
        buf_put(b, cell);
    else
        buf_put_u8(b, '-');
    for (size_t i = width_of(cell); !last && i < width + 2; i++)
        buf_put_u8(b, ' ');
}

static bool whole(const struct grid *g, struct err *e)
{
    return !g->failed || err_set(e, ERR_MEMORY, "out of memory for a table");
}

bool grid_put(struct buf *b, const struct grid *g, struct err *e)
{
    size_t widths[GRID_COLUMNS_MAX] = {0};
    for (size_t i = 0; i < g->count; i++) {
        size_t width = width_of(g->cells[i]);
        if (width > widths[i % g->columns])
            widths[i % g->columns] = width;
    }
    for (size_t i = 0; i < g->count; i++) {
        bool last = i % g->columns == g->columns - 1;
        cell_put(b, g->cells[i], widths[i % g->columns], last);
        if (last)
            buf_put_u8(b, '\n');
    }
    return whole(g, e);
}

static void csv_put(struct buf *b, struct bytes cell)
{
    buf_put_u8(b, '"');
    for (size_t i = 0; i < cell.size; i++) {
        if (cell.data[i] == '"')
            buf_put_u8(b, '"');
        buf_put_u8(b, cell.data[i]);
    }
    buf_put_u8(b, '"');
}

bool grid_put_csv(struct buf *b, const struct grid *g, struct err *e)
{
    for (size_t i = 0; i < g->count; i++) {
        csv_put(b, g->cells[i]);
        buf_put_text(b, i % g->columns == g->columns - 1 ? "\r\n" : ",");
    }
    return whole(g, e);
}
