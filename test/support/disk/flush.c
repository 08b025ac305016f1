/*
 * A disk for tests and benchmarks: loaded before a program (LD_PRELOAD), it changes what fsync and fdatasync do. The flush
 * itself is always done. Variables of the environment:
 *
 *   FLUSH_MILLIS  Each flush takes at least this long, as on a volume that is reached over a network.
 *   FLUSH_LOG     A file that gets a line with the name of the flushed file for each flush.
 *   FLUSH_COPIES  A directory that gets, under its name, a copy of each flushed file, with the bytes that it had when the
 *                 flush began: what a loss of power would leave. Its file `lock` is locked (flock) while a copy is replaced.
 *   FLUSH_FAILS   While this file exists, each flush fails with EIO.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A failure of what the tests rely on must not look like a success. */
static void require(int holds, const char *what) {
  if (holds) return;
  perror(what);
  abort();
}

/* Returns the name of an open file without its folder, a part of `path`. */
static const char *read_name(int fd, char path[PATH_MAX]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  require(length > 0, link);
  path[length] = 0;
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static void note(const char *name) {
  const char *log = getenv("FLUSH_LOG");
  if (!log) return;
  char line[PATH_MAX];
  int length = snprintf(line, sizeof line, "%s\n", name);
  int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  require(out >= 0 && write(out, line, length) == length, "FLUSH_LOG");
  close(out);
}

/* By the open descriptor itself: closing another one of the same file would drop SQLite's locks of it (fcntl). */
static void copy(int fd, const char *target) {
  int out = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  require(out >= 0, target);
  off_t offset = 0;
  for (ssize_t sent = 1; sent > 0;) require((sent = sendfile(out, fd, &offset, 1 << 24)) >= 0, target);
  close(out);
}

static void replace(const char *copies, const char *from, const char *to) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/lock", copies);
  int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  require(lock >= 0 && flock(lock, LOCK_EX) == 0 && rename(from, to) == 0, "FLUSH_COPIES");
  close(lock);
}

static void wait_until(struct timespec began, long millis) {
  began.tv_nsec += millis % 1000 * 1000000;
  began.tv_sec += millis / 1000 + began.tv_nsec / 1000000000;
  began.tv_nsec %= 1000000000;
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &began, NULL) == EINTR);
}

static int flush(const char *function, int fd) {
  struct timespec began;
  clock_gettime(CLOCK_MONOTONIC, &began);
  char path[PATH_MAX] = "", temporary[2 * PATH_MAX], target[2 * PATH_MAX];
  struct stat status;
  int regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  const char *name = regular ? read_name(fd, path) : "";
  const char *copies = regular ? getenv("FLUSH_COPIES") : NULL, *fails = getenv("FLUSH_FAILS");
  if (copies) {
    snprintf(target, sizeof target, "%s/%s", copies, name);
    snprintf(temporary, sizeof temporary, "%s/%s.%d", copies, name, gettid());
    copy(fd, temporary);
  }
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, function);
  int result = real(fd);
  if (fails && access(fails, F_OK) == 0) {
    errno = EIO;
    result = -1;
  }
  int error = errno;
  if (copies && result == 0) replace(copies, temporary, target);
  if (regular) note(name);
  const char *millis = getenv("FLUSH_MILLIS");
  if (millis) wait_until(began, atol(millis));
  errno = error;
  return result;
}

int fsync(int fd) { return flush("fsync", fd); }
int fdatasync(int fd) { return flush("fdatasync", fd); }
