// Package probe asks services inside network namespaces whether they are up.
package probe

import (
	"net"
	"runtime"
	"sync"
	"time"

	"example.com/netns-agent/internal/netspace"
)

// Result is what one probe found.
type Result struct {
	Namespace string
	Up        bool
	Err       error
}

const timeout = 2 * time.Second

// All probes every namespace at the same time.
func All(namespaces []string, address string) []Result {
	results := make([]Result, len(namespaces))
	var wait sync.WaitGroup
	for i, namespace := range namespaces {
		wait.Add(1)
		go func() {
			defer wait.Done()
			results[i] = one(namespace, address)
		}()
	}
	wait.Wait()
	return results
}

func one(namespace, address string) Result {
	if err := netspace.Enter("/run/netns/" + namespace); err != nil {
		return Result{Namespace: namespace, Err: err}
	}
	up, err := dial(address)
	return Result{Namespace: namespace, Up: up, Err: err}
}

func dial(address string) (bool, error) {
	connection, err := net.DialTimeout("tcp", address, timeout)
	if err != nil {
		return false, err
	}
	return true, connection.Close()
}

// Watch keeps a connection attempt running in the namespace until stop is closed.
func Watch(namespace, address string, stop <-chan struct{}) error {
	runtime.LockOSThread()
	// The thread stays in the namespace and ends with this goroutine: no unlock.
	if err := netspace.Enter("/run/netns/" + namespace); err != nil {
		return err
	}
	attempts := make(chan error)
	go func() {
		_, err := dial(address)
		attempts <- err
	}()
	select {
	case err := <-attempts:
		return err
	case <-stop:
		return nil
	}
}
