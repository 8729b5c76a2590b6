// Package audit keeps a private log of the rounds.
package audit

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

const owner = 65534

// Write appends a line as an unprivileged user, so that a link cannot lead it astray.
func Write(path string, round time.Time) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Setfsuid(owner); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(file, round.Format(time.RFC3339)); err != nil {
		return err
	}
	if err := unix.Setfsuid(0); err != nil {
		return err
	}
	return file.Close()
}
