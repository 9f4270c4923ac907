/*
 * Runs a fuzz target without libFuzzer: `replay FOLDER...` gives it each file of the folders and a
 * fixed number of mutations of each: truncations, bit flips, insertions, removals, copied runs. The
 * same files give the same inputs on every machine. Without any file it starts from the empty
 * input. When a property breaks or a sanitizer speaks up, the input that did it is printed.
 */
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "property.h"

enum {
    INPUT_MAX = 1 << 20,
    FILES_MAX = 4096,
    RUNS_OF_ALL = 100000, /* shared by the files */
    RUNS_OF_ONE = 10000,
};

static uint8_t current[INPUT_MAX];
static size_t current_size;
static uint64_t state;
static unsigned long runs;

/* SplitMix64: small, and the same everywhere. */
static uint64_t random_next(void)
{
    uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static size_t random_below(size_t limit)
{
    return limit == 0 ? 0 : (size_t)(random_next() % limit);
}

static void current_print(int signal_number)
{
    static const char digits[] = "0123456789abcdef";
    (void)signal_number;
    (void)!write(2, "input: ", 7);
    for (size_t i = 0; i < current_size && i < 4096; i++) {
        char pair[2] = {digits[current[i] >> 4], digits[current[i] & 15]};
        (void)!write(2, pair, sizeof pair);
    }
    (void)!write(2, "\n", 1);
}

/* A copy of exactly the size, so that the address sanitizer sees a read past the end. */
static void current_run(void)
{
    uint8_t *copy = malloc(current_size > 0 ? current_size : 1);
    if (copy == NULL) {
        (void)fprintf(stderr, "replay: no memory\n");
        exit(2);
    }
    memcpy(copy, current, current_size);
    (void)LLVMFuzzerTestOneInput(copy, current_size);
    free(copy);
    runs++;
}

/* --- mutations of `current` --- */

static void bit_flip(void)
{
    if (current_size > 0)
        current[random_below(current_size)] ^= (uint8_t)(1u << random_below(8));
}

static void byte_set(void)
{
    static const uint8_t telling[] = {0,   1,   0x7f, 0x80, 0xff, '"', '\\', '{',
                                      '}', '[', ']',  ',',  ':',  '-', '0',  '9',
                                      ' ', '/', '\n', '=',  '.',  '*', '?',  0x30};
    if (current_size > 0)
        current[random_below(current_size)] = telling[random_below(sizeof telling)];
}

static void byte_insert(void)
{
    if (current_size == INPUT_MAX)
        return;
    size_t at = random_below(current_size + 1);
    memmove(current + at + 1, current + at, current_size - at);
    current[at] = (uint8_t)random_next();
    current_size++;
}

static void run_remove(void)
{
    size_t at = random_below(current_size);
    size_t size = random_below(current_size - at < 16 ? current_size - at : 16);
    memmove(current + at, current + at + size, current_size - at - size);
    current_size -= size;
}

static void run_copy(void)
{
    size_t from = random_below(current_size);
    size_t size = random_below(current_size - from < 64 ? current_size - from : 64);
    size_t to = random_below(current_size + 1);
    if (size > INPUT_MAX - current_size)
        return;
    uint8_t run[64];
    memcpy(run, current + from, size);
    memmove(current + to + size, current + to, current_size - to);
    memcpy(current + to, run, size);
    current_size += size;
}

static void truncate_somewhere(void)
{
    current_size = random_below(current_size + 1);
}

static void mutate(void)
{
    static void (*const mutations[])(void) = {bit_flip,   bit_flip, byte_set,          byte_insert,
                                              run_remove, run_copy, truncate_somewhere};
    size_t times = 1 + random_below(4);
    for (size_t i = 0; i < times; i++)
        mutations[random_below(sizeof mutations / sizeof mutations[0])]();
}

/* --- files --- */

static void seed_run(const uint8_t *seed, size_t size, size_t mutations)
{
    state = size;
    memcpy(current, seed, size);
    current_size = size;
    current_run();
    for (size_t cut = 0; cut < size && cut < mutations / 4; cut++) {
        memcpy(current, seed, size);
        current_size = cut;
        current_run();
    }
    for (size_t i = 0; i < mutations; i++) {
        memcpy(current, seed, size);
        current_size = size;
        mutate();
        current_run();
    }
}

static void file_run(const char *path, size_t mutations)
{
    static uint8_t seed[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    size_t size = fread(seed, 1, sizeof seed, file);
    (void)fclose(file);
    seed_run(seed, size, mutations);
}

static char *paths[FILES_MAX];
static size_t paths_count;

static void folder_list(const char *folder)
{
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char *path = NULL;
        if (entry->d_name[0] == '.' || paths_count == FILES_MAX)
            continue;
        if (asprintf(&path, "%s/%s", folder, entry->d_name) < 0)
            exit(2);
        paths[paths_count++] = path;
    }
    (void)closedir(dir);
}

int main(int argc, char **argv)
{
    (void)signal(SIGABRT, current_print);
    for (int i = 1; i < argc; i++)
        folder_list(argv[i]);
    size_t share = RUNS_OF_ALL / (paths_count + 1);
    size_t mutations = share < RUNS_OF_ONE ? share : RUNS_OF_ONE;
    seed_run((const uint8_t *)"", 0, mutations);
    for (size_t i = 0; i < paths_count; i++) {
        file_run(paths[i], mutations);
        free(paths[i]);
    }
    (void)printf("%lu inputs from %zu files\n", runs, paths_count);
    return 0;
}
