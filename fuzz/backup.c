/*
 * Aims at backup_manifest_read. What is accepted is written again as the same bytes, has a journal,
 * and names no file outside the backup's folder.
 */
#include "cli/backup_manifest.h"
#include "property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_VALUE(arena) a = ARENA(16 << 20);
    AUTO_VALUE(buf) again = BUF(BACKUP_MANIFEST_MAX);
    struct bytes text = bytes_make(data, size);
    struct backup_manifest m;
    struct err e;
    if (!backup_manifest_read(&m, text, &a, &e))
        return 0;
    backup_manifest_write(&again, &m);
    PROPERTY(!again.failed && bytes_equal(buf_bytes(&again), text));
    PROPERTY(backup_manifest_find(&m, BACKUP_JOURNAL) != NULL);
    const struct backup_file *files = m.files.items;
    for (size_t i = 0; i < m.files.count; i++) {
        PROPERTY(files[i].path.data[0] != '/');
        PROPERTY(memmem(files[i].path.data, files[i].path.size, "../", 3) == NULL);
    }
    return 0;
}
