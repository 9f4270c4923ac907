/*
 * What the readers and the writers of timestamps share. Nobody else includes this.
 */
#ifndef SEALWARD_PKI_TSP_FIELDS_H
#define SEALWARD_PKI_TSP_FIELDS_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/x509.h"

#define TSP_POLICY_SIZE (X509_ARC_MAX + sizeof ".3")

/* "<arc>.3"; ERR_INPUT for an arc that is empty or too long. */
CHECKED bool tsp_policy_text(char ret[TSP_POLICY_SIZE], struct bytes arc, struct err *e);

/* Contents octets of an INTEGER in its shortest form. */
bool tsp_nonce_is_valid(struct bytes nonce);

#endif
