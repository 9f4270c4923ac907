/*
 * SSH's numbers on the wire, in their one encoding. Inside pki.
 */
#ifndef SEALWARD_PKI_SSHWIRE_H
#define SEALWARD_PKI_SSHWIRE_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/reader.h"

/* A positive mpint (RFC 4251 section 5) in its shortest form, without its leading zero byte; sets
 * the reader's failure for anything else. */
struct bytes sshwire_number(struct reader *r, size_t max);

void sshwire_put_string(struct buf *b, struct bytes string);

#endif
