#include "pki/sshsig.h"

#include "base/base64.h"
#include "base/limits.h"

#define BEGIN "-----BEGIN SSH SIGNATURE-----"
#define END "-----END SSH SIGNATURE-----"
#define COLUMNS 76

/* The next line, without its end. */
static struct bytes line_take(struct bytes *text)
{
    size_t size = 0;
    while (size < text->size && text->data[size] != '\n')
        size++;
    struct bytes line = bytes_make(text->data, size);
    size_t taken = size < text->size ? size + 1 : size;
    *text = bytes_make(text->data + taken, text->size - taken);
    return line;
}

/* Joins the lines up to the end mark. */
static bool lines_join(struct buf *joined, struct bytes *text, struct err *e)
{
    for (;;) {
        if (text->size == 0)
            return err_set(e, ERR_INPUT, "the SSH signature does not end with \"" END "\"");
        struct bytes line = line_take(text);
        if (bytes_is(line, END))
            return true;
        if (line.size == 0 || line.size > COLUMNS)
            return err_set(e, ERR_INPUT, "a line of the SSH signature is empty or too long");
        buf_put(joined, line);
    }
}

bool sshsig_unarmour(struct buf *ret, struct bytes text, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(2 * LIMIT_SSHSIG_ARMOUR);
    AUTO_VALUE(buf) joined = BUF(LIMIT_SSHSIG_ARMOUR);
    struct bytes blob;
    if (text.size > LIMIT_SSHSIG_ARMOUR)
        return err_set(e, ERR_LIMIT, "an SSH signature of %zu characters is too long", text.size);
    if (!bytes_is(line_take(&text), BEGIN))
        return err_set(e, ERR_INPUT, "the text does not start with \"" BEGIN "\"");
    if (!lines_join(&joined, &text, e))
        return false;
    if (text.size > 0)
        return err_set(e, ERR_INPUT, "something stands behind the SSH signature");
    if (!buf_ok(&joined, "an SSH signature", e))
        return false;
    if (!base64_decode(&blob, buf_bytes(&joined), &arena, e))
        return err_wrap(e, "SSH signature");
    buf_put(ret, blob);
    return buf_ok(ret, "an SSH signature", e);
}
