// Goroutines that end pinned, in many ways. Each says before which one it is, on which thread, and how it began.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

var (
	mutex   sync.Mutex
	threads []int
)

// tell says: way, goroutine, thread.
func tell(way string) {
	text := make([]byte, 64)
	id := strings.Fields(string(text[:runtime.Stack(text, false)]))[1]
	mutex.Lock()
	defer mutex.Unlock()
	threads = append(threads, syscall.Gettid())
	fmt.Println("ends", way, id, syscall.Gettid())
}

func pin() {
	runtime.LockOSThread() // pin deep
}

func deep(way string) {
	pin()
	tell(way)
}

func leave() {
	runtime.LockOSThread() // pin leave
	tell("leave")
	runtime.Goexit()
}

type worker struct{ name string }

func (w *worker) run() {
	for i := 0; i < 2; i++ {
		runtime.LockOSThread() // pin method
	}
	tell(w.name)
}

func either(first bool) {
	if first {
		runtime.LockOSThread()
	} else {
		runtime.LockOSThread()
	}
	tell("either")
}

// All at once: the runtime keeps what ended in more than one list.
func crowd() {
	gate := make(chan bool)
	var ready sync.WaitGroup
	for i := 0; i < 150; i++ {
		ready.Add(1)
		go func() { // start crowd
			runtime.LockOSThread() // pin crowd
			tell("crowd")
			ready.Done()
			<-gate
		}()
	}
	ready.Wait()
	close(gate)
}

func alive(tid int) bool {
	_, err := os.Stat(fmt.Sprint("/proc/self/task/", tid))
	return err == nil
}

func wait() {
	for _, tid := range threads {
		for alive(tid) {
			time.Sleep(time.Millisecond)
		}
	}
	threads = nil
}

func main() {
	// The main thread would not end.
	runtime.LockOSThread()
	for i := 0; i < 8; i++ {
		go func() { // start literal
			runtime.LockOSThread() // pin literal
			tell("literal")
		}()
		go deep("deep") // start deep
		go leave()      // start leave
		w := &worker{"method"}
		go w.run()          // start method
		go either(i%2 == 0) // start either
		time.Sleep(5 * time.Millisecond)
	}
	wait()
	crowd()
	wait()
	foreign()
}
