// Stubs for Snag: signatures only. Used when the module itself is not at hand.

package testutils

import "github.com/containernetworking/plugins/pkg/ns"

func NewNS() (ns.NetNS, error)
func UnmountNS(ns.NetNS) error
