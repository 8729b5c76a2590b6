package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"example.com/prove/inner"
)

func main() {
	way := "quiet"
	if len(os.Args) > 1 {
		way = os.Args[1]
	}
	switch way {
	case "lower":
		go lower(false)
		<-done
	case "pinned":
		go lower(true)
		<-done
	case "inner":
		inner.Start(done)
		<-done
	case "silenced":
		go silenced()
		<-done
	case "hidden":
		go hidden()
		<-done
	case "count":
		count()
	case "copy":
		io.Copy(os.Stdout, os.Stdin)
		os.Exit(3)
	case "interrupted":
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, os.Interrupt)
		fmt.Println("waiting")
		<-signals
	case "killed":
		fmt.Println("waiting")
		time.Sleep(time.Hour)
	}
}

var done = make(chan bool)

func lower(pin bool) {
	if pin {
		runtime.LockOSThread()
	}
	syscall.Setpriority(syscall.PRIO_PROCESS, 0, 5) // lower
	done <- true
}

func silenced() {
	//snag:ignore unpinned-thread-state a test of the directive
	syscall.Setpriority(syscall.PRIO_PROCESS, 0, 6)
	done <- true
}

// hidden makes a call whose number nobody knows from the source.
func hidden() {
	number := uintptr(len(os.Args)) + syscall.SYS_SETPRIORITY - 2
	syscall.RawSyscall(number, 0, 0, 7) // hidden
	done <- true
}

func count() {
	var counted int
	for i := 0; i < 4; i++ {
		go func() {
			counted++ // count
			done <- true
		}()
	}
	for i := 0; i < 4; i++ {
		<-done
	}
}
