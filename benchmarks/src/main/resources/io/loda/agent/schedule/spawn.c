/* spawn N PROGRAM: how long N runs of a program take, each by posix_spawn; nanoseconds, one a line. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000L + t.tv_nsec;
}

int main(int argc, char **argv) {
  posix_spawn_file_actions_t actions;
  if (argc != 3) return 2;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  for (int i = atoi(argv[1]); i > 0; i--) {
    pid_t pid;
    int status;
    long start = now();
    if (posix_spawn(&pid, argv[2], &actions, 0, argv + 2, environ) != 0) return 1;
    if (waitpid(pid, &status, 0) < 0 || status != 0) return 1;
    printf("%ld\n", now() - start);
  }
  return 0;
}
