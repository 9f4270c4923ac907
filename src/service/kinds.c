#include "service/kinds.h"

struct kind_row {
    const char *name;
    enum index_kind kind;
};

static const struct kind_row rows[] = {
    {"artifact", INDEX_ARTIFACT}, {"tbs", INDEX_TO_BE_SIGNED},  {"key", INDEX_KEY},
    {"grant", INDEX_GRANT},       {"proposal", INDEX_PROPOSAL}, {"person", INDEX_PERSON},
    {"workload", INDEX_WORKLOAD}, {"path", INDEX_PATH},         {"certificate", INDEX_CERTIFICATE},
    {"signer", INDEX_SIGNER},     {"endpoint", INDEX_ENDPOINT}, {"number", INDEX_NUMBER},
};

static const struct kind_row *row_find(struct bytes name)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (bytes_is(name, rows[i].name))
            return &rows[i];
    return NULL;
}

bool kind_of_mark(enum index_kind *ret, const char *name, struct err *e)
{
    const struct kind_row *row = row_find(bytes_text(name));
    if (row == NULL)
        return err_set(e, ERR_INTERNAL, "the index has no kind \"%s\"", name);
    *ret = row->kind;
    return true;
}

bool kind_of_word(enum index_kind *ret, struct bytes word, struct err *e)
{
    const struct kind_row *row = row_find(word);
    if (row == NULL) {
        (void)err_set(e, ERR_INPUT, "no kind of mark is called \"%.*s\"", BYTES_PRINT(word));
        return err_hint(e, "artifact, tbs, key, grant, proposal, person, workload, path, "
                           "certificate, number, signer or endpoint");
    }
    *ret = row->kind;
    return true;
}
