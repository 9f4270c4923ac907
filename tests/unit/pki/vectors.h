/*
 * Published vectors, one case a line with tabs between the fields (tests/data/wycheproof). The
 * folder is the compile-time string SEALWARD_DATA.
 */
#ifndef SEALWARD_TESTS_UNIT_PKI_VECTORS_H
#define SEALWARD_TESTS_UNIT_PKI_VECTORS_H

#include "unit/ok.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/hex.h"
#include "pki/key.h"

#include <stdio.h>
#include <stdlib.h>

#define VECTOR_FIELDS 4

/* Appends the file's text to `ret`. */
static inline void vectors_read(struct buf *ret, const char *name)
{
    char path[512];
    struct err e;
    assert_true((size_t)snprintf(path, sizeof path, "%s/%s", SEALWARD_DATA, name) < sizeof path);
    ok_call(file_read(ret, path, FILE_REGULAR, &e), e);
}

/* The fields of the next line that is no comment, absent ones empty; false at the end. */
static inline bool vectors_next(struct bytes *rest, struct bytes ret[VECTOR_FIELDS])
{
    while (rest->size > 0) {
        const uint8_t *end = memchr(rest->data, '\n', rest->size);
        assert_non_null(end);
        struct bytes line = bytes_make(rest->data, (size_t)(end - rest->data));
        *rest = bytes_make(end + 1, rest->size - line.size - 1);
        if (line.size == 0 || line.data[0] == '#')
            continue;
        for (size_t i = 0; i < VECTOR_FIELDS; i++) {
            const uint8_t *tab = line.size > 0 ? memchr(line.data, '\t', line.size) : NULL;
            size_t size = tab != NULL ? (size_t)(tab - line.data) : line.size;
            ret[i] = bytes_make(line.data, size);
            size_t taken = tab != NULL ? size + 1 : size;
            line = bytes_make(line.data + taken, line.size - taken);
        }
        return true;
    }
    return false;
}

/* Empties `ret` and fills it from hexadecimal. */
static inline struct bytes vectors_hex(struct buf *ret, struct bytes text)
{
    struct err e;
    buf_reset(ret);
    uint8_t *place = buf_grow(ret, text.size / 2);
    assert_non_null(place);
    ok_call(hex_decode(place, text.size / 2, text, &e), e);
    return buf_bytes(ret);
}

static inline void vectors_key(struct pubkey **ret, struct bytes spki_hex)
{
    AUTO_VALUE(buf) spki = BUF(4096);
    struct err e;
    pubkey_free(*ret);
    *ret = NULL;
    ok_call(pubkey_parse(ret, vectors_hex(&spki, spki_hex), &e), e);
}

#endif
