/*
 * Our side of test_distrust.py. Standard input has a line for each thing; standard output answers.
 *
 *   peer-distrust write FILE   lines of a plan, in any order of kinds; writes the bytes to be
 * signed peer-distrust read FILE AUTHORITY ROOT   opens and verifies the list, then answers
 * questions
 *
 * A plan: head NUMBER ISSUED EXPIRES SIZE CERTIFICATES AUTHORITY ROOT, group EFFECTIVE NUMBER...,
 * key HASH EFFECTIVE, signature NUMBER, artifact HASH, path ID SINCE HASH... Questions: certificate
 * NUMBER, key HASH, signature HASH, artifact HASH.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/hex.h"
#include "proof/distrust.h"

enum { LINE = 1 << 20, MANY = 4096 };

static char line[LINE];

/* The next word of the line; NULL at its end. */
static char *word(char **rest)
{
    char *found;
    do
        found = strsep(rest, " \n");
    while (found != NULL && *found == '\0');
    return found;
}

static uint64_t number(char **rest)
{
    const char *text = word(rest);
    return text == NULL ? 0 : strtoull(text, NULL, 10);
}

static void hash(uint8_t ret[32], char **rest)
{
    const char *text = word(rest);
    struct err e;
    if (text == NULL || !hex_decode(ret, 32, bytes_text(text), &e))
        exit(2);
}

static int fail(const struct err *e)
{
    printf("no %s\n", e->message);
    return 1;
}

/* ---- Writing ---- */

static struct maker {
    struct distrust_plan plan;
    struct distrust_group groups[MANY];
    struct distrust_key keys[MANY];
    uint64_t signatures[MANY];
    uint8_t artifacts[MANY * 32];
    struct distrust_path paths[MANY];
} m;

static void head_take(char **rest)
{
    struct distrust_head *head = &m.plan.head;
    head->number = number(rest);
    head->issued = (int64_t)number(rest);
    head->expires = (int64_t)number(rest);
    head->size = number(rest);
    head->certificates = number(rest);
    hash(head->authority, rest);
    hash(head->root, rest);
}

static void group_take(char **rest)
{
    struct distrust_group *group = &m.groups[m.plan.group_count++];
    uint64_t *numbers = calloc(LINE / 2, sizeof *numbers);
    const char *text;
    group->effective = (int64_t)number(rest);
    group->numbers = numbers;
    while (numbers != NULL && (text = word(rest)) != NULL)
        numbers[group->count++] = strtoull(text, NULL, 10);
}

static void path_take(char **rest)
{
    struct distrust_path *path = &m.paths[m.plan.path_count++];
    uint8_t *keys = calloc(MANY, 32);
    const char *id = word(rest);
    if (keys == NULL || id == NULL)
        exit(2);
    path->id = bytes_text(strdup(id));
    path->since = (int64_t)number(rest);
    while (*rest != NULL && **rest != '\0') {
        hash(keys + path->keys.size, rest);
        path->keys = bytes_make(keys, path->keys.size + 32);
    }
}

static void row_take(const char *kind, char **rest)
{
    if (strcmp(kind, "head") == 0)
        head_take(rest);
    else if (strcmp(kind, "group") == 0)
        group_take(rest);
    else if (strcmp(kind, "path") == 0)
        path_take(rest);
    else if (strcmp(kind, "signature") == 0)
        m.signatures[m.plan.signature_count++] = number(rest);
    else if (strcmp(kind, "artifact") == 0) {
        hash(m.artifacts + m.plan.artifacts.size, rest);
        m.plan.artifacts = bytes_make(m.artifacts, m.plan.artifacts.size + 32);
    } else {
        struct distrust_key *key = &m.keys[m.plan.key_count++];
        hash(key->key, rest);
        key->effective = (int64_t)number(rest);
    }
}

static int list_write(const char *path)
{
    AUTO_VALUE(buf) b = BUF(DISTRUST_MAX);
    struct err e;
    m.plan.groups = m.groups;
    m.plan.keys = m.keys;
    m.plan.signatures = m.signatures;
    m.plan.paths = m.paths;
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *rest = line;
        const char *kind = word(&rest);
        if (kind != NULL)
            row_take(kind, &rest);
    }
    if (!distrust_build(&b, &m.plan, &e) || !file_replace(path, buf_bytes(&b), 0600, &e))
        return fail(&e);
    puts("yes");
    return 0;
}

/* ---- Reading ---- */

static void paths_answer(const struct distrust *list, const uint8_t key[32])
{
    const struct distrust_path *path;
    size_t place = 0;
    while ((path = distrust_path(list, key, &place)) != NULL)
        printf(" %.*s %" PRId64, BYTES_PRINT(path->id), path->since);
}

static void answer(const struct distrust *list, const char *kind, char **rest)
{
    static const char *const words[] = {
        [DISTRUST_ABSENT] = "absent", [DISTRUST_LISTED] = "listed", [DISTRUST_UNKNOWN] = "unknown"};
    uint8_t id[32];
    int64_t effective = -1;
    if (strcmp(kind, "certificate") == 0) {
        printf("%s", words[distrust_certificate(list, number(rest), &effective)]);
        printf(" %" PRId64 "\n", effective);
        return;
    }
    hash(id, rest);
    if (strcmp(kind, "key") == 0) {
        printf("%s", words[distrust_key(list, id, &effective) ? DISTRUST_LISTED : DISTRUST_ABSENT]);
        printf(" %" PRId64, effective);
        paths_answer(list, id);
    } else {
        bool listed = strcmp(kind, "signature") == 0 ? distrust_signature(list, id)
                                                     : distrust_artifact(list, id);
        printf("%s", words[listed ? DISTRUST_LISTED : DISTRUST_ABSENT]);
    }
    printf("\n");
}

static int list_read(const char *path, const char *authority_hex, const char *root_path)
{
    AUTO_VALUE(buf) file = BUF(DISTRUST_MAX);
    AUTO_VALUE(buf) root = BUF(X509_DER_MAX);
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    uint8_t authority[TREE_HASH];
    struct distrust list;
    struct x509 parsed;
    struct err e;
    struct distrust_trust trust = {.authority = authority, .roots = &parsed, .root_count = 1};
    if (!file_read(&file, path, FILE_REGULAR, &e) ||
        !file_read(&root, root_path, FILE_REGULAR, &e) ||
        !hex_decode(authority, sizeof authority, bytes_text(authority_hex), &e) ||
        !x509_parse(&parsed, buf_bytes(&root), &e))
        return 2;
    if (!distrust_open(&list, buf_bytes(&file), &a, &e) || !distrust_verify(&list, &trust, &e))
        return fail(&e);
    puts("yes");
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *rest = line;
        const char *kind = word(&rest);
        if (kind != NULL)
            answer(&list, kind, &rest);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "write") == 0)
        return list_write(argv[2]);
    if (argc == 5 && strcmp(argv[1], "read") == 0)
        return list_read(argv[2], argv[3], argv[4]);
    return 2;
}
