#include "cli/toolkit.h"

#include <unistd.h>

#include "base/file.h"
#include "cli/pem.h"

#define FILE_MAX 65536
#define WORD_MAX 131072

/* By its number in enum toolkit_item. */
struct row {
    const char *variable;
    const char *placeholder; /* NULL: none */
    const char *file;        /* its name in the folder; NULL: not a file of ours */
};

static const struct row rows[TOOLKIT_ITEMS] = {
    [TOOLKIT_HELPER] = {"SEALWARD_HELPER", NULL, "helper"},
    [TOOLKIT_MODULE] = {"SEALWARD_MODULE", "{module}", NULL},
    [TOOLKIT_TOKEN] = {"SEALWARD_TOKEN", "{token}", NULL},
    [TOOLKIT_KEY_LABEL] = {"SEALWARD_KEY_LABEL", "{key}", NULL},
    [TOOLKIT_KEY_URI] = {"SEALWARD_KEY_URI", "{uri}", NULL},
    [TOOLKIT_CERT] = {"SEALWARD_CERT", "{cert}", "cert.pem"},
    [TOOLKIT_CHAIN] = {"SEALWARD_CHAIN", "{chain}", "chain.pem"},
    [TOOLKIT_ROOT] = {"SEALWARD_ROOT", "{root}", "root.pem"},
    [TOOLKIT_ENGINE] = {"SEALWARD_ENGINE", "{engine}", NULL},
    [TOOLKIT_OPENSSL] = {"SEALWARD_OPENSSL_CONF", "{openssl}", "openssl.cnf"},
    [TOOLKIT_JAVA] = {"SEALWARD_JAVA_CONFIG", "{java}", "java.cfg"},
    [TOOLKIT_TSA] = {"SEALWARD_TSA", "{tsa}", NULL},
};

/* What libp11 reads where no configuration names a module. */
#define LIBP11_VARIABLE "PKCS11_MODULE_PATH"

/* ---- The folder ---- */

static bool value_set(struct toolkit *t, enum toolkit_item item, struct buf *text, struct arena *a,
                      struct err *e)
{
    if (!buf_ok(text, rows[item].variable, e))
        return false;
    t->values[item] = (const char *)arena_copy(a, buf_bytes(text)).data;
    return t->values[item] != NULL || err_set(e, ERR_MEMORY, "out of memory for a tool's settings");
}

static bool values_make(struct toolkit *t, const struct toolkit_plan *plan, struct arena *a,
                        struct err *e)
{
    for (int i = 0; i < TOOLKIT_ITEMS; i++) {
        AUTO_VALUE(buf) text = BUF(WORD_MAX);
        if (rows[i].file != NULL)
            buf_printf(&text, "%s/%s", buf_string(&t->folder), rows[i].file);
        if (i == TOOLKIT_MODULE)
            buf_put_text(&text, plan->module);
        if (i == TOOLKIT_TOKEN)
            buf_put_text(&text, TOOLKIT_TOKEN_LABEL);
        if (i == TOOLKIT_KEY_LABEL)
            buf_put(&text, plan->signer);
        if (i == TOOLKIT_KEY_URI)
            buf_printf(&text, "pkcs11:token=%s;object=%.*s;type=private", TOOLKIT_TOKEN_LABEL,
                       BYTES_PRINT(plan->signer));
        if (i == TOOLKIT_ENGINE)
            buf_put_text(&text, SEALWARD_ENGINE_FILE);
        if (i == TOOLKIT_TSA)
            buf_put_text(&text, plan->tsa);
        if (!value_set(t, (enum toolkit_item)i, &text, a, e))
            return false;
    }
    return true;
}

static bool file_put(const struct toolkit *t, enum toolkit_item item, const struct buf *text,
                     struct err *e)
{
    return buf_ok(text, rows[item].file, e) &&
           file_replace_view(t->values[item], buf_bytes(text), 0600, e);
}

/* The default configuration is replaced, so what `openssl req` cannot do without stands here too.
 */
static bool openssl_put(const struct toolkit *t, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(FILE_MAX);
    buf_printf(&text,
               "openssl_conf = sealward\n"
               "[sealward]\n"
               "engines = sealward_engines\n"
               "[sealward_engines]\n"
               "pkcs11 = sealward_pkcs11\n"
               "[sealward_pkcs11]\n"
               "engine_id = pkcs11\n"
               "MODULE_PATH = %s\n"
               "init = 0\n"
               "[req]\n"
               "distinguished_name = req_distinguished_name\n"
               "[req_distinguished_name]\n",
               t->values[TOOLKIT_MODULE]);
    return file_put(t, TOOLKIT_OPENSSL, &text, e);
}

static bool java_put(const struct toolkit *t, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(FILE_MAX);
    buf_printf(&text, "name = Sealward\nlibrary = %s\nslot = 1\n", t->values[TOOLKIT_MODULE]);
    return file_put(t, TOOLKIT_JAVA, &text, e);
}

static bool certificates_put(const struct toolkit *t, enum toolkit_item item,
                             const struct bytes *list, size_t count, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(FILE_MAX);
    for (size_t i = 0; i < count; i++)
        pem_put(&text, list[i]);
    return file_put(t, item, &text, e);
}

static bool files_put(const struct toolkit *t, const struct toolkit_plan *plan, struct err *e)
{
    const struct bytes *chain = plan->chain->items;
    size_t above = plan->chain->count > 0 ? plan->chain->count - 1 : 0;
    return openssl_put(t, e) && java_put(t, e) &&
           certificates_put(t, TOOLKIT_CERT, &plan->certificate, 1, e) &&
           certificates_put(t, TOOLKIT_CHAIN, chain, above, e) &&
           certificates_put(t, TOOLKIT_ROOT, chain + above, plan->chain->count - above, e);
}

bool toolkit_module(const char **ret, const char *given, struct err *e)
{
    const char *module = given != NULL ? given : SEALWARD_MODULE_FILE;
    bool exists = false;
    if (!file_exists(&exists, module, e))
        return false;
    if (!exists || module[0] != '/') {
        (void)err_set(e, ERR_NOT_FOUND, "the PKCS#11 module is not at %s", module);
        return err_hint(e, "name its absolute path in SEALWARD_MODULE");
    }
    *ret = module;
    return true;
}

bool toolkit_make(struct toolkit *ret, const struct toolkit_plan *plan, struct arena *a,
                  struct err *e)
{
    AUTO_VALUE(toolkit) t = {.folder = BUF(4096)};
    if (!file_make_private_folder(&t.folder, plan->temporary, "sealward", e) ||
        !values_make(&t, plan, a, e) || !files_put(&t, plan, e))
        return false;
    *ret = t;
    t = (struct toolkit){.folder = BUF(0)};
    return true;
}

void toolkit_done(struct toolkit *t)
{
    struct err ignored;
    for (int i = 0; i < TOOLKIT_ITEMS; i++) {
        bool removed =
            rows[i].file != NULL && t->values[i] != NULL && file_remove(t->values[i], &ignored);
        (void)removed;
    }
    bool removed = t->folder.size > 0 && file_remove(buf_string(&t->folder), &ignored);
    (void)removed;
    buf_done(&t->folder);
    *t = (struct toolkit){.folder = BUF(0)};
}

/* ---- Words ---- */

/* The item whose placeholder stands at the beginning of the text; -1 if there is none. */
static int placeholder_find(const char *text)
{
    for (int i = 0; i < TOOLKIT_ITEMS; i++)
        if (rows[i].placeholder != NULL &&
            strncmp(text, rows[i].placeholder, strlen(rows[i].placeholder)) == 0)
            return i;
    return -1;
}

static void word_put(struct buf *b, const struct toolkit *t, const char *word)
{
    while (word[0] != 0) {
        int item = word[0] == '{' ? placeholder_find(word) : -1;
        if (item < 0) {
            buf_put_u8(b, (uint8_t)word[0]);
            word++;
            continue;
        }
        buf_put_text(b, t->values[item]);
        word += strlen(rows[item].placeholder);
    }
}

static size_t words_count(char *const *words)
{
    size_t count = 0;
    while (words[count] != NULL)
        count++;
    return count;
}

/* Room for a list with its NULL, and a place in it: copies of texts that may be changed. */
static char **list_make(size_t count, struct arena *a, struct err *e)
{
    char **list = arena_alloc(a, (count + 1) * sizeof *list);
    if (list == NULL)
        (void)err_set(e, ERR_MEMORY, "out of memory for a tool's words");
    return list;
}

static bool text_keep(char **ret, const struct buf *text, struct arena *a, struct err *e)
{
    if (!buf_ok(text, "word of a tool", e))
        return false;
    char *copy = arena_alloc(a, text->size + 1);
    if (copy == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a tool's words");
    if (text->size > 0)
        memcpy(copy, text->data, text->size);
    *ret = copy;
    return true;
}

bool toolkit_words(char ***ret, const struct toolkit *t, char *const *words, struct arena *a,
                   struct err *e)
{
    size_t count = words_count(words);
    char **list = list_make(count, a, e);
    if (list == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        AUTO_VALUE(buf) text = BUF(WORD_MAX);
        word_put(&text, t, words[i]);
        if (!text_keep(&list[i], &text, a, e))
            return false;
    }
    *ret = list;
    return true;
}

/* ---- Environment ---- */

static bool is_variable(const char *line, const char *name)
{
    size_t size = strlen(name);
    return strncmp(line, name, size) == 0 && line[size] == '=';
}

static bool is_ours(const char *line)
{
    for (int i = 0; i < TOOLKIT_ITEMS; i++)
        if (is_variable(line, rows[i].variable))
            return true;
    return is_variable(line, LIBP11_VARIABLE);
}

static bool variable_add(char **list, size_t *count, const char *name, const char *value,
                         struct arena *a, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(WORD_MAX);
    buf_printf(&text, "%s=%s", name, value);
    return text_keep(&list[(*count)++], &text, a, e);
}

bool toolkit_environment(char ***ret, const struct toolkit *t, struct arena *a, struct err *e)
{
    size_t count = 0;
    char **list = list_make(words_count(environ) + TOOLKIT_ITEMS + 1, a, e);
    if (list == NULL)
        return false;
    for (size_t i = 0; environ[i] != NULL; i++)
        if (!is_ours(environ[i]))
            list[count++] = environ[i];
    for (int i = 0; i < TOOLKIT_ITEMS; i++)
        if (!variable_add(list, &count, rows[i].variable, t->values[i], a, e))
            return false;
    if (!variable_add(list, &count, LIBP11_VARIABLE, t->values[TOOLKIT_MODULE], a, e))
        return false;
    *ret = list;
    return true;
}
