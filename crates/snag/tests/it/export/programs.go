// One kind of trouble, as the argument says, until the input ends. What it tells of itself, it tells first.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

func pinned(wait chan int, started *sync.WaitGroup) {
	runtime.LockOSThread()
	started.Done()
	<-wait
}

func park(wait chan int, count int) {
	for i := 0; i < count; i++ {
		go func() { <-wait }()
	}
}

func pin(wait chan int, count int) {
	var started sync.WaitGroup
	for i := 0; i < count; i++ {
		started.Add(1)
		go pinned(wait, &started)
	}
	started.Wait()
}

func churn() {
	for {
		done := make(chan int)
		go func() {
			defer close(done)
			runtime.LockOSThread()
		}()
		<-done
		time.Sleep(10 * time.Millisecond)
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

func poison() {
	const setNoNewPrivs = 38
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, setNoNewPrivs, 1, 0, 0, 0, 0); errno != 0 {
		panic(errno)
	}
}

func main() {
	wait := make(chan int)
	threads()
	switch os.Args[1] {
	case "parked":
		runtime.GOMAXPROCS(3)
		park(wait, 1234)
	case "many":
		park(wait, 100_000)
	case "pinned":
		pin(wait, 500)
	case "churn":
		go churn()
	case "poisoned":
		go poison()
	case "full":
		debug.SetMaxThreads(60)
		pin(wait, 50)
	}
	time.Sleep(300 * time.Millisecond)
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(wait)
}
