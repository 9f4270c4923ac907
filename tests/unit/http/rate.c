/* How often an address may ask. */
#include "unit/ok.h"

#include "http/rate.h"

static struct bytes address(uint8_t ret[4], unsigned n)
{
    ret[0] = 10;
    ret[1] = (uint8_t)(n >> 16);
    ret[2] = (uint8_t)(n >> 8);
    ret[3] = (uint8_t)n;
    return bytes_make(ret, 4);
}

static unsigned taken(struct rate *r, struct bytes who, int64_t now, unsigned tries)
{
    unsigned count = 0;
    for (unsigned i = 0; i < tries; i++)
        count += rate_take(r, who, now);
    return count;
}

static void an_address_has_a_burst_and_then_its_rate(void **state)
{
    (void)state;
    struct err e;
    uint8_t room[4];
    AUTO(rate) r = NULL;
    ok_call(rate_new(&r, 10, &e), e);
    struct bytes who = address(room, 1);
    assert_int_equal(taken(r, who, 1000, 100), 10 * RATE_BURST);
    assert_int_equal(taken(r, who, 1000, 100), 0);
    assert_int_equal(taken(r, who, 1099, 100), 0);
    assert_int_equal(taken(r, who, 1100, 100), 1);
    assert_int_equal(taken(r, who, 2100, 100), 10);
    assert_int_equal(taken(r, who, 1000000000000, 100), 10 * RATE_BURST);
    /* A clock that stands still or goes back gives nothing. */
    assert_int_equal(taken(r, who, 5, 100), 0);
}

static void addresses_do_not_share(void **state)
{
    (void)state;
    struct err e;
    uint8_t room[4];
    uint8_t other[4];
    AUTO(rate) r = NULL;
    ok_call(rate_new(&r, 1, &e), e);
    assert_int_equal(taken(r, address(room, 1), 0, 100), RATE_BURST);
    assert_int_equal(taken(r, address(other, 2), 0, 100), RATE_BURST);
    assert_int_equal(taken(r, BYTES_NONE, 0, 100), 100);
}

static void many_addresses_forget_the_quiet_ones_alone(void **state)
{
    (void)state;
    struct err e;
    uint8_t room[4];
    uint8_t busy[4];
    AUTO(rate) r = NULL;
    ok_call(rate_new(&r, 1, &e), e);
    assert_int_equal(taken(r, address(busy, 0), 0, 100), RATE_BURST);
    for (unsigned n = 1; n < 4 * RATE_PLACES; n++) {
        assert_true(rate_take(r, address(room, n), n / 100));
        assert_false(rate_take(r, address(busy, 0), n / 100));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_a_burst_and_then_its_rate),
        cmocka_unit_test(addresses_do_not_share),
        cmocka_unit_test(many_addresses_forget_the_quiet_ones_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
