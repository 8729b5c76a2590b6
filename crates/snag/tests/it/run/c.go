// Changes the signal mask and the niceness from C; forked, it does so in a copy that C made before Go began.
package main

/*
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
static void block(void) { sigset_t set; sigemptyset(&set); sigaddset(&set, SIGTERM); pthread_sigmask(SIG_BLOCK, &set, 0); }
static void blocked_for_a_while(void) {
	sigset_t set, old; sigfillset(&set); pthread_sigmask(SIG_BLOCK, &set, &old); usleep(20000); pthread_sigmask(SIG_SETMASK, &old, 0);
}
static void lower(void) { setpriority(PRIO_PROCESS, 0, 7); }
static void *body(void *p) { setpriority(PRIO_PROCESS, 0, 9); usleep(10000); return 0; }
static void own_thread(void) { pthread_t t; pthread_create(&t, 0, body, 0); pthread_join(t, 0); }
__attribute__((constructor)) static void in_a_copy(int count, char **arguments) {
	int status;
	if (count < 2 || strncmp(arguments[1], "forked", 6) != 0) return;
	pid_t child = fork();
	if (child > 0) { waitpid(child, &status, 0); _exit(WEXITSTATUS(status)); }
}
static void ids(void) { setgid(getgid()); setuid(0); setegid(5); }
*/
import "C"

import (
	"os"
	"runtime"
	"time"
)

func run(f func()) {
	done := make(chan bool)
	go func() { defer close(done); f() }()
	<-done
	for i := 0; i < 8; i++ {
		go func() {
			for end := time.Now().Add(20 * time.Millisecond); time.Now().Before(end); {
				runtime.Gosched()
			}
		}()
	}
	time.Sleep(40 * time.Millisecond)
}

// The main thread cannot end with a goroutine: it is kept from them.
func init() { runtime.LockOSThread() }

func main() {
	switch os.Args[1] {
	case "block":
		run(func() { C.block() })
	case "lower", "forked-lower":
		run(func() { C.lower() })
	case "for-a-while":
		run(func() { C.blocked_for_a_while() })
	case "own-thread":
		run(func() { C.own_thread() })
	case "ids":
		run(func() { C.ids() })
	case "pinned", "forked-pinned":
		run(func() { runtime.LockOSThread(); C.lower(); C.block() })
	}
}
