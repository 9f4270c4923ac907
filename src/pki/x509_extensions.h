/*
 * The extensions of a certificate (RFC 5280 4.2): the part of pki/x509 that reads them. Nobody else
 * includes this.
 */
#ifndef SEALWARD_PKI_X509_EXTENSIONS_H
#define SEALWARD_PKI_X509_EXTENSIONS_H

#include "base/auto.h"
#include "base/err.h"
#include "pki/x509.h"

/* Reads cert->extensions into the fields that come from them. On failure *cert is spoiled. */
CHECKED bool x509_extensions_parse(struct x509 *cert, struct err *e);

#endif
