#include "cli/declaration.h"

#include "artifact/artifact.h"
#include "base/file.h"
#include "rules/policy.h"

static struct bytes last_part(struct bytes text)
{
    size_t at = text.size;
    while (at > 0 && text.data[at - 1] != '/')
        at--;
    return bytes_make(text.data + at, text.size - at);
}

/* Cuts `*text` at the last `mark` and gives what is behind it; absent if there is none. */
static struct bytes cut_behind(struct bytes *text, char mark)
{
    for (size_t at = text->size; at > 0; at--)
        if (text->data[at - 1] == (uint8_t)mark) {
            struct bytes behind = bytes_make(text->data + at, text->size - at);
            text->size = at - 1;
            return behind;
        }
    return BYTES_NONE;
}

bool declaration_split(struct declaration_text *ret, const char *text, struct arena *a,
                       struct err *e)
{
    bool exists = false;
    struct bytes rest = bytes_text(text);
    *ret = (struct declaration_text){.file = text};
    if (!file_exists(&exists, text, e))
        return false;
    if (exists)
        return true;
    ret->name = cut_behind(&rest, '=');
    struct bytes before = rest;
    struct bytes format = cut_behind(&before, ':');
    if (format.data != NULL && artifact_has_format(format)) {
        ret->format = format;
        rest = before;
    }
    ret->file = (const char *)arena_copy(a, rest).data;
    return ret->file != NULL || err_set(e, ERR_MEMORY, "out of memory for an artifact's path");
}

static bool fits(struct bytes format, enum digest_alg alg, struct bytes file)
{
    uint8_t digest[DIGEST_MAX];
    struct err ignored;
    return artifact_identify(digest, format, alg, file, &ignored);
}

/* Formats whose files can be told, then those that any file has. */
static bool format_guess(struct bytes *ret, const struct list *formats, enum digest_alg alg,
                         struct bytes file, const char *path, struct err *e)
{
    static const char *const order[] = {"pe", "jar", "raw", "cms"};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        struct bytes format = bytes_text(order[i]);
        if (ids_have(formats, format) && fits(format, alg, file)) {
            *ret = format;
            return true;
        }
    }
    (void)err_set(e, ERR_INPUT, "%s is in none of the formats that the release path signs", path);
    return err_hint(e, "see the path's formats: sealward policy show");
}

static bool artifact_fill(struct artifact *ret, const struct declaration_text *text,
                          struct bytes file, const struct list *formats, enum digest_alg alg,
                          struct arena *a, struct err *e)
{
    uint8_t digest[DIGEST_MAX];
    struct bytes format = text->format;
    if (format.data == NULL && !format_guess(&format, formats, alg, file, text->file, e))
        return false;
    if (!ids_have(formats, format)) {
        (void)err_set(e, ERR_INPUT, "the release path does not sign format \"%.*s\"",
                      BYTES_PRINT(format));
        return err_hint(e, "see the path's formats: sealward policy show");
    }
    if (!artifact_identify(digest, format, alg, file, e))
        return err_wrap(e, "%s", text->file);
    struct bytes name = text->name.data != NULL ? text->name : last_part(bytes_text(text->file));
    *ret = (struct artifact){.name = arena_copy(a, name),
                             .format = arena_copy(a, format),
                             .algorithm = bytes_text(digest_name(alg)),
                             .digest = arena_copy(a, bytes_make(digest, digest_size(alg)))};
    return (ret->name.data != NULL && ret->format.data != NULL && ret->digest.data != NULL) ||
           err_set(e, ERR_MEMORY, "out of memory for an artifact");
}

bool declaration_make(struct declaration *ret, const struct declaration_text *text,
                      const struct list *formats, enum digest_alg alg, struct arena *a,
                      struct err *e)
{
    AUTO_VALUE(buf) file = BUF(DECLARATION_FILE_MAX);
    if (!file_read(&file, text->file, FILE_REGULAR, e) ||
        !artifact_fill(&ret->artifact, text, buf_bytes(&file), formats, alg, a, e))
        return false;
    ret->file = text->file;
    return true;
}
