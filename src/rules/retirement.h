/*
 * Retiring and destroying: what is over for good. A retired key is deactivated, a retired release
 * path takes no grant, a retired signer gets no key; nobody brings them back. Since rules
 * version 2. Inside the rules room only, but for the tables of what people sign.
 */
#ifndef SEALWARD_RULES_RETIREMENT_H
#define SEALWARD_RULES_RETIREMENT_H

#include "rules/entries.h"

/* Body of a retire statement. */
struct retire {
    int subject;             /* enum retired_kind */
    struct bytes id;         /* hex of the key id, or id of the release path or signer */
    struct bytes activation; /* leaf of the entry that last activated it */
    struct bytes reason;
};
extern const struct fields retire_fields;

/* Detail of a "destroy" proposal. */
struct destroy {
    struct bytes key; /* its id */
};
extern const struct fields destroy_fields;

/* Body of a destroyed entry: the keeper has removed the key and searched its token again. */
struct destroyed {
    struct bytes proposal; /* leaf */
    struct bytes key;      /* its id */
    int64_t found;         /* key objects with that CKA_ID that are there still */
};
extern const struct fields destroyed_fields;

#endif
