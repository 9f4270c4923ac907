/*
 * What a request asks for: the path in segments, the query in pairs. Strict, because nothing that
 * the API names needs more: no percent-encoding, no empty or dotted segments, each name once
 * (docs/protocol/api.md). So no two texts mean the same, and no path leaves its folder.
 *
 * Views into the text. Pure.
 */
#ifndef SEALWARD_HTTP_TARGET_H
#define SEALWARD_HTTP_TARGET_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

/* Bytes of a target: the longest search key is 255 bytes in hex. */
#define TARGET_MAX 1024
/* The path of a partial tile of the largest log has ten. */
#define TARGET_SEGMENTS_MAX 12
#define TARGET_PARAMETERS_MAX 8

struct parameter {
    struct bytes name;
    struct bytes value;
};

struct target {
    struct bytes path;
    size_t count;
    struct bytes segments[TARGET_SEGMENTS_MAX];
    size_t parameter_count;
    struct parameter parameters[TARGET_PARAMETERS_MAX];
};

/* ERR_INPUT says what is out of form. */
CHECKED bool target_read(struct target *ret, struct bytes text, struct err *e);

/* The value of that name; absent if it is not given. */
struct bytes target_parameter(const struct target *t, const char *name);

#endif
