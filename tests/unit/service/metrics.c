/* Numbers for Prometheus. */
#include "unit/ok.h"

#include "service/metrics.h"

#include <string.h>

static void numbers_stand_in_their_lines(void **state)
{
    (void)state;
    static struct metrics m;
    AUTO_VALUE(buf) b = BUF(65536);
    metrics_add(&m, METRIC_ADMITTED, 2);
    metrics_add(&m, METRIC_ADMITTED, 3);
    metrics_set(&m, METRIC_ENTRIES, 1234);
    metrics_write(&b, &m);
    const char *text = buf_string(&b);
    assert_non_null(strstr(text, "# TYPE sealward_admitted_total counter\n"
                                 "sealward_admitted_total 5\n"));
    assert_non_null(strstr(text, "# TYPE sealward_entries gauge\nsealward_entries 1234\n"));
}

static void latencies_fall_into_their_buckets(void **state)
{
    (void)state;
    static struct metrics m;
    AUTO_VALUE(buf) b = BUF(65536);
    metrics_answered(&m, 250);
    metrics_answered(&m, 251);
    metrics_answered(&m, 7000000);
    metrics_write(&b, &m);
    const char *text = buf_string(&b);
    assert_non_null(strstr(text, "sealward_answer_seconds_bucket{le=\"0.000250\"} 1\n"));
    assert_non_null(strstr(text, "sealward_answer_seconds_bucket{le=\"0.000500\"} 2\n"));
    assert_non_null(strstr(text, "sealward_answer_seconds_bucket{le=\"5.000000\"} 2\n"));
    assert_non_null(strstr(text, "sealward_answer_seconds_bucket{le=\"+Inf\"} 3\n"));
    assert_non_null(strstr(text, "sealward_answer_seconds_sum 7.000501\n"));
    assert_non_null(strstr(text, "sealward_answer_seconds_count 3\n"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_stand_in_their_lines),
        cmocka_unit_test(latencies_fall_into_their_buckets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
