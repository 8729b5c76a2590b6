// Counts how often its goroutines find themselves on another thread after a system call, and after a call into C.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

const goroutines, calls, pinned, ending = 40, 10, 8, 5

// How often: free goroutines moved after system calls, after calls into C, pinned ones after either.
var moved, movedInC, movedPinned int64

func stay(file *os.File, moved *int64, call func()) {
	for i := 0; i < calls; i++ {
		before := syscall.Gettid()
		call()
		if syscall.Gettid() != before {
			atomic.AddInt64(moved, 1)
		}
	}
}

// Works until its input ends, and says whether everything went right.
func busy(file *os.File) {
	var stop int32
	var done, wrong int64
	var wait sync.WaitGroup
	for i := 0; i < 4; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			there, back := make(chan int), make(chan int)
			go func() {
				for number := range there {
					file.Write([]byte("x"))
					back <- number + 1
				}
			}()
			defer close(there)
			for atomic.LoadInt32(&stop) == 0 {
				there <- 1
				if <-back != 2 {
					atomic.AddInt64(&wrong, 1)
				}
				runtime.LockOSThread()
				before := syscall.Gettid()
				callC()
				file.Write(make([]byte, 100))
				if syscall.Gettid() != before {
					atomic.AddInt64(&wrong, 1)
				}
				runtime.UnlockOSThread()
				ended := make(chan bool)
				go func() { runtime.LockOSThread(); close(ended) }()
				<-ended
				atomic.AddInt64(&done, 1)
			}
		}()
	}
	fmt.Println("ready")
	os.Stdin.Read(make([]byte, 1))
	atomic.StoreInt32(&stop, 1)
	wait.Wait()
	fmt.Println(done > 0, wrong)
}

func main() {
	file, err := os.OpenFile("/dev/null", os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	if len(os.Args) > 1 {
		busy(file)
		return
	}
	write := func() { file.Write([]byte("x")) }
	var wait sync.WaitGroup
	run := func(count int, body func()) {
		for i := 0; i < count; i++ {
			wait.Add(1)
			go func() {
				defer wait.Done()
				body()
			}()
		}
		wait.Wait()
	}
	run(goroutines, func() { stay(file, &moved, write) })
	run(goroutines, func() { stay(file, &movedInC, callC) })
	run(pinned, func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		stay(file, &movedPinned, write)
		stay(file, &movedPinned, callC)
	})
	ended := 0
	for i := 0; i < ending; i++ {
		done := make(chan bool)
		go func() {
			runtime.LockOSThread()
			if syscall.Gettid() == syscall.Getpid() {
				// The main thread cannot end.
				runtime.UnlockOSThread()
			} else {
				ended++
			}
			close(done)
		}()
		<-done
	}
	fmt.Println("moved", moved, movedInC, movedPinned, ended)
}
