// Has as many threads as the first argument says, all changed by goroutines pinned to them. With a second argument it ends
// with all of them, else when they have put them back.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
)

func main() {
	count, _ := strconv.Atoi(os.Args[1])
	debug.SetMaxThreads(2*count + 100)
	var begun, ended sync.WaitGroup
	end := make(chan bool)
	for i := 0; i < count; i++ {
		begun.Add(1)
		ended.Add(1)
		go func() {
			defer ended.Done()
			runtime.LockOSThread()
			syscall.Setpriority(0, 0, 5)
			begun.Done()
			<-end
			syscall.Setpriority(0, 0, 0)
			runtime.UnlockOSThread()
		}()
	}
	begun.Wait()
	if len(os.Args) > 2 {
		os.Exit(3)
	}
	close(end)
	ended.Wait()
}
