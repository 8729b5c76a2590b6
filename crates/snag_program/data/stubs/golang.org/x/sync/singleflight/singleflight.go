// Stubs for Snag: signatures only. Used when the module itself is not at hand.

package singleflight

type Group struct{}

type Result struct {
	Val    interface{}
	Err    error
	Shared bool
}

func (g *Group) Do(string, func() (interface{}, error)) (interface{}, error, bool)
func (g *Group) DoChan(string, func() (interface{}, error)) <-chan Result
func (g *Group) Forget(string)
