/*
 * Every limit on what comes from outside, with its reason. A parser takes its limit from here, so
 * that one page tells how large anything can be. Rows are grouped by the room that owns them.
 */
#ifndef SEALWARD_BASE_LIMITS_H
#define SEALWARD_BASE_LIMITS_H

#include <stdint.h>

/* --- base --- */

/* Nesting of JSON values: bounds the reader's recursion. An entry around a statement around a
 * proposal's objects stays far below it. */
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

/* A hundred years of 365.25 days, in milliseconds: sums of a time and a duration cannot overflow.
 */
#define LIMIT_DURATION_MS INT64_C(3155760000000)

/* --- pki --- */

/* Characters of an SSH public key's line: base64 of the largest key, and a comment. */
#define LIMIT_SSH_LINE 4096

/* Characters of an armoured SSHSIG: base64 of the largest, in lines of 70. */
#define LIMIT_SSHSIG_ARMOUR 6144

/* --- proof --- */

/* Bytes of a signed note: a checkpoint with as many post-quantum signatures as are taken. */
#define LIMIT_NOTE 131072

/* Signatures of one note; C2SP signed-note demands at least 16. */
#define LIMIT_NOTE_SIGNATURES 32

/* Bytes of the name of a note's key, and so of a log's origin. */
#define LIMIT_NOTE_NAME 255

/* Bytes of the file with the pinned authority: four short values. */
#define LIMIT_AUTHORITY 4096

/* --- artifact --- */

/* Bytes of one unpacked entry of a JAR: it is held in memory while it is hashed. */
#define LIMIT_JAR_ENTRY (256 << 20)

/* Bytes of a JAR's manifest: some 150 for each entry, at most 65,534 entries. */
#define LIMIT_JAR_MANIFEST (16 << 20)

/* Memory for the list of a JAR's entries and its manifest's attributes, each line of which takes
 * some 50 bytes besides its text. */
#define LIMIT_JAR_MEMORY (256 << 20)

/* --- rules: the record --- */

/* Bytes of an entry: a C2SP entry bundle has a 16-bit length. */
#define LIMIT_ENTRY 65535

/* Bytes of a statement, so that its entry can be brought along by a later one. */
#define LIMIT_STATEMENT 40000

/* Bytes of an id: a kind of actor, a slash, and a name of at most 63. */
#define LIMIT_ID 80

/* Bytes of an SSHSIG blob: RSA-8192 key and signature take some 2,200. */
#define LIMIT_SSHSIG 4096

/* Bytes of an identity token: those of the large CI services have 1,500 to 3,000. */
#define LIMIT_IDENTITY_TOKEN 8192

/* Bytes of an SSH public key blob, and of a SubjectPublicKeyInfo. */
#define LIMIT_SSH_KEY 2048
#define LIMIT_SPKI 2048

/* Bytes of a URL or an issuer's name. */
#define LIMIT_URL 512

/* Bytes of the canonical text of one object of policy, and of one record of the state. */
#define LIMIT_OBJECT 16384
#define LIMIT_RECORD 65535

/* Digests of one grant, artifacts that it declares by name, and items of one request. */
#define LIMIT_GRANT_COUNT 100000
#define LIMIT_GRANT_ARTIFACTS 256
#define LIMIT_REQUEST_ITEMS 256

/* Bytes of one preimage of a binding: SignedAttributes have some 200. */
#define LIMIT_PREIMAGE 4096

/* Bytes of a certificate and of its TBSCertificate. */
#define LIMIT_CERTIFICATE 8192

/* Milliseconds since 1970: the year 9999, the last that a certificate can name. */
#define LIMIT_TIME_MS INT64_C(253402300799999)

#endif
