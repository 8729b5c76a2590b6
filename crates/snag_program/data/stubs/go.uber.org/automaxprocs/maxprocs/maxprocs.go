// Stubs for Snag: signatures only. Used when the module itself is not at hand.

package maxprocs

type Option interface {
	apply(*config)
}

type config struct{}

func Set(...Option) (func(), error)
func Logger(func(string, ...interface{})) Option
func Min(int) Option
func RoundQuotaFunc(func(float64) int) Option
