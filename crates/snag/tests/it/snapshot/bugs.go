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

func nothing() {}

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
