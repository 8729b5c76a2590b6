// A goroutine that is not pinned changes its thread, and then the runtime makes more threads. At the end all say how they are.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const process = 0

// Each of these holds a thread, so that the runtime makes others.
func sleepers(n int) {
	var all sync.WaitGroup
	for i := 0; i < n; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			pause := syscall.NsecToTimespec(int64(20 * time.Millisecond))
			syscall.Nanosleep(&pause, nil)
		}()
		runtime.Gosched()
	}
	all.Wait()
}

// child is told of by a shell, which is no program of Go.
func child() {
	told, err := exec.Command("sh", "-c", "echo child $$ $(cut -d ' ' -f 19 /proc/$$/stat)").Output()
	if err != nil {
		panic(err)
	}
	fmt.Print(string(told))
}

func main() {
	done := make(chan bool)
	go func() {
		if err := syscall.Setpriority(process, 0, 5); err != nil {
			panic(err)
		}
		child()
		// The first pin makes the runtime start a thread right here, to make others from; without C it has none yet.
		runtime.LockOSThread()
		runtime.UnlockOSThread()
		sleepers(12)
		done <- true
	}()
	<-done
	sleepers(30)
	for i := 0; i < 12; i++ {
		child()
	}
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		panic(err)
	}
	for _, thread := range threads {
		tid, _ := strconv.Atoi(thread.Name())
		// The kernel says 20 less than it.
		nice, err := syscall.Getpriority(process, tid)
		if err == nil {
			fmt.Println("thread", tid, 20-nice)
		}
	}
}
