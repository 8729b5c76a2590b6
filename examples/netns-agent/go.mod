module example.com/netns-agent

go 1.21

require (
	github.com/vishvananda/netns v0.0.4
	golang.org/x/sys v0.15.0
)
