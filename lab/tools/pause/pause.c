/* The process that holds a pod's namespaces: it reaps orphans and ends when told to. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  sigset_t waited;
  sigemptyset(&waited);
  sigaddset(&waited, SIGCHLD);
  sigaddset(&waited, SIGINT);
  sigaddset(&waited, SIGTERM);
  /* As pid 1 only signals that are asked for arrive, so they are blocked and fetched one by one. */
  sigprocmask(SIG_BLOCK, &waited, NULL);
  for (;;) {
    int got = 0;
    if (sigwait(&waited, &got) != 0) continue;
    if (got != SIGCHLD) return 0;
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  }
}
