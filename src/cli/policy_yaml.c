#include "cli/policy_yaml.h"

#include "cli/policy_file.h"

#include <string.h>

enum { PATH_SIZE = 4096 };

/* The folder of a path, without the slash: "." where it has none. */
static struct bytes folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return bytes_text(".");
    return slash == path ? bytes_text("/.") : bytes_make(path, (size_t)(slash - path));
}

static bool path_keep(const char **ret, struct cli *cli, struct buf *path, struct err *e)
{
    struct bytes kept = arena_copy(&cli->arena, buf_bytes(path));
    if (!buf_ok(path, "a path", e))
        return false;
    if (kept.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a path");
    *ret = (const char *)kept.data;
    return true;
}

bool policy_yaml_beside(const char **ret, struct cli *cli, const char *path, struct bytes name,
                        struct err *e)
{
    AUTO_VALUE(buf) joined = BUF(PATH_SIZE);
    bool absolute = name.size > 0 && name.data[0] == '/';
    if (!absolute) {
        buf_put(&joined, folder_of(path));
        buf_put_u8(&joined, '/');
    }
    buf_put(&joined, name);
    return path_keep(ret, cli, &joined, e);
}

bool policy_yaml_tree(struct yaml_tree **ret, struct cli *cli, const char *path, struct err *e)
{
    struct bytes text;
    return cli_file(&text, cli, path, YAML_SIZE_MAX, e) &&
           (yaml_tree_read(ret, text, &cli->arena, e) || err_wrap(e, "%s", path));
}

bool policy_yaml_objects(struct list *ret_objects, struct names *ret_names, struct cli *cli,
                         const struct yaml_tree *map, const char *path, struct err *e)
{
    AUTO_VALUE(buf) folder_text = BUF(PATH_SIZE);
    struct names names;
    struct list objects;
    const char *folder;
    const char *file = cli->settings.names;
    buf_put(&folder_text, folder_of(path));
    if (!path_keep(&folder, cli, &folder_text, e) ||
        (file == NULL && !policy_yaml_beside(&file, cli, path, bytes_text("names.json"), e)) ||
        !names_load(&names, file, &cli->arena, e))
        return false;
    size_t known = names.rows.count;
    if (!policy_file_read(&objects, map, folder, &names, &cli->arena, e))
        return err_wrap(e, "%s", path);
    if (names.rows.count > known && !names_save(&names, file, e))
        return false;
    *ret_objects = objects;
    *ret_names = names;
    return true;
}

bool policy_yaml_load(struct list *ret_objects, struct names *ret_names, struct cli *cli,
                      const char *path, struct err *e)
{
    struct yaml_tree *map;
    return policy_yaml_tree(&map, cli, path, e) &&
           policy_yaml_objects(ret_objects, ret_names, cli, map, path, e);
}
