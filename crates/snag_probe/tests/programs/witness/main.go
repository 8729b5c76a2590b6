// Parks goroutines in every way, and tells what it knows about them.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

//go:noinline
func deep(n int, wait chan int) int {
	if n == 0 {
		return <-wait
	}
	return deep(n-1, wait) + 1
}

func outer(wait chan int) int  { return middle(wait) + 1 }
func middle(wait chan int) int { return inner(wait) + 1 }
func inner(wait chan int) int  { return <-wait }

type holder struct{ mutex sync.Mutex }

func (h *holder) hold() {
	h.mutex.Lock()
	defer h.mutex.Unlock()
}

func goid() (id int) {
	var buffer [64]byte
	text := buffer[:runtime.Stack(buffer[:], false)]
	fmt.Sscanf(string(text), "goroutine %d ", &id)
	return id
}

func namespace() string {
	link, err := os.Readlink(fmt.Sprintf("/proc/self/task/%d/ns/net", syscall.Gettid()))
	if err != nil {
		panic(err)
	}
	return link
}

var print sync.Mutex

func tell(format string, arguments ...interface{}) {
	print.Lock()
	defer print.Unlock()
	fmt.Printf(format+"\n", arguments...)
}

func pinned(depth int, ready *sync.WaitGroup, wait chan int) {
	for i := 0; i < depth; i++ {
		runtime.LockOSThread()
	}
	if depth == 4 {
		// Without rights it stays where it is, and says so.
		syscall.Unshare(syscall.CLONE_NEWNET)
	}
	tell("pinned %d %d %d %s", goid(), syscall.Gettid(), depth, namespace())
	ready.Done()
	<-wait
}

func main() {
	runtime.GOMAXPROCS(3)
	wait := make(chan int)
	var ready sync.WaitGroup
	for depth := 1; depth <= 4; depth++ {
		ready.Add(1)
		go pinned(depth, &ready, wait)
	}
	ready.Wait()
	go func() { deep(60, wait) }()
	go func() { outer(wait) }()
	full := make(chan int)
	go func() {
		select {
		case <-wait:
		case full <- 1:
		case <-time.After(time.Hour):
		}
	}()
	go time.Sleep(time.Hour)
	var lock holder
	lock.mutex.Lock()
	go lock.hold()
	condition := sync.NewCond(&sync.Mutex{})
	go func() {
		condition.L.Lock()
		condition.Wait()
	}()
	var group sync.WaitGroup
	group.Add(1)
	go group.Wait()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go listener.Accept()
	var pipe [2]int
	if err := syscall.Pipe(pipe[:]); err != nil {
		panic(err)
	}
	go func() {
		var buffer [1]byte
		syscall.Read(pipe[0], buffer[:])
	}()
	foreign()
	time.Sleep(200 * time.Millisecond)
	tell("main %d %d", goid(), syscall.Gettid())
	tell("count %d %d", runtime.NumGoroutine(), runtime.GOMAXPROCS(0))
	buffer := make([]byte, 1<<20)
	buffer = buffer[:runtime.Stack(buffer, true)]
	os.Stdout.Write(buffer)
	tell("\nready")
	bufio.NewReader(os.Stdin).ReadString('\n')
}
