// Fails if one of its goroutines is on another thread after a system call.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	way := os.Args[1]
	if way == "hang" {
		time.Sleep(time.Hour)
	}
	if way == "patient" {
		asked := make(chan os.Signal, 1)
		signal.Notify(asked, syscall.SIGTERM)
		<-asked
		return
	}
	null, _ := os.OpenFile("/dev/null", os.O_WRONLY, 0)
	var wrong int64
	var wait sync.WaitGroup
	for i := 0; i < 8; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			if way == "right" {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
			}
			thread := syscall.Gettid()
			null.Write([]byte("x"))
			if thread != syscall.Gettid() {
				atomic.AddInt64(&wrong, 1)
				if way == "panic" {
					panic("elsewhere")
				}
			}
		}()
	}
	wait.Wait()
	if way == "writes" {
		fmt.Println(wrong > 0)
		return
	}
	if wrong > 0 {
		os.Exit(3)
	}
}
