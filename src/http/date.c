#include "http/date.h"

#include <stdio.h>

#include "base/text.h"

const char *date_write(char ret[static DATE_SIZE], int64_t ms)
{
    /* 1970-01-01 was a Thursday. */
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct moment m;
    ret[0] = '\0';
    if (!text_moment_split(&m, ms))
        return ret;
    /* A moment has a year of four digits and two for the rest; the compiler cannot know. */
    (void)snprintf(ret, DATE_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT", days[ms / 86400000 % 7],
                   (unsigned)m.day % 100, months[(m.month - 1) % 12], (unsigned)m.year % 10000,
                   (unsigned)m.hour % 100, (unsigned)m.minute % 100, (unsigned)m.second % 100);
    return ret;
}
