/* Runs one word-counting program: NAME FILE [TABLE]
 *
 * The clock runs from opening the file to the finished table. One line of JSON says how it went;
 * the table goes to the file TABLE, outside the clock, for the check. */
#include <stdlib.h>

#include "clock.h"
#include "words.h"

int
main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s FILE [TABLE]\n", argv[0]);
        return 2;
    }
    double wall = clock_seconds(CLOCK_MONOTONIC), cpu = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
    struct words_result result = words_count(argv[1]);
    cpu = clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    wall = clock_seconds(CLOCK_MONOTONIC) - wall;
    if (argc > 2) {
        FILE *out = fopen(argv[2], "w");
        if (!out) {
            perror(argv[2]);
            return 1;
        }
        words_print(out);
        if (fclose(out)) {
            perror(argv[2]);
            return 1;
        }
    }
    printf("{\"seconds\": %.6f, \"cpu\": %.6f, \"bytes\": %llu, \"events\": %llu, \"distinct\": "
           "%llu}\n",
           wall, cpu, (unsigned long long)result.bytes, (unsigned long long)result.words,
           (unsigned long long)result.distinct);
    return 0;
}
