/*
 * Aims at distrust_open, and at the look-ups in what it lets through.
 *
 * The input is a list's file. Every number that a group has is found, none past the count is; a
 * failure leaves the result as it was.
 */
#include "proof/distrust.h"
#include "property.h"

static void group_check(const struct distrust *list, uint32_t g)
{
    const struct distrust_numbers *group = &list->groups[g];
    struct rice rice = rice_make(group->code, group->k);
    uint64_t number = 0;
    for (uint32_t i = 0; i < group->count && i < 500; i++) {
        int64_t effective = -1;
        PROPERTY(rice_next(&rice, &number));
        PROPERTY(distrust_certificate(list, number, &effective) == DISTRUST_LISTED);
        PROPERTY(effective <= group->effective);
    }
}

static void lookups_check(const struct distrust *list)
{
    int64_t effective = -1;
    size_t place = 0;
    for (uint32_t g = 0; g < list->group_count && g < 50; g++)
        group_check(list, g);
    PROPERTY(distrust_certificate(list, list->head.certificates, &effective) == DISTRUST_UNKNOWN);
    if (list->keys.size > 0)
        PROPERTY(distrust_key(list, list->keys.data, &effective) && effective >= 0);
    if (list->artifacts.size > 0)
        PROPERTY(distrust_artifact(list, list->artifacts.data));
    if (list->path_count > 0)
        PROPERTY(distrust_path(list, list->paths[0].keys.data, &place) == &list->paths[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_VALUE(arena) a = ARENA(4 << 20);
    struct distrust list = {.group_count = 77};
    struct err e;
    if (!distrust_open(&list, bytes_make(data, size), &a, &e)) {
        PROPERTY(list.group_count == 77 && list.file.data == NULL);
        PROPERTY(e.code == ERR_INPUT || e.code == ERR_LIMIT || e.code == ERR_MEMORY);
        return 0;
    }
    PROPERTY(list.body.size + 2 + list.certificate.size + DISTRUST_SIGNATURE == size);
    lookups_check(&list);
    return 0;
}
