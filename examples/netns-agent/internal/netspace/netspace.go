// Package netspace moves the calling thread between network namespaces.
package netspace

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Enter moves the calling thread into the namespace of a file such as /run/netns/blue.
func Enter(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter %s: %w", path, err)
	}
	return nil
}

// Do calls work inside the namespace and returns to where the thread was.
func Do(path string, work func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	origin, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer origin.Close()
	if err := Enter(path); err != nil {
		return err
	}
	defer unix.Setns(int(origin.Fd()), unix.CLONE_NEWNET)
	return work()
}
