// Stubs for Snag: signatures only. Used when the module itself is not at hand.

package semaphore

import "context"

type Weighted struct{}

func NewWeighted(int64) *Weighted
func (s *Weighted) Acquire(context.Context, int64) error
func (s *Weighted) TryAcquire(int64) bool
func (s *Weighted) Release(int64)
