// Stubs for Snag: signatures only. Used when the module itself is not at hand.

package glfw

import "unsafe"

const (
	False    int = 0
	True     int = 1
	DontCare int = -1
)

type (
	Hint            int
	Action          int
	Key             int
	ModifierKey     int
	MouseButton     int
	InputMode       int
	Joystick        int
	PeripheralEvent int

	Window       struct{}
	Monitor      struct{}
	Cursor       struct{}
	GamepadState struct {
		Buttons [15]Action
		Axes    [6]float32
	}
	VidMode struct {
		Width       int
		Height      int
		RedBits     int
		GreenBits   int
		BlueBits    int
		RefreshRate int
	}
	ErrorCode int
	Error     struct {
		Code ErrorCode
		Desc string
	}

	KeyCallback         func(w *Window, key Key, scancode int, action Action, mods ModifierKey)
	CharCallback        func(w *Window, char rune)
	MouseButtonCallback func(w *Window, button MouseButton, action Action, mods ModifierKey)
	CursorPosCallback   func(w *Window, xpos float64, ypos float64)
	ScrollCallback      func(w *Window, xoff float64, yoff float64)
	SizeCallback        func(w *Window, width int, height int)
	CloseCallback       func(w *Window)
	FocusCallback       func(w *Window, focused bool)
	RefreshCallback     func(w *Window)
	MonitorCallback     func(monitor *Monitor, event PeripheralEvent)

	FramebufferSizeCallback func(w *Window, width int, height int)
)

const (
	Release Action = 0
	Press   Action = 1
	Repeat  Action = 2
)

const (
	Focused                 Hint = 0x00020001
	Iconified               Hint = 0x00020002
	Resizable               Hint = 0x00020003
	Visible                 Hint = 0x00020004
	Decorated               Hint = 0x00020005
	Samples                 Hint = 0x0002100D
	DoubleBuffer            Hint = 0x00021010
	ClientAPI               Hint = 0x00022001
	ContextVersionMajor     Hint = 0x00022002
	ContextVersionMinor     Hint = 0x00022003
	OpenGLForwardCompatible Hint = 0x00022006
	OpenGLDebugContext      Hint = 0x00022007
	OpenGLProfile           Hint = 0x00022008
)

const (
	NoAPI               int = 0
	OpenGLAPI           int = 0x00030001
	OpenGLESAPI         int = 0x00030002
	OpenGLCoreProfile   int = 0x00032001
	OpenGLCompatProfile int = 0x00032002
)

func (e *Error) Error() string

func Init() error
func Terminate()
func InitHint(Hint, int)
func GetVersion() (int, int, int)
func GetVersionString() string
func PollEvents()
func WaitEvents()
func WaitEventsTimeout(float64)
func PostEmptyEvent()
func DefaultWindowHints()
func WindowHint(Hint, int)
func WindowHintString(Hint, string)
func CreateWindow(int, int, string, *Monitor, *Window) (*Window, error)
func DetachCurrentContext()
func GetCurrentContext() *Window
func SwapInterval(int)
func ExtensionSupported(string) bool
func VulkanSupported() bool
func GetKeyName(Key, int) string
func GetKeyScancode(Key) int
func GetProcAddress(string) unsafe.Pointer
func GetTime() float64
func SetTime(float64)
func GetTimerFrequency() uint64
func GetTimerValue() uint64
func GetClipboardString() string
func SetClipboardString(string)
func RawMouseMotionSupported() bool
func UpdateGamepadMappings(string) bool
func GetMonitors() []*Monitor
func GetPrimaryMonitor() *Monitor
func SetMonitorCallback(MonitorCallback) MonitorCallback

func (w *Window) MakeContextCurrent()
func (w *Window) SwapBuffers()
func (w *Window) ShouldClose() bool
func (w *Window) SetShouldClose(bool)
func (w *Window) Destroy()
func (w *Window) SetTitle(string)
func (w *Window) GetPos() (int, int)
func (w *Window) SetPos(int, int)
func (w *Window) GetSize() (int, int)
func (w *Window) SetSize(int, int)
func (w *Window) SetSizeLimits(int, int, int, int)
func (w *Window) SetAspectRatio(int, int)
func (w *Window) GetFrameSize() (int, int, int, int)
func (w *Window) GetFramebufferSize() (int, int)
func (w *Window) GetContentScale() (float32, float32)
func (w *Window) GetOpacity() float32
func (w *Window) SetOpacity(float32)
func (w *Window) RequestAttention()
func (w *Window) Focus()
func (w *Window) Iconify()
func (w *Window) Maximize()
func (w *Window) Restore()
func (w *Window) Show()
func (w *Window) Hide()
func (w *Window) GetMonitor() *Monitor
func (w *Window) SetMonitor(*Monitor, int, int, int, int, int)
func (w *Window) GetAttrib(Hint) int
func (w *Window) SetAttrib(Hint, int)
func (w *Window) GetKey(Key) Action
func (w *Window) GetMouseButton(MouseButton) Action
func (w *Window) GetCursorPos() (float64, float64)
func (w *Window) SetCursorPos(float64, float64)
func (w *Window) SetCursor(*Cursor)
func (w *Window) GetInputMode(InputMode) int
func (w *Window) SetInputMode(InputMode, int)
func (w *Window) GetClipboardString() string
func (w *Window) SetClipboardString(string)
func (w *Window) SetKeyCallback(KeyCallback) KeyCallback
func (w *Window) SetCharCallback(CharCallback) CharCallback
func (w *Window) SetMouseButtonCallback(MouseButtonCallback) MouseButtonCallback
func (w *Window) SetCursorPosCallback(CursorPosCallback) CursorPosCallback
func (w *Window) SetScrollCallback(ScrollCallback) ScrollCallback
func (w *Window) SetSizeCallback(SizeCallback) SizeCallback
func (w *Window) SetFramebufferSizeCallback(FramebufferSizeCallback) FramebufferSizeCallback
func (w *Window) SetCloseCallback(CloseCallback) CloseCallback
func (w *Window) SetFocusCallback(FocusCallback) FocusCallback
func (w *Window) SetRefreshCallback(RefreshCallback) RefreshCallback

func (c *Cursor) Destroy()

func (joy Joystick) Present() bool
func (joy Joystick) GetAxes() []float32
func (joy Joystick) GetButtons() []Action
func (joy Joystick) GetName() string
func (joy Joystick) GetGUID() string
func (joy Joystick) IsGamepad() bool
func (joy Joystick) GetGamepadName() string
func (joy Joystick) GetGamepadState() *GamepadState

func (m *Monitor) GetName() string
func (m *Monitor) GetPos() (int, int)
func (m *Monitor) GetPhysicalSize() (int, int)
func (m *Monitor) GetWorkarea() (int, int, int, int)
func (m *Monitor) GetContentScale() (float32, float32)
func (m *Monitor) GetVideoMode() *VidMode
func (m *Monitor) GetVideoModes() []*VidMode
