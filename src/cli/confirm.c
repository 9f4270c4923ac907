#include "cli/confirm.h"

#include "base/file.h"

#include <string.h>
#include <unistd.h>

static bool answer_read(bool *ret_yes, struct err *e)
{
    char line[16] = {0};
    size_t size = 0;
    for (;;) {
        char c;
        ssize_t n = read(STDIN_FILENO, &c, 1);
        if (n < 0)
            return err_errno(e, "cannot read the answer");
        if (n == 0 || c == '\n')
            break;
        if (size < sizeof line - 1)
            line[size++] = c;
    }
    *ret_yes = strcmp(line, "y") == 0 || strcmp(line, "yes") == 0;
    return true;
}

bool confirm_ask(const struct cli *cli, const struct buf *text, const char *question, struct err *e)
{
    AUTO_VALUE(buf) asked = BUF(512);
    bool yes = false;
    if (!buf_ok(text, "what is shown", e) ||
        !file_write_descriptor(STDERR_FILENO, buf_bytes(text), "standard error", e))
        return false;
    if (arguments_value(&cli->arguments, "--yes") != NULL)
        return true;
    if (!isatty(STDIN_FILENO)) {
        (void)arguments_refuse(e, "nobody is there to ask: %s", question);
        return err_hint(e, "--yes answers it");
    }
    buf_printf(&asked, "\n%s [y/N] ", question);
    if (!buf_ok(&asked, "a question", e) ||
        !file_write_descriptor(STDERR_FILENO, buf_bytes(&asked), "standard error", e) ||
        !answer_read(&yes, e))
        return false;
    return yes ? true : err_set(e, ERR_STATE, "not confirmed: nothing was signed");
}
