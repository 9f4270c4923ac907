#include "guard/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"
#include "pki/pem.h"
#include "pki/x509.h"

#define SETTINGS_FILE "settings.json"
#define KEY_FILE "key.p8"
#define KEY_MAX 512

static bool path_join(struct buf *ret, const char *folder, const char *name, struct err *e)
{
    buf_printf(ret, "%s/%s", folder, name);
    return buf_ok(ret, "the path of a file in the folder", e);
}

bool folder_file(struct buf *ret, const struct folder *f, const char *name, struct err *e)
{
    return path_join(ret, f->path, name, e);
}

bool folder_get(struct buf *ret, const struct folder *f, const char *name, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(FOLDER_PATH_MAX + 256);
    return folder_file(&path, f, name, e) && file_read(ret, buf_string(&path), FILE_REGULAR, e);
}

static bool file_make(const char *folder, const char *name, struct bytes content, mode_t mode,
                      struct err *e)
{
    AUTO_VALUE(buf) path = BUF(FOLDER_PATH_MAX + 256);
    return path_join(&path, folder, name, e) && file_replace(buf_string(&path), content, mode, e);
}

bool folder_put(const struct folder *f, const char *name, struct bytes content, struct err *e)
{
    return file_make(f->path, name, content, 0644, e);
}

/* --- Making ----------------------------------------------------------------------------------- */

static bool absent_check(const char *folder, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(FOLDER_PATH_MAX + 256);
    bool there = false;
    if (strlen(folder) >= FOLDER_PATH_MAX)
        return err_set(e, ERR_LIMIT, "the folder has too long a name");
    if (!path_join(&path, folder, SETTINGS_FILE, e) || !file_exists(&there, buf_string(&path), e))
        return false;
    if (!there)
        return true;
    (void)err_set(e, ERR_CONFLICT, "%s is an endpoint's folder already", folder);
    return err_hint(e, "one folder an endpoint; to begin anew, enrol a new id in a new folder");
}

static bool key_make(const struct folder_plan *plan, struct buf *ret_spki, struct err *e)
{
    AUTO(session_key) key = NULL;
    AUTO_VALUE(buf) pkcs8 = BUF(KEY_MAX);
    if (!session_key_generate(&key, e) || !session_key_export(key, &pkcs8, e) ||
        !file_make(plan->path, KEY_FILE, buf_bytes(&pkcs8), 0600, e))
        return false;
    buf_put(ret_spki, session_key_spki(key));
    return buf_ok(ret_spki, "a public key", e);
}

/* Certificates, at least one, each of which can be read. */
static bool roots_read(struct folder *f, struct err *e)
{
    struct x509 root;
    if (!pem_certificates(f->roots, FOLDER_ROOTS_MAX, &f->root_count, f->root_text, &f->arena, e))
        return err_wrap(e, "trusted root");
    for (size_t i = 0; i < f->root_count; i++)
        if (!x509_parse(&root, f->roots[i], e))
            return err_wrap(e, "trusted root %zu", i + 1);
    return true;
}

/* Whatever could not be read later is refused now. */
static bool plan_check(const struct folder_plan *plan, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(SETTINGS_MAX);
    AUTO(folder) f = calloc(1, sizeof *f);
    if (f == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a folder");
    f->arena = ARENA(2 * PEM_MAX + (2 << 20));
    f->root_text = plan->root;
    settings_write(&text, &plan->settings);
    return buf_ok(&text, "the settings", e) &&
           settings_read(&f->settings, buf_bytes(&text), &f->arena, e) &&
           authority_read(&f->authority, plan->authority, &f->arena, e) && roots_read(f, e);
}

bool folder_make(const struct folder_plan *plan, struct buf *ret_spki, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(SETTINGS_MAX);
    settings_write(&text, &plan->settings);
    return absent_check(plan->path, e) && plan_check(plan, e) &&
           file_make_folders(plan->path, 0755, e) && key_make(plan, ret_spki, e) &&
           file_make(plan->path, FOLDER_AUTHORITY, plan->authority, 0644, e) &&
           file_make(plan->path, FOLDER_ROOT, plan->root, 0644, e) &&
           file_make(plan->path, SETTINGS_FILE, buf_bytes(&text), 0644, e);
}

/* --- Opening ---------------------------------------------------------------------------------- */

/* Into the arena, because what is read from it points into it. */
static bool text_load(struct bytes *ret, struct folder *f, const char *name, size_t max,
                      struct err *e)
{
    AUTO_VALUE(buf) text = BUF(max);
    if (!folder_get(&text, f, name, e))
        return false;
    *ret = arena_copy(&f->arena, buf_bytes(&text));
    return ret->data != NULL ? true : err_set(e, ERR_MEMORY, "out of memory for %s", name);
}

static bool settings_load(struct folder *f, struct err *e)
{
    struct bytes text;
    if (text_load(&text, f, SETTINGS_FILE, SETTINGS_MAX, e))
        return settings_read(&f->settings, text, &f->arena, e) || err_wrap(e, "%s", SETTINGS_FILE);
    if (e->code == ERR_NOT_FOUND)
        (void)err_hint(e, "`sealward-guard init` makes an endpoint's folder");
    return false;
}

bool folder_open(struct folder **ret, const char *path, struct err *e)
{
    AUTO(folder) f = calloc(1, sizeof *f);
    if (f == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a folder");
    if (strlen(path) >= sizeof f->path)
        return err_set(e, ERR_LIMIT, "the folder has too long a name");
    memcpy(f->path, path, strlen(path) + 1);
    f->arena = ARENA(2 * PEM_MAX + (2 << 20));
    if (!settings_load(f, e) ||
        !text_load(&f->authority_text, f, FOLDER_AUTHORITY, LIMIT_AUTHORITY, e) ||
        !authority_read(&f->authority, f->authority_text, &f->arena, e) ||
        !text_load(&f->root_text, f, FOLDER_ROOT, PEM_MAX, e) || !roots_read(f, e))
        return false;
    *ret = TAKE(f);
    return true;
}

void folder_free(struct folder *f)
{
    if (f == NULL)
        return;
    arena_done(&f->arena);
    free(f);
}

/* Not as a secret of base/secret.h, which is a text and loses a newline at its end. */
bool folder_key(struct session_key **ret, const struct folder *f, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(FOLDER_PATH_MAX + 256);
    AUTO_VALUE(buf) pkcs8 = BUF(KEY_MAX);
    int descriptor = -1;
    if (!folder_file(&path, f, KEY_FILE, e) ||
        !secret_file_descriptor(&descriptor, buf_string(&path), "the endpoint's key", e))
        return false;
    bool ok = file_read_descriptor(&pkcs8, descriptor, KEY_FILE, e);
    (void)close(descriptor);
    return ok && (session_key_import(ret, buf_bytes(&pkcs8), e) || err_wrap(e, "%s", KEY_FILE));
}
