/*
 * publish FOLDER: writes the public files of a whole record, and the authority's file, into the
 * folder. For tests/cases/test_audit.py.
 */
#include "record.h"

#include <stdio.h>

#include "base/file.h"

static void file_put(const char *folder, const char *name, struct bytes content)
{
    char path[4096];
    struct err e;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    ok_call(file_make_folders_above(path, 0755, &e), e);
    ok_call(file_replace_view(path, content, 0644, &e), e);
}

int main(int argc, char **argv)
{
    static struct record record;
    static struct published published;
    AUTO_VALUE(buf) authority = BUF(LIMIT_AUTHORITY);
    if (argc != 2)
        return 2;
    record_make(&record);
    published_make(&published, record.world.entries, record.world.count);
    for (size_t i = 0; i < published.count; i++)
        file_put(argv[1], published.files[i].path, buf_bytes(&published.files[i].content));
    authority_write(&authority, &published.authority);
    file_put(argv[1], "authority.json", buf_bytes(&authority));
    (void)printf("%zu\n", record.world.count);
    published_done(&published);
    record_done(&record);
    return 0;
}
