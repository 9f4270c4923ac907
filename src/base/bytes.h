/*
 * A view of bytes: pointer and size, never an owner. `data` may be NULL only where size is 0; a
 * NULL `data` stands for "absent" where a field is optional.
 */
#ifndef SEALWARD_BASE_BYTES_H
#define SEALWARD_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *data;
    size_t size;
};

#define BYTES_NONE ((struct bytes){.data = 0, .size = 0})
/* Of an array in scope, whole. */
#define BYTES_OF(array) ((struct bytes){.data = (array), .size = sizeof(array)})

static inline struct bytes bytes_make(const void *data, size_t size)
{
    return (struct bytes){.data = data, .size = size};
}

/* The characters of a string, without its NUL. */
static inline struct bytes bytes_text(const char *text)
{
    return (struct bytes){.data = (const uint8_t *)text, .size = strlen(text)};
}

/* Not constant time: secrets are compared with secret_equal. */
static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool bytes_is(struct bytes a, const char *text)
{
    return bytes_equal(a, bytes_text(text));
}

/* Order by bytes, then by length: <0, 0, >0. */
static inline int bytes_compare(struct bytes a, struct bytes b)
{
    size_t n = a.size < b.size ? a.size : b.size;
    int order = n == 0 ? 0 : memcmp(a.data, b.data, n);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* For printf: "%.*s" with BYTES_PRINT(b). */
#define BYTES_PRINT(b)                                                                             \
    (int)((b).size > 200 ? 200 : (b).size),                                                        \
        (const char *)((b).data ? (b).data : (const uint8_t *)"")

#endif
