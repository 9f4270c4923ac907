#include "artifact/pe.h"

#include "artifact/row.h"
#include "pki/cms.h"
#include "pki/der.h"
#include "pki/spc.h"

#define ALIGNMENT 8
#define DOS_SIZE 64
#define COFF_SIZE 24 /* "PE\0\0" and the COFF header */
#define CHECKSUM_OFFSET 64
#define HEADERS_SIZE_OFFSET 60
#define ENTRY_SIZE 8
#define SECURITY_ENTRY 4
#define SECTION_SIZE 40
#define SECTIONS_MAX 256
#define WIN_CERTIFICATE_HEAD 8
#define WIN_CERTIFICATE_REVISION 0x200
#define WIN_CERTIFICATE_PKCS 2

/* ---- Headers ---- */

static uint32_t le16(struct bytes file, size_t at)
{
    return (uint32_t)(file.data[at] | file.data[at + 1] << 8);
}

static uint32_t le32(struct bytes file, size_t at)
{
    return le16(file, at) | le16(file, at + 2) << 16;
}

static bool not_pe(struct err *e, const char *why)
{
    return err_set(e, ERR_INPUT, "the file is not a PE image that can be signed: %s", why);
}

/* Where the optional header begins, how long it is, and how many sections there are. */
struct headers {
    size_t optional_at;
    size_t optional_size;
    size_t sections_at;
    size_t sections;
};

static bool headers_parse(struct headers *ret, struct bytes file, struct err *e)
{
    if (file.size < DOS_SIZE || file.data[0] != 'M' || file.data[1] != 'Z')
        return not_pe(e, "it has no MZ header");
    size_t pe = le32(file, 60);
    if (pe < 4 || pe > file.size || file.size - pe < COFF_SIZE ||
        memcmp(file.data + pe, "PE\0\0", 4) != 0)
        return not_pe(e, "it has no PE header");
    struct headers h = {.optional_at = pe + COFF_SIZE,
                        .optional_size = le16(file, pe + 20),
                        .sections = le16(file, pe + 6)};
    h.sections_at = h.optional_at + h.optional_size;
    if (h.sections > SECTIONS_MAX)
        return not_pe(e, "it has more than 256 sections");
    if (h.sections_at > file.size || (file.size - h.sections_at) / SECTION_SIZE < h.sections)
        return not_pe(e, "its headers are longer than the file");
    *ret = h;
    return true;
}

/* The offset of the certificate table's directory entry. */
static bool entry_find(size_t *ret, const struct headers *h, struct bytes file, struct err *e)
{
    if (h->optional_size < 2)
        return not_pe(e, "it has no optional header");
    uint32_t magic = le16(file, h->optional_at);
    if (magic != 0x10b && magic != 0x20b)
        return not_pe(e, "it is neither PE32 nor PE32+");
    size_t directory = magic == 0x10b ? 96 : 112;
    if (h->optional_size < directory + (SECURITY_ENTRY + 1) * ENTRY_SIZE ||
        le32(file, h->optional_at + directory - 4) <= SECURITY_ENTRY)
        return not_pe(e, "its data directory has no entry for a certificate table");
    *ret = h->optional_at + directory + SECURITY_ENTRY * ENTRY_SIZE;
    return true;
}

static bool table_find(struct pe *pe, const struct headers *h, struct bytes file, struct err *e)
{
    size_t at = le32(file, pe->entry_at);
    size_t size = le32(file, pe->entry_at + 4);
    pe->table_at = file.size;
    pe->table_size = 0;
    if (at == 0 && size == 0)
        return true;
    if (at < h->sections_at + h->sections * SECTION_SIZE || at % ALIGNMENT != 0)
        return not_pe(e, "its certificate table begins at a wrong place");
    if (size == 0 || at > file.size || file.size - at != size)
        return not_pe(e, "its certificate table does not end where the file ends");
    pe->table_at = at;
    pe->table_size = size;
    return true;
}

/* Sections in the file in the order of their places, without looking at those that have no bytes in
 * it: takes the one that begins at the end of what has been seen, until none does. */
static bool is_flat(const struct headers *h, struct bytes file, size_t end)
{
    size_t seen = le32(file, h->optional_at + HEADERS_SIZE_OFFSET);
    size_t left = 0;
    for (size_t i = 0; i < h->sections; i++)
        left += le32(file, h->sections_at + i * SECTION_SIZE + 16) != 0;
    for (bool moved = true; moved && left > 0;) {
        moved = false;
        for (size_t i = 0; i < h->sections; i++) {
            size_t size = le32(file, h->sections_at + i * SECTION_SIZE + 16);
            size_t at = le32(file, h->sections_at + i * SECTION_SIZE + 20);
            if (size == 0 || at != seen)
                continue;
            seen += size;
            left--;
            moved = true;
        }
    }
    return left == 0 && seen <= end;
}

bool pe_parse(struct pe *ret, struct bytes file, struct err *e)
{
    struct headers h = {0};
    struct pe pe = {0};
    if (!headers_parse(&h, file, e) || !entry_find(&pe.entry_at, &h, file, e) ||
        !table_find(&pe, &h, file, e))
        return false;
    pe.checksum_at = h.optional_at + CHECKSUM_OFFSET;
    pe.flat = is_flat(&h, file, pe.table_at);
    *ret = pe;
    return true;
}

/* ---- Identity ---- */

static bool identify(uint8_t ret[DIGEST_MAX], enum digest_alg alg, struct bytes file, struct err *e)
{
    static const uint8_t zeros[ALIGNMENT];
    struct pe pe = {0};
    struct digest d;
    if (!pe_parse(&pe, file, e))
        return false;
    size_t behind_checksum = pe.checksum_at + 4;
    size_t behind_entry = pe.entry_at + ENTRY_SIZE;
    digest_init(&d, alg);
    digest_add(&d, bytes_make(file.data, pe.checksum_at));
    digest_add(&d, bytes_make(file.data + behind_checksum, pe.entry_at - behind_checksum));
    digest_add(&d, bytes_make(file.data + behind_entry, pe.table_at - behind_entry));
    digest_add(&d, bytes_make(zeros, (ALIGNMENT - pe.table_at % ALIGNMENT) % ALIGNMENT));
    digest_final(&d, ret);
    return true;
}

/* ---- Signatures ---- */

static bool is_zero(struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.data[i] != 0)
            return false;
    return true;
}

/* Signatures that stand in an unsigned attribute of another one. */
static bool nested_add(struct artifact_signatures *ret, struct bytes unsigned_attributes,
                       struct err *e)
{
    struct der list = der_open(unsigned_attributes);
    while (!der_at_end(&list)) {
        struct der parts = der_enter(&list, DER_SEQUENCE);
        struct bytes type = der_oid(&parts);
        struct der values = der_enter(&parts, DER_SET);
        if (values.fault != NULL || !der_oid_is(type, SPC_NESTED_SIGNATURE))
            continue;
        while (!der_at_end(&values)) {
            struct bytes nested = der_whole(&values, DER_SEQUENCE);
            if (values.fault == NULL && !row_signature_add(ret, nested, e))
                return false;
        }
    }
    return true;
}

/* A signature that cannot be parsed is listed all the same: what is wrong with it is for whoever
 * verifies it to say, and there may be others that are good. */
static bool signature_add(struct artifact_signatures *ret, struct bytes signature, struct err *e)
{
    struct cms cms;
    struct err ignored;
    if (!row_signature_add(ret, signature, e))
        return false;
    if (!cms_parse(&cms, signature, &ignored))
        return true;
    for (size_t i = 0; i < cms.signer_count; i++)
        if (!nested_add(ret, cms.signers[i].unsigned_attributes, e))
            return false;
    return true;
}

/* One WIN_CERTIFICATE's contents: DER, then less than one unit of padding. */
static bool contents_read(struct artifact_signatures *ret, struct bytes contents, struct err *e)
{
    struct der all = der_open(contents);
    struct bytes signature = der_whole(&all, DER_SEQUENCE);
    if (all.fault != NULL)
        return err_set(e, ERR_INPUT, "a signature in the certificate table is not DER: %s",
                       all.fault);
    if (all.rest.size >= ALIGNMENT || !is_zero(all.rest))
        return err_set(e, ERR_INPUT, "a signature in the certificate table has bytes behind it");
    return signature_add(ret, signature, e);
}

static bool table_read(struct artifact_signatures *ret, struct bytes table, struct err *e)
{
    while (table.size > 0) {
        if (table.size < WIN_CERTIFICATE_HEAD)
            return err_set(e, ERR_INPUT, "the certificate table ends within an entry");
        size_t length = le32(table, 0);
        if (length < WIN_CERTIFICATE_HEAD || length > table.size)
            return err_set(e, ERR_INPUT, "an entry of the certificate table has a wrong length");
        struct bytes contents =
            bytes_make(table.data + WIN_CERTIFICATE_HEAD, length - WIN_CERTIFICATE_HEAD);
        bool pkcs =
            le16(table, 4) == WIN_CERTIFICATE_REVISION && le16(table, 6) == WIN_CERTIFICATE_PKCS;
        if (pkcs && !contents_read(ret, contents, e))
            return false;
        size_t step = length + (ALIGNMENT - length % ALIGNMENT) % ALIGNMENT;
        if (step > table.size)
            step = table.size;
        table = bytes_make(table.data + step, table.size - step);
    }
    return true;
}

static bool signatures_find(struct artifact_signatures *ret, struct bytes file, struct bytes beside,
                            struct arena *a, struct err *e)
{
    (void)beside;
    (void)a;
    struct pe pe = {0};
    return pe_parse(&pe, file, e) &&
           table_read(ret, bytes_make(file.data + pe.table_at, pe.table_size), e);
}

static bool preimages_take(struct artifact_preimages *ret, struct bytes signature, struct arena *a,
                           struct err *e)
{
    struct cms cms;
    struct spc spc;
    if (!row_attributes_take(ret, &cms, signature, a, e))
        return false;
    if (!der_oid_is(cms.content_type, SPC_INDIRECT_DATA))
        return err_set(e, ERR_INPUT, "the signature is not over an SpcIndirectDataContent");
    if (!spc_parse(&spc, cms.content, e))
        return false;
    ret->list[ret->count++] = cms.content;
    return true;
}

const struct artifact_row pe_row = {
    .name = "pe", .identify = identify, .signatures = signatures_find, .preimages = preimages_take};
