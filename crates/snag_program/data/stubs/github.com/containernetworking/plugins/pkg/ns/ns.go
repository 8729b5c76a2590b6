// Stubs for Snag: signatures only. Used when the module itself is not at hand.

package ns

type NetNS interface {
	Do(toRun func(NetNS) error) error
	Set() error
	Path() string
	Fd() uintptr
	Close() error
}

type netNS struct{}

func (ns *netNS) Do(func(NetNS) error) error
func (ns *netNS) Set() error
func (ns *netNS) Path() string
func (ns *netNS) Fd() uintptr
func (ns *netNS) Close() error

type NSPathNotExistErr struct{}

func (e NSPathNotExistErr) Error() string

type NSPathNotNSErr struct{}

func (e NSPathNotNSErr) Error() string

func GetCurrentNS() (NetNS, error)
func GetNS(string) (NetNS, error)
func TempNetNS() (NetNS, error)
func IsNSorErr(string) error
func WithNetNSPath(string, func(NetNS) error) error
