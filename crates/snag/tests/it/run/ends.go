// Ends while threads and processes are being made.
package main

import (
	"os"
	"os/exec"
	"runtime"
	"time"
)

func main() {
	for i := 0; i < 16; i++ {
		go func() {
			for {
				done := make(chan bool)
				go func() {
					runtime.LockOSThread()
					close(done)
				}()
				<-done
			}
		}()
	}
	go exec.Command("/bin/true").Run()
	time.Sleep(20 * time.Millisecond)
	os.Exit(3)
}
