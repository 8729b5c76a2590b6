// A library for a program of C: parks goroutines and tells the id of a pinned one and of its thread.
package main

import "C"

import (
	"fmt"
	"runtime"
	"syscall"
)

//export Serve
func Serve() {
	wait := make(chan int)
	for i := 0; i < 5; i++ {
		go func() { <-wait }()
	}
	ready := make(chan int)
	go func() {
		runtime.LockOSThread()
		var buffer [64]byte
		var id int
		fmt.Sscanf(string(buffer[:runtime.Stack(buffer[:], false)]), "goroutine %d ", &id)
		fmt.Printf("pinned %d %d\n", id, syscall.Gettid())
		close(ready)
		<-wait
	}()
	<-ready
	fmt.Println("ready")
}

func main() {}
