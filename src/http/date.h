/*
 * Dates in HTTP headers (RFC 9110 section 5.6.7). Pure.
 */
#ifndef SEALWARD_HTTP_DATE_H
#define SEALWARD_HTTP_DATE_H

#include <stdint.h>

enum { DATE_SIZE = 32 };

/* "Sun, 06 Nov 1994 08:49:37 GMT", written to `ret`, which is returned; "" for a time that has no
 * date. */
const char *date_write(char ret[static DATE_SIZE], int64_t ms);

#endif
