// lines COUNT DONE: writes COUNT numbered lines of 100 bytes to its standard output, a write each, as a logger does;
// then the seconds it took to the file DONE, and ends. Started again, it finds DONE and waits for a signal.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  if (access(argv[2], F_OK) == 0)
    for (;;) pause();
  long count = atol(argv[1]);
  char line[101];
  memset(line, '.', 100);
  line[99] = '\n';
  double start = now();
  for (long i = 1; i <= count; i++) {
    char number[16];
    int length = snprintf(number, sizeof number, "%010ld", i);
    memcpy(line, number, length);
    for (int sent = 0; sent < 100;) {
      ssize_t n = write(1, line + sent, 100 - sent);
      if (n < 0) return 1;
      sent += n;
    }
  }
  double seconds = now() - start;
  FILE *done = fopen(argv[2], "w");
  if (!done) return 1;
  fprintf(done, "%.6f\n", seconds);
  return fclose(done) ? 1 : 0;
}
