// Stubs for Snag: signatures only. Used when the module itself is not at hand.

package ole

const (
	COINIT_APARTMENTTHREADED = 0x2
	COINIT_MULTITHREADED     = 0x0
	COINIT_DISABLE_OLE1DDE   = 0x4
	COINIT_SPEED_OVER_MEMORY = 0x8

	CLSCTX_INPROC_SERVER = 1
	CLSCTX_LOCAL_SERVER  = 4
	CLSCTX_SERVER        = 21
)

type (
	GUID struct {
		Data1 uint32
		Data2 uint16
		Data3 uint16
		Data4 [8]byte
	}
	VT      uint16
	VARIANT struct {
		VT  VT
		Val int64
	}
	IUnknown struct {
		RawVTable *interface{}
	}
	IDispatch struct {
		IUnknown
	}
	OleError struct{}
	Msg      struct {
		Hwnd    uint32
		Message uint32
		Wparam  int32
		Lparam  int32
		Time    uint32
		Pt      Point
	}
	Point struct {
		X int32
		Y int32
	}
)

var (
	IID_NULL      *GUID
	IID_IUnknown  *GUID
	IID_IDispatch *GUID
)

func CoInitialize(uintptr) error
func CoInitializeEx(uintptr, uint32) error
func CoUninitialize()
func CoInitializeSecurity(int32, uint32, uint32, uint32) error
func CoTaskMemFree(uintptr)
func CreateInstance(*GUID, *GUID) (*IUnknown, error)
func GetActiveObject(*GUID, *GUID) (*IUnknown, error)
func CLSIDFromProgID(string) (*GUID, error)
func CLSIDFromString(string) (*GUID, error)
func ClassIDFrom(string) (*GUID, error)
func NewGUID(string) *GUID
func IsEqualGUID(*GUID, *GUID) bool
func GetMessage(*Msg, uint32, uint32, uint32) (int32, error)
func DispatchMessage(*Msg) int32
func NewError(uintptr) *OleError
func (v *OleError) Error() string
func (v *OleError) Code() uintptr
func (v *OleError) String() string
func (v *OleError) Description() string
func (v *OleError) SubError() error
func (v *VARIANT) ToIUnknown() *IUnknown
func (v *VARIANT) ToIDispatch() *IDispatch
func (v *VARIANT) ToString() string
func (v *VARIANT) Clear() error
func (v *VARIANT) Value() interface{}
func (v *IUnknown) QueryInterface(*GUID) (*IDispatch, error)
func (v *IUnknown) MustQueryInterface(*GUID) *IDispatch
func (v *IUnknown) AddRef() int32
func (v *IUnknown) Release() int32
func (v *IDispatch) Invoke(int32, int16, ...interface{}) (*VARIANT, error)
func (v *IDispatch) CallMethod(string, ...interface{}) (*VARIANT, error)
func (v *IDispatch) GetProperty(string, ...interface{}) (*VARIANT, error)
func (v *IDispatch) PutProperty(string, ...interface{}) (*VARIANT, error)
