// A library for programs in other languages: changes a thread as a goroutine that is not pinned.
package main

import "C"

import (
	"syscall"
	"time"
)

//export Change
func Change() {
	done := make(chan error)
	go func() { done <- syscall.Setpriority(0, 0, 5) }()
	<-done
	time.Sleep(20 * time.Millisecond)
}

func main() {}
