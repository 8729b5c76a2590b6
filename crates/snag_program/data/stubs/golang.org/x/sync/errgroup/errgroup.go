// Stubs for Snag: signatures only. Used when the module itself is not at hand.

package errgroup

import "context"

type Group struct{}

func WithContext(context.Context) (*Group, context.Context)
func (g *Group) Wait() error
func (g *Group) Go(func() error)
func (g *Group) TryGo(func() error) bool
func (g *Group) SetLimit(int)
