/*
 * The extensions of a CRL and of its entries (RFC 5280 5.2, 5.3): the part of pki/crl that reads
 * them. Nobody else includes this.
 */
#ifndef SEALWARD_PKI_CRL_EXTENSIONS_H
#define SEALWARD_PKI_CRL_EXTENSIONS_H

#include "pki/crl.h"
#include "pki/der.h"

#define CRL_NUMBER_OID "2.5.29.20"
#define CRL_SCOPE_OID "2.5.29.28"

/* The Extensions of the list; faults are the reader's. */
void crl_extensions_read(struct crl *crl, struct der *explicit);

/* The Extensions of an entry: the reason, if there is one; true if there is an unknown critical
 * one. */
bool crl_entry_extensions_read(struct der *entry, unsigned *ret_reason);

#endif
