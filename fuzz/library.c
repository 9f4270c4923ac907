/*
 * Aims at sealward_verify, the library's door: a signature with a timestamp, roots, a distrust list
 * and a receipt, all of them from outside.
 *
 * The input is a byte for the format and a byte of demands, then five pieces (signature, root,
 * another root, list, receipt), each behind its length as a big-endian u16; the rest is the file.
 * The authority is that of the seeds. What is trusted has no fault and nothing that was demanded is
 * missing; what could not be judged is not trusted; memory stays below its limit.
 */
#include <sealward/verify.h>

#include "base/reader.h"
#include "property.h"

enum { MEMORY = 4 << 20 };

static const char authority[] =
    "{\"authority\":\"qrvMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
    "\"origin\":\"sign.example/log\","
    "\"log_key\":\"sign.example/log+3fce5d08+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs\","
    "\"base_url\":\"https://sign.example\"}\n";

static struct sealward_bytes piece(struct reader *r)
{
    struct bytes b = reader_bytes(r, reader_u16(r));
    return (struct sealward_bytes){b.data, b.size};
}

static void verdict_check(const struct sealward_verdict *v, const struct sealward_input *input)
{
    bool judged = v->error[0] == '\0';
    PROPERTY(v->memory <= MEMORY);
    PROPERTY(judged == (v->error_code[0] == '\0'));
    PROPERTY(judged || !v->trusted);
    for (int i = 0; judged && i < SEALWARD_CHECKS; i++) {
        const struct sealward_reason *reason = &v->reasons[i];
        PROPERTY(!v->trusted || reason->answer != SEALWARD_FAILS);
        PROPERTY(!v->trusted || i > SEALWARD_AUTHORITY || reason->answer == SEALWARD_HOLDS);
        PROPERTY(reason->answer != SEALWARD_FAILS || reason->text[0] != '\0');
    }
    PROPERTY(!v->trusted || !input->demand_fresh || v->list_used);
    PROPERTY(!v->trusted || !input->demand_time || v->trusted_time != SEALWARD_TIME_NONE);
    PROPERTY(!v->trusted || !input->demand_receipt || v->entry >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = {"cms", "pe", "raw"};
    struct reader r = reader_make(bytes_make(data, size));
    struct sealward_verdict verdict = {.size = sizeof verdict};
    struct sealward_input input = {.size = sizeof input, .memory_max = MEMORY};
    struct sealward_bytes roots[2], receipt;
    input.format = formats[reader_u8(&r) % 3];
    unsigned demands = reader_u8(&r);
    input.signature = piece(&r);
    roots[0] = piece(&r);
    roots[1] = piece(&r);
    input.list = piece(&r);
    receipt = piece(&r);
    input.file = (struct sealward_bytes){r.rest.data, r.rest.size};
    input.roots = roots;
    input.root_count = 2;
    input.certificates = roots;
    input.certificate_count = 2;
    input.receipts = &receipt;
    input.receipt_count = receipt.size > 0;
    input.authority = (struct sealward_bytes){authority, sizeof authority - 1};
    input.demand_fresh = (demands & 1) != 0;
    input.demand_receipt = (demands & 2) != 0;
    input.demand_time = (demands & 4) != 0;
    input.now = INT64_C(1800172800000);
    int trusted = sealward_verify(&input, &verdict);
    PROPERTY(trusted == verdict.trusted);
    verdict_check(&verdict, &input);
    return 0;
}
