/*
 * Every limit on what comes from outside, with its reason. A parser takes its limit from here, so
 * that one page tells how large anything can be. Rows are grouped by the room that owns them.
 */
#ifndef SEALWARD_BASE_LIMITS_H
#define SEALWARD_BASE_LIMITS_H

/* --- base --- */

/* Nesting of JSON values. Our deepest statement has 12 levels; recursion stays under 10 KB of stack. */
#define LIMIT_JSON_DEPTH 32

/* Bytes of one JSON text: a page of entries as a client gets it is far below. */
#define LIMIT_JSON_SIZE (4u << 20)

/* Members of one JSON object: the largest table has some 30, an identity token some 60. Names are
 * sorted to find doubles, and this keeps that on the stack. */
#define LIMIT_JSON_MEMBERS 1024

/* Memory for the tree of one canonical text of at most 65,535 bytes: each value takes at least two
 * bytes of text and about a hundred of tree. */
#define LIMIT_JSON_TREE (8u << 20)

/* Bytes of an artifact name's pattern: bounds the work of text_fits. */
#define LIMIT_PATTERN_SIZE 255

/* A hundred years of 365.25 days, in milliseconds: sums of a time and a duration cannot overflow. */
#define LIMIT_DURATION_MS INT64_C(3155760000000)

#endif
