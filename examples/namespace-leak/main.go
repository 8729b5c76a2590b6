// Command namespace-leak serves, and now and then looks around in a network namespace of its own: once without a pin, so
// that whoever serves on that thread afterwards does so in the wrong network, and once rightly.
//
// Linux on x86-64, as root: snag run --timeline leak.html -- ./namespace-leak
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

const setns = 308

var wait sync.WaitGroup

func main() {
	runtime.GOMAXPROCS(4)
	for range [6]int{} {
		wait.Add(1)
		go serve()
	}
	time.Sleep(30 * time.Millisecond)
	wait.Add(1)
	go probePinned()
	time.Sleep(30 * time.Millisecond)
	wait.Add(1)
	go probe()
	wait.Wait()
}

// serve answers requests: it computes, then waits for the next one.
func serve() {
	defer wait.Done()
	for range [40]int{} {
		for until := time.Now().Add(2 * time.Millisecond); time.Now().Before(until); {
		}
		time.Sleep(time.Millisecond)
	}
}

// probe forgets that it may go on on another thread.
func probe() {
	defer wait.Done()
	home, err := os.Open("/proc/thread-self/ns/net")
	check(err)
	check(syscall.Unshare(syscall.CLONE_NEWNET))
	look()
	if _, _, errno := syscall.Syscall(setns, home.Fd(), syscall.CLONE_NEWNET, 0); errno != 0 {
		check(errno)
	}
}

// probePinned keeps the thread to itself, and lets it end with the goroutine: no unlock.
func probePinned() {
	defer wait.Done()
	runtime.LockOSThread()
	check(syscall.Unshare(syscall.CLONE_NEWNET))
	look()
}

// look takes a while.
func look() {
	for range [6]int{} {
		time.Sleep(3 * time.Millisecond)
		for until := time.Now().Add(time.Millisecond); time.Now().Before(until); {
		}
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "namespace-leak:", err)
		os.Exit(1)
	}
}
