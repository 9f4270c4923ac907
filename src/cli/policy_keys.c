#include "cli/policy_keys.h"

#include "base/file.h"
#include "base/limits.h"
#include "cli/issuer_key.h"
#include "cli/yaml_fields.h"
#include "pki/jwt.h"
#include "pki/sshkey.h"
#include "rules/policy.h"

#include <stdio.h>

enum { PATH_SIZE = 4096 };

/* The content of a file beside the policy. */
static bool file_take(struct bytes *ret, const struct yaml_tree *at, const char *folder,
                      struct arena *a, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(ISSUER_KEY_TEXT_MAX);
    char path[PATH_SIZE];
    if (folder == NULL)
        return yaml_tree_refuse(e, at, "files cannot be named here");
    bool absolute = at->text.size > 0 && at->text.data[0] == '/';
    int size = snprintf(path, sizeof path, "%s%s%.*s", absolute ? "" : folder, absolute ? "" : "/",
                        (int)at->text.size, (const char *)at->text.data);
    if (size < 0 || (size_t)size >= sizeof path)
        return yaml_tree_refuse(e, at, "the path is too long");
    if (!file_read(&text, path, FILE_REGULAR, e))
        return err_wrap(e, "line %u", at->line);
    *ret = arena_copy(a, buf_bytes(&text));
    return ret->data != NULL ? true : err_set(e, ERR_MEMORY, "out of memory for a key");
}

/* A line of SSH's has blanks in it; the name of a file has none. */
static bool ssh_blob(struct bytes *ret, const struct yaml_tree *at, const char *folder,
                     struct arena *a, struct err *e)
{
    AUTO_VALUE(buf) blob = BUF(LIMIT_SSH_KEY);
    struct bytes line;
    if (!yaml_fields_is(at, YAML_TEXT, "a key", e))
        return false;
    line = at->text;
    bool inline_key = memchr(line.data, ' ', line.size) != NULL;
    if (!inline_key && !file_take(&line, at, folder, a, e))
        return false;
    if (!sshkey_line_parse(&blob, NULL, line, e))
        return err_wrap(e, "line %u", at->line);
    *ret = arena_copy(a, buf_bytes(&blob));
    return ret->data != NULL ? true : err_set(e, ERR_MEMORY, "out of memory for a key");
}

struct authenticator_file {
    const struct yaml_tree *key;
    bool presence;
    bool verification;
};

static const struct yaml_field authenticator_rows[] = {
    YAML_FIELD(struct authenticator_file, key, YAML_FIELD_TREE),
    YAML_FIELD_OR_NOT(struct authenticator_file, presence, YAML_FIELD_FLAG),
    YAML_FIELD_OR_NOT(struct authenticator_file, verification, YAML_FIELD_FLAG),
    {0},
};

static bool authenticator_take(struct authenticator *ret, const struct yaml_tree *item,
                               const char *folder, struct arena *a, struct err *e)
{
    struct authenticator_file file = {.key = item};
    if (item->kind == YAML_MAP && !yaml_fields_take(&file, authenticator_rows, item, NULL, a, e))
        return false;
    ret->presence = file.presence;
    ret->verification = file.verification;
    return ssh_blob(&ret->key, file.key, folder, a, e);
}

bool policy_keys_people(struct list *ret, const struct yaml_tree *list, const char *folder,
                        struct arena *a, struct err *e)
{
    if (!yaml_fields_is(list, YAML_LIST, "\"keys\"", e))
        return false;
    struct authenticator *items = arena_alloc(a, (list->count + 1) * sizeof *items);
    size_t count = 0;
    if (items == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for keys");
    for (const struct yaml_tree *item = list->first; item != NULL; item = item->next)
        if (!authenticator_take(&items[count++], item, folder, a, e))
            return false;
    *ret = (struct list){.items = items, .count = count};
    return true;
}

bool policy_keys_workload(struct list *ret, const struct yaml_tree *list, const char *folder,
                          struct arena *a, struct err *e)
{
    if (!yaml_fields_is(list, YAML_LIST, "\"keys\"", e))
        return false;
    struct bytes *items = arena_alloc(a, (list->count + 1) * sizeof *items);
    size_t count = 0;
    if (items == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for keys");
    for (const struct yaml_tree *item = list->first; item != NULL; item = item->next)
        if (!ssh_blob(&items[count++], item, folder, a, e))
            return false;
    *ret = (struct list){.items = items, .count = count};
    return true;
}

struct issuer_key_file {
    const struct yaml_tree *key;
    struct bytes kid;
    const struct yaml_tree *algorithm;
};

static const struct yaml_field issuer_key_rows[] = {
    YAML_FIELD(struct issuer_key_file, key, YAML_FIELD_TREE),
    YAML_FIELD_OR_NOT(struct issuer_key_file, kid, YAML_FIELD_TEXT),
    YAML_FIELD_OR_NOT(struct issuer_key_file, algorithm, YAML_FIELD_TREE),
    {0},
};

static bool key_text(struct bytes *ret, const struct yaml_tree *at, const char *folder,
                     struct arena *a, struct err *e)
{
    if (!yaml_fields_is(at, YAML_TEXT, "\"key\"", e))
        return false;
    *ret = at->text;
    bool inline_key = at->text.size > 0 && (at->text.data[0] == '-' || at->text.data[0] == '{');
    return inline_key || file_take(ret, at, folder, a, e);
}

/* Says how the key is called where the key itself does not, and holds the algorithm against it. */
static bool issuer_key_name(struct issuer_key *ret, const struct issuer_key_found *found,
                            const struct issuer_key_file *file, struct err *e)
{
    *ret =
        (struct issuer_key){.kid = found->kid, .algorithm = found->algorithm, .key = found->spki};
    if (file->kid.data != NULL)
        ret->kid = file->kid;
    if (ret->kid.size == 0)
        return yaml_tree_refuse(e, file->key, "the key has no id: \"kid\" is missing");
    if (file->algorithm != NULL &&
        !bytes_is(file->algorithm->text, jwt_alg_names[found->algorithm]))
        return yaml_tree_refuse(e, file->algorithm, "the key is for %s",
                                jwt_alg_names[found->algorithm]);
    return true;
}

static bool issuer_key_take(struct issuer_key *ret, size_t *ret_count, const struct yaml_tree *item,
                            const char *folder, struct arena *a, struct err *e)
{
    struct issuer_key_file file;
    struct issuer_keys found;
    struct bytes text;
    if (!yaml_fields_take(&file, issuer_key_rows, item, NULL, a, e) ||
        !key_text(&text, file.key, folder, a, e))
        return false;
    if (!issuer_keys_read(&found, text, a, e))
        return err_wrap(e, "line %u", file.key->line);
    if (found.count > 1 && file.kid.data != NULL)
        return yaml_tree_refuse(e, file.key, "a set of keys brings its own ids");
    for (size_t i = 0; i < found.count; i++)
        if (!issuer_key_name(&ret[i], &found.list[i], &file, e))
            return false;
    *ret_count = found.count;
    return true;
}

bool policy_keys_issuer(struct list *ret, const struct yaml_tree *list, const char *folder,
                        struct arena *a, struct err *e)
{
    if (!yaml_fields_is(list, YAML_LIST, "\"keys\"", e))
        return false;
    struct issuer_key *items = arena_alloc(a, (list->count + 1) * ISSUER_KEYS_MAX * sizeof *items);
    size_t count = 0;
    if (items == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for keys");
    for (const struct yaml_tree *item = list->first; item != NULL; item = item->next) {
        size_t taken = 0;
        if (!issuer_key_take(&items[count], &taken, item, folder, a, e))
            return false;
        count += taken;
    }
    *ret = (struct list){.items = items, .count = count};
    return true;
}
