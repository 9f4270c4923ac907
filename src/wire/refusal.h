/*
 * A refusal as it crosses a wire: the parts of a struct err that the asker is told. Shared by the
 * protocols of this room, so that a refusal reads the same wherever it comes out.
 *
 * The cause underneath stays behind: it is for the operator of the machine where it happened.
 * A struct refusal is a view; what it was made from must outlive it. No state, any thread.
 */
#ifndef SEALWARD_WIRE_REFUSAL_H
#define SEALWARD_WIRE_REFUSAL_H

#include "base/bytes.h"
#include "base/err.h"

struct refusal {
    struct bytes code; /* err_code_name */
    struct bytes rule; /* may be empty */
    struct bytes message;
    struct bytes hint; /* may be empty */
};

/* The rows of a field table for a struct refusal that is the member `member` of `type`; the limits
 * are those of struct err. */
#define REFUSAL_ROW(type, member, part, least, most)                                               \
    {                                                                                              \
        .name = #part, .kind = FIELD_TEXT, .offset = offsetof(type, member.part), .min = (least),  \
        .max = (most)                                                                              \
    }
#define REFUSAL_FIELDS(type, member)                                                               \
    REFUSAL_ROW(type, member, code, 1, 32), REFUSAL_ROW(type, member, rule, 0, 55),                \
        REFUSAL_ROW(type, member, message, 0, 399), REFUSAL_ROW(type, member, hint, 0, 279)

/* Views of `e`, whose texts are first made plain in place (text_make_plain), because no wire
 * carries others. */
struct refusal refusal_make(struct err *e);

/* Fills `e` from a refusal that came in; an unknown code becomes ERR_INTERNAL. Always false. */
bool refusal_err(const struct refusal *r, struct err *e);

#endif
