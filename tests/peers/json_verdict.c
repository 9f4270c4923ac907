/*
 * Tells json_differential.py what our reader says. Standard input: one text a line, in hex.
 * Standard output: one line each: "-" refused; "+" accepted, without a canonical form; "+ TEXT"
 * accepted, with its canonical form; "= TEXT" the text is its own canonical form.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/json.h"

static void verdict(struct bytes text)
{
    AUTO_VALUE(arena) a = ARENA(64u << 20);
    AUTO_VALUE(buf) canonical = BUF(64u << 20);
    struct json *value = NULL;
    struct err e;
    if (!json_parse(&value, text, &a, &e)) {
        (void)puts("-");
        return;
    }
    json_put(&canonical, value);
    if (canonical.failed)
        (void)puts("+");
    else
        (void)printf("%c %s\n", json_canonical(text, &e) ? '=' : '+', buf_string(&canonical));
}

int main(void)
{
    static char line[1 << 20];
    static uint8_t text[sizeof line / 2];
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct bytes hex = bytes_make(line, strcspn(line, "\n"));
        struct err e;
        if (!hex_decode(text, hex.size / 2, hex, &e)) {
            (void)fprintf(stderr, "%s\n", e.message);
            return 1;
        }
        verdict(bytes_make(text, hex.size / 2));
    }
    return 0;
}
