// Makes threads and ends them, as fast as it can.
package main

import (
	"fmt"
	"runtime"
	"syscall"
	"time"
)

func deaths() {
	for {
		done := make(chan int)
		go func() {
			defer close(done)
			runtime.LockOSThread()
			if syscall.Gettid() == syscall.Getpid() {
				// The main thread cannot end.
				runtime.UnlockOSThread()
			}
		}()
		<-done
	}
}

func main() {
	for i := 0; i < 8; i++ {
		go deaths()
	}
	fmt.Println("ready")
	time.Sleep(time.Hour)
}
