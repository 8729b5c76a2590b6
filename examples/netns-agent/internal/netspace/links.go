package netspace

import (
	"net"
	"runtime"

	"github.com/vishvananda/netns"
)

// Links lists the network interfaces of a named namespace.
func Links(name string) ([]net.Interface, error) {
	runtime.LockOSThread()
	origin, err := netns.Get()
	if err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	defer origin.Close()
	target, err := netns.GetFromName(name)
	if err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	defer target.Close()
	if err := netns.Set(target); err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	runtime.UnlockOSThread()
	links, err := net.Interfaces()
	netns.Set(origin)
	return links, err
}
