#include "cli/audit_files.h"

#include <stdlib.h>

#include "base/file.h"
#include "client/http.h"

#define PLACE_MAX 4096

struct audit_files {
    char *place;       /* the folder, or the path of the URL; without a slash at its end */
    struct http *http; /* NULL: a folder */
};

static char *copy(const char *text, size_t size)
{
    while (size > 0 && text[size - 1] == '/')
        size--;
    return strndup(text, size);
}

/* Splits scheme, host and port off; NULL for what is no URL. */
static const char *url_path(const char *where)
{
    const char *host = strstr(where, "://");
    if (host == NULL)
        return NULL;
    host += strlen("://");
    return host + strcspn(host, "/");
}

static bool url_open(struct audit_files *f, const char *where, const char *path, const char *ca,
                     struct err *e)
{
    AUTO_VALUE(buf) server = BUF(PLACE_MAX);
    buf_put(&server, bytes_make(where, (size_t)(path - where)));
    return buf_ok(&server, "the URL", e) &&
           http_new(&f->http, HTTP_OTHERS, buf_string(&server), ca, e);
}

/* People name the folder that the daemon writes, in which the log is one of several things. */
static bool folder_find(struct audit_files *f, struct err *e)
{
    bool here;
    bool below = false;
    AUTO_VALUE(buf) name = BUF(PLACE_MAX);
    buf_printf(&name, "%s/checkpoint", f->place);
    if (!buf_ok(&name, "the name of a public file", e) || !file_exists(&here, buf_string(&name), e))
        return false;
    buf_reset(&name);
    buf_printf(&name, "%s/log/checkpoint", f->place);
    if (!buf_ok(&name, "the name of a public file", e) ||
        (!here && !file_exists(&below, buf_string(&name), e)))
        return false;
    if (!below)
        return true;
    char *log = copy(buf_string(&name), name.size - strlen("/checkpoint"));
    if (log == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the place of the files");
    free(f->place);
    f->place = log;
    return true;
}

bool audit_files_new(struct audit_files **ret, const char *where, const char *ca, struct err *e)
{
    AUTO(audit_files) f = calloc(1, sizeof *f);
    const char *path = url_path(where);
    const char *place = path != NULL ? path : where;
    if (f != NULL)
        f->place = copy(place, strlen(place));
    if (f == NULL || f->place == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the place of the files");
    if (path != NULL ? !url_open(f, where, path, ca, e) : !folder_find(f, e))
        return false;
    *ret = TAKE(f);
    return true;
}

void audit_files_free(struct audit_files *f)
{
    if (f == NULL)
        return;
    http_free(f->http);
    free(f->place);
    free(f);
}

static bool files_read(void *context, const char *path, struct buf *ret, struct err *e)
{
    struct audit_files *f = context;
    AUTO_VALUE(buf) name = BUF(PLACE_MAX);
    buf_printf(&name, "%s/%s", f->place, path);
    if (!buf_ok(&name, "the name of a public file", e))
        return false;
    if (f->http == NULL)
        return file_read(ret, buf_string(&name), FILE_REGULAR, e);
    struct http_call call = {.method = "GET", .path = buf_string(&name)};
    return http_do(f->http, &call, ret, e);
}

struct audit_source audit_files_source(struct audit_files *f)
{
    return (struct audit_source){.read = files_read, .context = f};
}
