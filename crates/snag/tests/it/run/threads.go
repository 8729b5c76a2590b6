// Changes threads in every way, right and wrong: the first argument says which.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

const prioProcess = 0

// As golang.org/x/sys does it.
func setAffinity(cpu uint) error {
	var mask [16]uint64
	mask[cpu/64] = 1 << (cpu % 64)
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)))
	if errno != 0 {
		return errno
	}
	return nil
}

func getAffinity() (mask [16]uint64) {
	syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)))
	return mask
}

func restoreAffinity(mask [16]uint64) {
	syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)))
}

func nice(n int) {
	if err := syscall.Setpriority(prioProcess, 0, n); err != nil { // nice
		fmt.Println("setpriority:", err)
	}
}

func onOwn(f func()) {
	done := make(chan bool)
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

// Others, on all threads that will have them.
func bystanders(n int) {
	var all sync.WaitGroup
	for i := 0; i < n; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for end := time.Now().Add(20 * time.Millisecond); time.Now().Before(end); {
				runtime.Gosched()
			}
		}()
	}
	all.Wait()
}

var ways = map[string]func(){
	"unpinned":         func() { onOwn(func() { nice(5) }); bystanders(8) },
	"unpinned-raw":     func() { onOwn(func() { setAffinity(0) }); bystanders(8) },
	"unpinned-unshare": func() { onOwn(func() { syscall.Unshare(syscall.CLONE_FS) }); bystanders(8) },
	"dirty-unpin": func() {
		onOwn(func() {
			runtime.LockOSThread()
			nice(5)
			runtime.UnlockOSThread()
		})
		bystanders(8)
	},
	"nested-dirty": func() {
		onOwn(func() {
			runtime.LockOSThread()
			runtime.LockOSThread()
			nice(5)
			runtime.UnlockOSThread()
			runtime.UnlockOSThread()
		})
		bystanders(8)
	},
	"child": func() {
		onOwn(func() {
			nice(5)
			exec.Command("/bin/true").Run()
		})
	},
	"churn": func() {
		for i := 0; i < 40; i++ {
			onOwn(func() { runtime.LockOSThread() })
		}
	},
	// Right from here on.
	"restored": func() {
		onOwn(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			old := getAffinity()
			setAffinity(0)
			defer restoreAffinity(old)
			time.Sleep(5 * time.Millisecond)
		})
		bystanders(8)
	},
	"nested": func() {
		onOwn(func() {
			runtime.LockOSThread()
			runtime.LockOSThread()
			old := getAffinity()
			setAffinity(0)
			runtime.UnlockOSThread()
			time.Sleep(5 * time.Millisecond)
			restoreAffinity(old)
			runtime.UnlockOSThread()
		})
		bystanders(8)
	},
	"ends-pinned": func() {
		for i := 0; i < 40; i++ {
			onOwn(func() {
				runtime.LockOSThread()
				nice(5)
			})
		}
		bystanders(8)
	},
	"pinned-child": func() {
		onOwn(func() {
			runtime.LockOSThread()
			nice(5)
			exec.Command("/bin/true").Run()
		})
	},
	"all-threads": func() {
		syscall.AllThreadsSyscall(syscall.SYS_PRCTL, 38, 1, 0)
		onOwn(func() { syscall.Setgid(os.Getgid()); syscall.Setgroups([]int{1, 2}) })
		bystanders(8)
	},
	// Somebody traces it already.
	"traceme": func() {
		_, _, errno := syscall.RawSyscall(syscall.SYS_PTRACE, syscall.PTRACE_TRACEME, 0, 0)
		command := exec.Command("/bin/true")
		command.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
		fmt.Println(errno, command.Run() != nil)
	},
	// Until it is killed.
	"busy": func() {
		for {
			exec.Command("/bin/true").Run()
			onOwn(func() { runtime.LockOSThread(); nice(5) })
			onOwn(func() { nice(5); nice(0) })
		}
	},
	"quiet": func() {
		bystanders(8)
		exec.Command("/bin/sh", "-c", "/bin/true; /bin/true").Run()
		runtime.GC()
	},
}

// The main thread cannot end with a goroutine: it is kept from them.
func init() { runtime.LockOSThread() }

func main() {
	for _, way := range os.Args[1:] {
		ways[way]()
	}
}
