// Stubs for Snag: signatures only. Used when the module itself is not at hand.

package selinux

const (
	Enforcing  = 1
	Permissive = 0
	Disabled   = -1
)

type Context map[string]string

func SetDisabled()
func GetEnabled() bool
func ClassIndex(string) (int, error)
func SetFileLabel(string, string) error
func LsetFileLabel(string, string) error
func FileLabel(string) (string, error)
func LfileLabel(string) (string, error)
func SetFSCreateLabel(string) error
func FSCreateLabel() (string, error)
func CurrentLabel() (string, error)
func PidLabel(int) (string, error)
func ExecLabel() (string, error)
func CanonicalizeContext(string) (string, error)
func SetExecLabel(string) error
func SetTaskLabel(string) error
func SetSocketLabel(string) error
func SocketLabel() (string, error)
func PeerLabel(uintptr) (string, error)
func SetKeyLabel(string) error
func KeyLabel() (string, error)
func (c Context) Get() string
func NewContext(string) (Context, error)
func ClearLabels()
func ReserveLabel(string)
func MLSEnabled() bool
func EnforceMode() int
func SetEnforceMode(int) error
func DefaultEnforceMode() int
func ReleaseLabel(string)
func ROFileLabel() string
func KVMContainerLabels() (string, string)
func InitContainerLabels() (string, string)
func ContainerLabels() (string, string)
func SecurityCheckContext(string) error
func CopyLevel(string, string) (string, error)
func Chcon(string, string, bool) error
func DupSecOpt(string) ([]string, error)
func DisableSecOpt() []string
func PrivContainerMountLabel() string
