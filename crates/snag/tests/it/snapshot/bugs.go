// One bug or its repair, as the argument says; then it waits for its input to end.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

const setNoNewPrivs = 38

func noNewPrivs() {
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, setNoNewPrivs, 1, 0, 0, 0, 0); errno != 0 {
		panic(errno)
	}
}

func blockSignal() {
	set := uint64(1) << (uint(syscall.SIGUSR1) - 1)
	address := uintptr(unsafe.Pointer(&set))
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, 0, address, 0, 8, 0, 0); errno != 0 {
		panic(errno)
	}
}

// threads makes the runtime have some.
func threads() {
	var group sync.WaitGroup
	for i := 0; i < 6; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			pause := syscall.NsecToTimespec(int64(100 * time.Millisecond))
			syscall.Nanosleep(&pause, nil)
		}()
	}
	group.Wait()
}

func pinned(action func(), wait chan int) {
	runtime.LockOSThread()
	action()
	<-wait
}

// held stays on its thread, which is not pinned.
func held(action, read func()) {
	action()
	read()
}

func heldPinned(action, read func()) {
	runtime.LockOSThread()
	held(action, read)
}

// spin never leaves its thread.
func spin(action func()) {
	action()
	for {
		spins++
	}
}

var spins int

// burn uses up what the control group pays for.
func burn() {
	for i := 0; i < 8; i++ {
		go func() {
			for {
			}
		}()
	}
}

func nothing() {}

// wedge lets goroutines use all threads at once; the one that gets the main thread changes it and ends pinned. Whether
// there was one.
func wedge() bool {
	done := make(chan bool)
	const many = 30
	for i := 0; i < many; i++ {
		go func() {
			if syscall.Gettid() != syscall.Getpid() {
				pause := syscall.NsecToTimespec(int64(20 * time.Millisecond))
				syscall.Nanosleep(&pause, nil)
				done <- false
				return
			}
			defer func() { done <- true }()
			runtime.LockOSThread()
			noNewPrivs()
		}()
	}
	found := false
	for i := 0; i < many; i++ {
		found = <-done || found
	}
	return found
}

func park(wait chan int) { <-wait }

func init() {
	switch os.Args[1] {
	case "poisoned-fixed", "poisoned-held-fixed", "poisoned-spin-fixed", "masked-fixed", "masked-held-fixed",
		"wedged-fixed", "main-changed", "churn":
		// Nobody else may change the main thread, which shows what the process is like.
		runtime.LockOSThread()
	}
}

func main() {
	wait := make(chan int)
	var pipe [2]int
	if err := syscall.Pipe(pipe[:]); err != nil {
		panic(err)
	}
	read := func() {
		var buffer [1]byte
		syscall.Read(pipe[0], buffer[:])
	}
	threads()
	switch os.Args[1] {
	case "poisoned":
		go noNewPrivs()
	case "poisoned-held":
		go held(noNewPrivs, read)
	case "poisoned-held-fixed":
		go heldPinned(noNewPrivs, read)
	case "masked-held":
		go held(blockSignal, read)
	case "masked-held-fixed":
		go heldPinned(blockSignal, read)
	case "poisoned-spin":
		go spin(noNewPrivs)
	case "poisoned-spin-fixed":
		go func() {
			runtime.LockOSThread()
			spin(noNewPrivs)
		}()
	case "wedged":
		for !wedge() {
		}
	case "wedged-fixed":
		for i := 0; i < 3; i++ {
			wedge()
		}
	case "main-changed":
		noNewPrivs()
	case "quota":
		burn()
	case "pool-large", "pool-large-fixed":
		for i := 0; i < 500; i++ {
			if os.Args[1] == "pool-large" {
				go pinned(nothing, wait)
			} else {
				go func() { <-wait }()
			}
		}
	case "parked":
		for i := 0; i < 1000000; i++ {
			go park(wait)
		}
	case "poisoned-fixed":
		go pinned(noNewPrivs, wait)
	case "unpinned":
		go func() {
			runtime.LockOSThread()
			noNewPrivs()
			runtime.UnlockOSThread()
		}()
	case "masked":
		go blockSignal()
	case "masked-fixed":
		go pinned(blockSignal, wait)
	case "pool":
		for i := 0; i < 40; i++ {
			go pinned(nothing, wait)
		}
	case "pool-fixed":
		for i := 0; i < 40; i++ {
			go func() { <-wait }()
		}
	case "churn", "churn-fixed":
		for i := 0; i < 60; i++ {
			done := make(chan int)
			go func() {
				defer close(done)
				runtime.LockOSThread()
				if os.Args[1] == "churn-fixed" {
					runtime.UnlockOSThread()
				}
			}()
			<-done
		}
	case "blocked":
		for i := 0; i < 70; i++ {
			go read()
		}
		// The runtime takes its time to find out that they wait.
		time.Sleep(2 * time.Second)
	case "blocked-fixed":
		go read()
	}
	time.Sleep(300 * time.Millisecond)
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
}
