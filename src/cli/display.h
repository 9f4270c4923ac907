/*
 * How things are shown to people: entries with their description and whole content, indented, with
 * names behind handles.
 */
#ifndef SEALWARD_CLI_DISPLAY_H
#define SEALWARD_CLI_DISPLAY_H

#include "base/buf.h"
#include "cli/names.h"
#include "client/client.h"

/* One line: number, time, type, the short leaf hash, description. */
CHECKED bool display_line(struct buf *b, const struct entry *entry, const struct names *names,
                          struct err *e);

/* A line of a story, for a screen: names alone where they are known, hashes cut, no leaf. */
CHECKED bool display_brief(struct buf *b, const struct entry *entry, const struct names *names,
                           struct err *e);

/* As display_line, on several lines, and the whole body, indented. */
CHECKED bool display_entry(struct buf *b, const struct entry *entry, const struct names *names,
                           struct err *e);

/* As one JSON object: {"index","time","type","leaf","description","body"}. */
CHECKED bool display_json(struct buf *b, const struct entry *entry, struct err *e);

/* A JSON text, indented. */
CHECKED bool display_indented(struct buf *b, struct bytes json, const struct names *names,
                              struct err *e);

#endif
