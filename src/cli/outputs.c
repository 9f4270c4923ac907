#include "cli/outputs.h"

#include "base/file.h"
#include "cli/declaration.h"

/* Where people put the detached signature of a file. */
static const char *const endings[] = {".p7s", ".p7", ".p7m", ".cms", ".sig", ".der"};

static struct output output_look(const char *path)
{
    struct file_facts facts;
    struct err ignored;
    struct output output = {.path = path};
    if (file_facts_at(&facts, path, &ignored) && facts.regular) {
        output.existed = true;
        output.size = facts.size;
        output.modified_ms = facts.modified_ms;
    }
    return output;
}

static bool output_put(struct outputs *o, const struct output *output, struct err *e)
{
    for (size_t i = 0; i < o->count; i++)
        if (strcmp(o->list[i].path, output->path) == 0)
            return true;
    if (o->count == OUTPUTS_MAX)
        return err_set(e, ERR_LIMIT, "more than %d files to be looked at", OUTPUTS_MAX);
    o->list[o->count++] = *output;
    return true;
}

bool outputs_add(struct outputs *o, const char *path, struct err *e)
{
    return output_put(o, &(struct output){.path = path, .named = true}, e);
}

bool outputs_watch_word(struct outputs *o, const char *word, struct err *e)
{
    struct output output = output_look(word);
    const char *behind = strchr(word, '=');
    if (!output_put(o, &output, e))
        return false;
    if (behind == NULL || behind[1] == 0)
        return true;
    output = output_look(behind + 1);
    return output_put(o, &output, e);
}

bool outputs_watch_beside(struct outputs *o, const char *path, struct arena *a, struct err *e)
{
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        AUTO_VALUE(buf) text = BUF(8192);
        buf_printf(&text, "%s%s", path, endings[i]);
        if (!buf_ok(&text, "a path", e))
            return false;
        const char *beside = (const char *)arena_copy(a, buf_bytes(&text)).data;
        if (beside == NULL)
            return err_set(e, ERR_MEMORY, "out of memory for a path");
        struct output output = output_look(beside);
        if (!output_put(o, &output, e))
            return false;
    }
    return true;
}

static bool is_same(const struct output *a, const struct output *b)
{
    return a->existed == b->existed && a->size == b->size && a->modified_ms == b->modified_ms;
}

/* What cannot be read counts as nothing found, unless it was named. */
static bool output_bind(struct output *output, const struct output *now, const struct binder *b,
                        struct signatures *made, struct err *e)
{
    AUTO_VALUE(buf) file = BUF(DECLARATION_FILE_MAX);
    size_t bound = 0;
    if (!file_read(&file, output->path, FILE_REGULAR, e))
        return !output->named;
    if (!binder_bind(b, made, buf_bytes(&file), &bound, e))
        return err_wrap(e, "%s", output->path);
    /* One that holds nothing yet may be written to still. */
    if (bound > 0) {
        output->existed = true;
        output->size = now->size;
        output->modified_ms = now->modified_ms;
    }
    return true;
}

bool outputs_bind(struct outputs *o, const struct binder *b, struct signatures *made, struct err *e)
{
    for (size_t i = 0; i < o->count && signatures_unbound(made) > 0; i++) {
        struct output now = output_look(o->list[i].path);
        if (now.existed && !is_same(&now, &o->list[i]) &&
            !output_bind(&o->list[i], &now, b, made, e))
            return false;
    }
    return true;
}
