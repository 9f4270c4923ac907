/*
 * The extensions of a certificate (RFC 5280 4.2): the part of pki/x509 that reads them. Nobody else
 * includes this.
 */
#ifndef SEALWARD_PKI_X509_EXTENSIONS_H
#define SEALWARD_PKI_X509_EXTENSIONS_H

#include "base/auto.h"
#include "base/err.h"
#include "pki/x509.h"

/* Takes the first of the extensions that have been parsed off *rest and gives its identifier
 * (contents octets) and value; false at their end. */
bool x509_extensions_next(struct bytes *rest, struct bytes *ret_oid, struct bytes *ret_value);

/* Reads cert->extensions into the fields that come from them. On failure *cert is spoiled. */
CHECKED bool x509_extensions_parse(struct x509 *cert, struct err *e);

#endif
