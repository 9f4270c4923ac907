/*
 * Texts made of lines: the next line without its newline. Every line of our formats ends with one,
 * the last as well.
 */
#ifndef SEALWARD_PROOF_LINE_H
#define SEALWARD_PROOF_LINE_H

#include "base/auto.h"
#include "base/bytes.h"

/* Takes the next line off the front of *rest; false, with nothing changed, if no newline is left.
 */
CHECKED static inline bool line_next(struct bytes *ret, struct bytes *rest)
{
    const uint8_t *end = rest->size == 0 ? 0 : memchr(rest->data, '\n', rest->size);
    if (!end) {
        return false;
    }
    size_t size = (size_t)(end - rest->data);
    *ret = bytes_make(rest->data, size);
    *rest = bytes_make(end + 1, rest->size - size - 1);
    return true;
}

/* The rest of a line behind `word`; false if it does not begin so. */
CHECKED static inline bool line_after(struct bytes *ret, struct bytes line, const char *word)
{
    size_t size = strlen(word);
    if (line.size < size || memcmp(line.data, word, size) != 0) {
        return false;
    }
    *ret = bytes_make(line.data + size, line.size - size);
    return true;
}

#endif
