package inner

import "syscall"

func Start(done chan bool) {
	go func() {
		change(
			8,
		)
		done <- true
	}()
}

func change(priority int) {
	syscall.Setpriority(syscall.PRIO_PROCESS, 0, priority)
}
