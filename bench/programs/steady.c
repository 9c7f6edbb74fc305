// steady PER_SECOND: writes so many numbered lines of 100 bytes a second to its standard output, a hundredth of them each 10 ms.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  long each = atol(argv[1]) / 100, number = 0;
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  char line[128];
  for (;;) {
    for (long i = 0; i < each; i++) {
      memset(line, '.', 100);
      int length = snprintf(line, sizeof line, "%012ld", ++number);
      line[length] = '.';
      line[99] = '\n';
      if (write(1, line, 100) != 100) return 1;
    }
    if ((next.tv_nsec += 10000000) >= 1000000000) {
      next.tv_nsec -= 1000000000;
      next.tv_sec++;
    }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
  }
}
