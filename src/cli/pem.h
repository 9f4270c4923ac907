/* Certificates as text (RFC 7468), for tools that read no DER. Writing only. */
#ifndef SEALWARD_CLI_PEM_H
#define SEALWARD_CLI_PEM_H

#include "base/buf.h"

/* Appends one certificate. */
void pem_put(struct buf *b, struct bytes certificate);

#endif
