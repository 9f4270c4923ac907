/*
 * Ways to get round the rules of lives and revocations by doing one thing after another: what a
 * refusal, a second cause, a lift or a retirement leaves behind.
 */
#include "world_living.h"
#include "world_revoking.h"

#include "base/hex.h"

/* ---- Deadlines ---- */

/* A refused entry behind a change of policy: whoever is not shown it must come to the same. */
static void a_refused_entry_does_not_hide_what_a_change_of_policy_made_due(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    world_wait_until(&l.w, l.w.now + 5 * DAY);
    struct bytes life = world_object(&l.w, "life", "internal-package");
    world_change(&l.w, "life", "internal-package",
                 world_replace(&l.w, life, "\"unused\":5184000", "\"unused\":864000"));
    failed(&l.w, world_say(&l.w, OFFICER_1, "confirm", bytes_text("{\"signer\":1}")), ERR_INPUT,
           "");
    world_wait_until(&l.w, l.w.now + 6 * DAY);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_SUSPENDED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_entry_does_not_hide_what_a_change_of_policy_made_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
