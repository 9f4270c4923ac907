/*
 * The root's ceremonies: the only code that opens the root's token. The machine needs no network;
 * it is given the public files of the record and the pinned authority, and replays the record
 * itself before it signs anything.
 *
 * `root`: makes the root key and its self-signed certificate; writes root.der, and ceremony.json,
 * the statement that every founder signs before the certificate enters the record.
 * `certify`: signs every TBSCertificate that the record has issued under the root (for issuing and
 * timestamping CAs, and for distrust lists), behind its quorum, and has not recorded as
 * certificate; writes certificate-<number>.json, entry bodies. `crl`: signs the root's own CRLs,
 * one for each period in which it has issued, as the rulebook builds them from the revocations on
 * record; writes root-crl-<number>.json, entry bodies.
 */
#ifndef SEALWARD_KEEPER_CEREMONY_H
#define SEALWARD_KEEPER_CEREMONY_H

#include "keeper/options.h"

CHECKED bool ceremony_hold(const struct options *o, struct err *e);

#endif
