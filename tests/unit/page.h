/*
 * Examples in the pages of docs/protocol: fenced blocks, found by the words behind their fence. The
 * tests feed them to the code, so a page cannot say one thing and the code do another. The folder
 * of the pages is the compile-time string SEALWARD_PAGES.
 */
#ifndef SEALWARD_TESTS_UNIT_PAGE_H
#define SEALWARD_TESTS_UNIT_PAGE_H

#include "unit/ok.h"

#include "base/buf.h"
#include "base/file.h"

#include <stdio.h>

/* Appends the page's text to `ret`. */
static inline void page_read(struct buf *ret, const char *name)
{
    char path[512];
    struct err e;
    assert_true((size_t)snprintf(path, sizeof path, "%s/%s", SEALWARD_PAGES, name) < sizeof path);
    ok_call(file_read(ret, path, FILE_REGULAR, &e), e);
}

/* The content of the next block "```<info>" at or behind *place, which moves behind it; data NULL
 * if there is none. Ends without the newline before the closing fence. */
static inline struct bytes page_block(const struct buf *page, const char *info, size_t *place)
{
    char open[128];
    assert_true((size_t)snprintf(open, sizeof open, "\n```%s\n", info) < sizeof open);
    const uint8_t *from = memmem(page->data + *place, page->size - *place, open, strlen(open));
    if (from == NULL)
        return BYTES_NONE;
    from += strlen(open);
    const uint8_t *to = memmem(from, (size_t)(page->data + page->size - from), "\n```", 4);
    assert_non_null(to);
    *place = (size_t)(to - page->data);
    return bytes_make(from, (size_t)(to - from));
}

/* The bytes of a block of hexadecimal; white space and what follows a `#` on a line are left out.
 */
static inline void page_hex(struct buf *ret, struct bytes block)
{
    int high = -1;
    bool comment = false;
    for (size_t i = 0; i < block.size; i++) {
        char c = (char)block.data[i];
        if (c == '#' || c == '\n')
            comment = c == '#';
        if (comment || c == '\0' || strchr("0123456789abcdef", c) == NULL)
            continue;
        int value = c <= '9' ? c - '0' : c - 'a' + 10;
        if (high >= 0)
            buf_put_u8(ret, (uint8_t)(high << 4 | value));
        high = high >= 0 ? -1 : value;
    }
    assert_int_equal(high, -1);
}

#endif
