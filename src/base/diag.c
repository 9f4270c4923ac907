#include "base/diag.h"

#include "base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *diag_program = "sealward";
static enum diag_level diag_limit = DIAG_INFO;

static const char *const diag_level_names[] = {"error", "warning", "info", "debug"};

/* A line under construction. The last bytes stay free for the mark of a cut and the newline. */
struct diag_line {
    char text[DIAG_LINE_MAX];
    size_t size;
    bool cut;
};

#define DIAG_RESERVED 8

void diag_init(const char *program, enum diag_level level)
{
    diag_program = program;
    diag_limit = level;
}

bool diag_level_parse(enum diag_level *ret, const char *word, struct err *e)
{
    for (size_t i = 0; i < sizeof diag_level_names / sizeof diag_level_names[0]; i++) {
        if (strcmp(word, diag_level_names[i]) == 0) {
            *ret = (enum diag_level)i;
            return true;
        }
    }
    err_set(e, ERR_INPUT, "message level \"%s\" is unknown", word);
    return err_hint(e, "use error, warning, info or debug");
}

static void diag_put(struct diag_line *line, const char *text, size_t size)
{
    if (line->cut || size > sizeof line->text - DIAG_RESERVED - line->size) {
        line->cut = true;
        return;
    }
    memcpy(line->text + line->size, text, size);
    line->size += size;
}

static void diag_put_text(struct diag_line *line, const char *text)
{
    diag_put(line, text, strlen(text));
}

static bool diag_is_plain(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && strchr("-_.,:/+@%", c) != NULL);
}

static void diag_put_escaped(struct diag_line *line, uint8_t c)
{
    char escape[5] = {0};
    if (c == '"' || c == '\\') {
        (void)snprintf(escape, sizeof escape, "\\%c", c);
    }
    if (c == '\n') {
        (void)snprintf(escape, sizeof escape, "\\n");
    }
    if (escape[0] == 0 && (c < 0x20 || c >= 0x7f)) {
        (void)snprintf(escape, sizeof escape, "\\x%02x", c);
    }
    if (escape[0] == 0) {
        escape[0] = (char)c;
    }
    diag_put_text(line, escape);
}

static void diag_put_value(struct diag_line *line, struct bytes value)
{
    bool plain = value.size > 0;
    for (size_t i = 0; i < value.size; i++) {
        plain = plain && diag_is_plain(value.data[i]);
    }
    if (!plain) {
        diag_put_text(line, "\"");
    }
    for (size_t i = 0; i < value.size && !line->cut; i++) {
        diag_put_escaped(line, value.data[i]);
    }
    if (line->cut) {
        return;
    }
    if (!plain) {
        diag_put_text(line, "\"");
    }
}

static void diag_put_field(struct diag_line *line, const struct diag_field *field)
{
    diag_put_text(line, " ");
    diag_put_text(line, field->key);
    diag_put_text(line, "=");
    if (!field->is_integer) {
        diag_put_value(line, field->text);
        return;
    }
    char number[24];
    (void)snprintf(number, sizeof number, "%" PRId64, field->integer);
    diag_put_text(line, number);
}

static void diag_put_time(struct diag_line *line)
{
    int64_t now = clock_wall_ms();
    time_t seconds = (time_t)(now / 1000);
    struct tm utc = {0};
    char text[64];
    (void)gmtime_r(&seconds, &utc);
    size_t size = strftime(text, sizeof text, "time=%Y-%m-%dT%H:%M:%S", &utc);
    diag_put(line, text, size);
    (void)snprintf(text, sizeof text, ".%03dZ", (int)(now % 1000));
    diag_put_text(line, text);
}

/* One write, so that lines do not mix; a broken standard error has nobody to be told. */
static void diag_emit(struct diag_line *line)
{
    if (line->cut) {
        memcpy(line->text + line->size, "...", 3);
        line->size += 3;
    }
    line->text[line->size++] = '\n';
    ssize_t written = 0;
    do {
        written = write(STDERR_FILENO, line->text, line->size);
    } while (written < 0 && errno == EINTR);
}

void diag_write_fields(enum diag_level level, const char *event, const struct diag_field *fields,
                       size_t count)
{
    if (level > diag_limit) {
        return;
    }
    int saved = errno;
    struct diag_line line = {.size = 0};
    diag_put_time(&line);
    diag_put_text(&line, " level=");
    diag_put_text(&line, diag_level_names[level]);
    diag_put_text(&line, " program=");
    diag_put_text(&line, diag_program);
    diag_put_text(&line, " event=");
    diag_put_text(&line, event);
    for (size_t i = 0; i < count; i++) {
        diag_put_field(&line, &fields[i]);
    }
    diag_emit(&line);
    errno = saved;
}

void diag_err(enum diag_level level, const char *event, const struct err *e)
{
    struct diag_field fields[5];
    size_t count = 0;
    fields[count++] = DIAG_TEXT("code", err_code_name(e->code));
    if (e->rule[0] != 0) {
        fields[count++] = DIAG_TEXT("rule", e->rule);
    }
    fields[count++] = DIAG_TEXT("message", e->message);
    if (e->hint[0] != 0) {
        fields[count++] = DIAG_TEXT("hint", e->hint);
    }
    if (e->cause[0] != 0) {
        fields[count++] = DIAG_TEXT("cause", e->cause);
    }
    diag_write_fields(level, event, fields, count);
}
