/*
 * Aims at tsp_request_parse, tsp_info_parse, tsp_response_parse and tsp_token_parse, and through
 * them at tsp_token_verify up to the signature, and at attributes_find and cms_timestamp.
 *
 * The first byte says which reader gets the rest. A request that is accepted is written again and
 * read as the same; a failure always has its number.
 */
#include "property.h"
#include "pki/tsp_token.h"

static void request_check(struct bytes der)
{
    struct tsp_request request, again;
    enum tsp_failure failure = TSP_SYSTEM_FAILURE;
    struct err e;
    AUTO_VALUE(buf) written = BUF(TSP_REQUEST_MAX);
    if (!tsp_request_parse(&request, &failure, der, &e)) {
        PROPERTY(failure != TSP_SYSTEM_FAILURE);
        return;
    }
    PROPERTY(tsp_request_build(&written, &request, &e));
    PROPERTY(tsp_request_parse(&again, &failure, buf_bytes(&written), &e));
    PROPERTY(again.alg == request.alg && again.certificates == request.certificates);
    PROPERTY(bytes_equal(again.imprint, request.imprint));
    PROPERTY(bytes_equal(again.nonce, request.nonce));
    PROPERTY(bytes_equal(again.policy, request.policy));
}

static void info_check(struct bytes der)
{
    struct tsp_info info;
    struct err e;
    if (!tsp_info_parse(&info, der, &e))
        return;
    PROPERTY(info.time >= 0 && info.accuracy >= TSP_NO_ACCURACY);
    PROPERTY(info.imprint.size == digest_size(info.alg));
    PROPERTY(info.serial.size <= TSP_SERIAL_MAX);
}

static void token_check(struct bytes der)
{
    struct tsp_token token;
    struct tsp_verified verified;
    struct tsp_trust trust = {0};
    struct bytes inner;
    struct err e;
    if (!tsp_token_parse(&token, der, &e))
        return;
    PROPERTY(token.cms.signer_count == 1);
    PROPERTY(token.content.data > der.data &&
             token.content.data + token.content.size <= der.data + der.size);
    PROPERTY(!tsp_token_verify(&verified, &token, bytes_text("a file to be stamped"), &trust, &e));
    (void)!cms_timestamp(&inner, &token.cms.signers[0], &e);
}

static void response_check(struct bytes der)
{
    struct bytes token;
    struct err e;
    if (tsp_response_parse(&token, der, &e))
        token_check(token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(struct bytes der) = {request_check, info_check, token_check,
                                                        response_check};
    if (size > 0 && data[0] < sizeof readers / sizeof readers[0])
        readers[data[0]](bytes_make(data + 1, size - 1));
    return 0;
}
