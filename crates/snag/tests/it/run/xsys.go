// Changes threads through golang.org/x/sys, on the main goroutine and on others.
package main

import (
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

func onOwn(f func()) {
	done := make(chan bool)
	go func() {
		defer close(done)
		f()
	}()
	<-done
	time.Sleep(5 * time.Millisecond)
}

func lower() { unix.Setpriority(unix.PRIO_PROCESS, 0, 5) }

func leave() { unix.Unshare(unix.CLONE_FS) }

func restored() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var old, one unix.CPUSet
	unix.SchedGetaffinity(0, &old)
	defer unix.SchedSetaffinity(0, &old)
	one.Set(0)
	unix.SchedSetaffinity(0, &one)
	leaveNothing()
}

func leaveNothing() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	unix.Getpriority(unix.PRIO_PROCESS, 0)
}

func main() {
	switch os.Args[1] {
	case "lower":
		onOwn(lower)
	case "leave":
		onOwn(leave)
	case "main":
		lower()
		onOwn(func() {})
	case "main-pinned":
		runtime.LockOSThread()
		lower()
		onOwn(func() {})
	case "restored":
		onOwn(restored)
	case "main-restored":
		restored()
	}
}
