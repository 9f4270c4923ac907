/* An updater that asks, before it installs a file, whether that is to be trusted now:
 *
 *   cc verify.c $(pkg-config --cflags --libs sealward-verify) -o verify
 *   verify FILE SIGNATURE ROOT AUTHORITY LIST [NOW]
 *
 * ROOT and AUTHORITY come with the updater, LIST is the newest one fetched. */
#include <sealward/verify.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int may_install(struct sealward_bytes file, struct sealward_bytes signature,
                       struct sealward_bytes root, struct sealward_bytes authority,
                       struct sealward_bytes list, int64_t now)
{
    struct sealward_verdict verdict = {.size = sizeof verdict};
    struct sealward_input input = {.size = sizeof input, .format = "cms", .file = file};
    input.signature = signature;
    input.roots = &root;
    input.root_count = 1;
    input.authority = authority;
    input.list = list;
    input.demand_fresh = 1;
    input.now = now;
    if (sealward_verify(&input, &verdict))
        return 1;
    printf("not trusted: %s\n", verdict.error);
    for (int i = 0; i < SEALWARD_CHECKS; i++)
        if (verdict.reasons[i].answer == SEALWARD_FAILS)
            printf("%s: %s\n", verdict.reasons[i].rule, verdict.reasons[i].text);
    return 0;
}

static struct sealward_bytes bytes_of(const char *path)
{
    static const size_t most = 64 << 20;
    char *room = malloc(most);
    FILE *file = fopen(path, "rb");
    struct sealward_bytes bytes = {room, 0};
    if (room == NULL || file == NULL)
        exit(2);
    bytes.size = fread(room, 1, most, file);
    if (bytes.size == most || fclose(file) != 0)
        exit(2);
    return bytes;
}

int main(int argc, char **argv)
{
    if (argc < 6)
        return 2;
    int64_t now = argc > 6 ? strtoll(argv[6], NULL, 10) : (int64_t)time(NULL) * 1000;
    int trusted = may_install(bytes_of(argv[1]), bytes_of(argv[2]), bytes_of(argv[3]),
                              bytes_of(argv[4]), bytes_of(argv[5]), now);
    printf("%s\n", trusted ? "trusted" : "left alone");
    return !trusted;
}
