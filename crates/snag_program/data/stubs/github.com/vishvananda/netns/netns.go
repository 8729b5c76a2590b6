// Stubs for Snag: signatures only. Used when the module itself is not at hand.

package netns

type NsHandle int

const (
	CLONE_NEWUTS  = 0x04000000
	CLONE_NEWIPC  = 0x08000000
	CLONE_NEWUSER = 0x10000000
	CLONE_NEWPID  = 0x20000000
	CLONE_NEWNET  = 0x40000000
	CLONE_IO      = 0x80000000
)

func Setns(NsHandle, int) error
func Set(NsHandle) error
func New() (NsHandle, error)
func NewNamed(string) (NsHandle, error)
func DeleteNamed(string) error
func Get() (NsHandle, error)
func GetFromPath(string) (NsHandle, error)
func GetFromName(string) (NsHandle, error)
func GetFromPid(int) (NsHandle, error)
func GetFromThread(int, int) (NsHandle, error)
func GetFromDocker(string) (NsHandle, error)
func None() NsHandle

func (ns NsHandle) Equal(NsHandle) bool
func (ns NsHandle) String() string
func (ns NsHandle) UniqueId() string
func (ns NsHandle) IsOpen() bool
func (ns *NsHandle) Close() error
