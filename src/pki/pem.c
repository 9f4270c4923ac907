#include "pki/pem.h"

#include "base/base64.h"
#include "base/buf.h"

#define BEGIN "-----BEGIN "
#define CERTIFICATE_BEGIN "-----BEGIN CERTIFICATE-----"
#define CERTIFICATE_END "-----END CERTIFICATE-----"
#define DER_SEQUENCE_OCTET 0x30

/* The next line without its end, CR LF or LF; false at the end of the text. */
static bool line_next(struct bytes *ret, struct bytes *rest)
{
    if (rest->size == 0)
        return false;
    const uint8_t *end = memchr(rest->data, '\n', rest->size);
    size_t size = end != NULL ? (size_t)(end - rest->data) : rest->size;
    size_t step = end != NULL ? size + 1 : size;
    *ret = bytes_make(rest->data, size);
    if (ret->size > 0 && ret->data[ret->size - 1] == '\r')
        ret->size--;
    *rest = bytes_make(rest->data + step, rest->size - step);
    return true;
}

static bool begins(struct bytes line, const char *text)
{
    size_t size = strlen(text);
    return line.size >= size && memcmp(line.data, text, size) == 0;
}

/* The lines of a block up to its end, as one text of base64. */
static bool block_read(struct bytes *ret, struct bytes *rest, struct arena *a, struct err *e)
{
    AUTO_VALUE(buf) base64 = BUF(PEM_MAX);
    struct bytes line;
    while (line_next(&line, rest)) {
        if (!bytes_is(line, CERTIFICATE_END)) {
            buf_put(&base64, line);
            continue;
        }
        return buf_ok(&base64, "a PEM certificate", e) &&
               base64_decode(ret, buf_bytes(&base64), a, e);
    }
    return err_set(e, ERR_INPUT, "a PEM certificate has no end");
}

static bool blocks_read(struct bytes *list, size_t max, size_t *count, struct bytes text,
                        struct arena *a, struct err *e)
{
    struct bytes line;
    while (line_next(&line, &text)) {
        if (!begins(line, BEGIN))
            continue;
        if (!bytes_is(line, CERTIFICATE_BEGIN))
            return err_set(e, ERR_INPUT, "\"%.*s\" stands in a file of certificates",
                           BYTES_PRINT(line));
        if (*count == max)
            return err_set(e, ERR_LIMIT, "the file has more than %zu certificates", max);
        if (!block_read(&list[*count], &text, a, e))
            return err_wrap(e, "certificate %zu of the file", *count + 1);
        ++*count;
    }
    return *count > 0 ? true : err_set(e, ERR_INPUT, "the file has no certificate, PEM or DER");
}

bool pem_certificates(struct bytes *ret_list, size_t max, size_t *ret_count, struct bytes text,
                      struct arena *a, struct err *e)
{
    size_t count = 0;
    if (text.size > PEM_MAX)
        return err_set(e, ERR_LIMIT, "a file of certificates has %zu bytes; at most %d are read",
                       text.size, PEM_MAX);
    if (max > 0 && text.size > 0 && text.data[0] == DER_SEQUENCE_OCTET) {
        ret_list[0] = text;
        *ret_count = 1;
        return true;
    }
    struct bytes *list = arena_alloc(a, (max + 1) * sizeof *list);
    if (list == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for certificates");
    if (!blocks_read(list, max, &count, text, a, e))
        return false;
    memcpy(ret_list, list, count * sizeof *list);
    *ret_count = count;
    return true;
}
