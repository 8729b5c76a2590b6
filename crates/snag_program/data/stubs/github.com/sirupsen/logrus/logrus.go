// Stubs for Snag: signatures only. Used when the module itself is not at hand.

package logrus

import (
	"context"
	"io"
	"time"
)

type (
	Fields map[string]interface{}
	Level  uint32

	Formatter interface {
		Format(*Entry) ([]byte, error)
	}
	Hook interface {
		Levels() []Level
		Fire(*Entry) error
	}
	LevelHooks map[Level][]Hook

	Logger struct {
		Out          io.Writer
		Hooks        LevelHooks
		Formatter    Formatter
		ReportCaller bool
		Level        Level
		ExitFunc     func(int)
	}
	Entry struct {
		Logger  *Logger
		Data    Fields
		Time    time.Time
		Level   Level
		Message string
		Context context.Context
	}
	TextFormatter struct {
		ForceColors            bool
		DisableColors          bool
		DisableTimestamp       bool
		FullTimestamp          bool
		TimestampFormat        string
		DisableSorting         bool
		DisableLevelTruncation bool
		QuoteEmptyFields       bool
	}
	JSONFormatter struct {
		TimestampFormat   string
		DisableTimestamp  bool
		DisableHTMLEscape bool
		PrettyPrint       bool
	}
)

const (
	PanicLevel Level = iota
	FatalLevel
	ErrorLevel
	WarnLevel
	InfoLevel
	DebugLevel
	TraceLevel
)

var AllLevels []Level

type StdLogger interface {
	Print(...interface{})
	Printf(string, ...interface{})
	Println(...interface{})
	Fatal(...interface{})
	Fatalf(string, ...interface{})
	Fatalln(...interface{})
	Panic(...interface{})
	Panicf(string, ...interface{})
	Panicln(...interface{})
}

type FieldLogger interface {
	WithField(key string, value interface{}) *Entry
	WithFields(fields Fields) *Entry
	WithError(err error) *Entry
	Debug(args ...interface{})
	Debugf(format string, args ...interface{})
	Debugln(args ...interface{})
	Info(args ...interface{})
	Infof(format string, args ...interface{})
	Infoln(args ...interface{})
	Print(args ...interface{})
	Printf(format string, args ...interface{})
	Println(args ...interface{})
	Warn(args ...interface{})
	Warnf(format string, args ...interface{})
	Warnln(args ...interface{})
	Warning(args ...interface{})
	Warningf(format string, args ...interface{})
	Warningln(args ...interface{})
	Error(args ...interface{})
	Errorf(format string, args ...interface{})
	Errorln(args ...interface{})
	Fatal(args ...interface{})
	Fatalf(format string, args ...interface{})
	Fatalln(args ...interface{})
	Panic(args ...interface{})
	Panicf(format string, args ...interface{})
	Panicln(args ...interface{})
}

func (f *TextFormatter) Format(*Entry) ([]byte, error)
func (f *JSONFormatter) Format(*Entry) ([]byte, error)
func (level Level) String() string
func ParseLevel(string) (Level, error)
func New() *Logger
func NewEntry(*Logger) *Entry
func StandardLogger() *Logger
func SetOutput(io.Writer)
func SetFormatter(Formatter)
func SetReportCaller(bool)
func SetLevel(Level)
func GetLevel() Level
func IsLevelEnabled(Level) bool
func AddHook(Hook)
func RegisterExitHandler(func())
func DeferExitHandler(func())
func Exit(int)
func WithError(error) *Entry
func WithContext(context.Context) *Entry
func WithField(string, interface{}) *Entry
func WithFields(Fields) *Entry
func WithTime(time.Time) *Entry
func Trace(...interface{})
func Tracef(string, ...interface{})
func Traceln(...interface{})
func Debug(...interface{})
func Debugf(string, ...interface{})
func Debugln(...interface{})
func Info(...interface{})
func Infof(string, ...interface{})
func Infoln(...interface{})
func Print(...interface{})
func Printf(string, ...interface{})
func Println(...interface{})
func Warn(...interface{})
func Warnf(string, ...interface{})
func Warnln(...interface{})
func Warning(...interface{})
func Warningf(string, ...interface{})
func Warningln(...interface{})
func Error(...interface{})
func Errorf(string, ...interface{})
func Errorln(...interface{})
func Fatal(...interface{})
func Fatalf(string, ...interface{})
func Fatalln(...interface{})
func Panic(...interface{})
func Panicf(string, ...interface{})
func Panicln(...interface{})

func (logger *Logger) SetOutput(io.Writer)
func (logger *Logger) SetFormatter(Formatter)
func (logger *Logger) SetReportCaller(bool)
func (logger *Logger) SetLevel(Level)
func (logger *Logger) GetLevel() Level
func (logger *Logger) IsLevelEnabled(Level) bool
func (logger *Logger) AddHook(Hook)
func (logger *Logger) Exit(int)
func (logger *Logger) Writer() *io.PipeWriter
func (logger *Logger) WithError(error) *Entry
func (logger *Logger) WithContext(context.Context) *Entry
func (logger *Logger) WithField(string, interface{}) *Entry
func (logger *Logger) WithFields(Fields) *Entry
func (logger *Logger) Trace(...interface{})
func (logger *Logger) Tracef(string, ...interface{})
func (logger *Logger) Traceln(...interface{})
func (logger *Logger) Debug(...interface{})
func (logger *Logger) Debugf(string, ...interface{})
func (logger *Logger) Debugln(...interface{})
func (logger *Logger) Info(...interface{})
func (logger *Logger) Infof(string, ...interface{})
func (logger *Logger) Infoln(...interface{})
func (logger *Logger) Print(...interface{})
func (logger *Logger) Printf(string, ...interface{})
func (logger *Logger) Println(...interface{})
func (logger *Logger) Warn(...interface{})
func (logger *Logger) Warnf(string, ...interface{})
func (logger *Logger) Warnln(...interface{})
func (logger *Logger) Warning(...interface{})
func (logger *Logger) Warningf(string, ...interface{})
func (logger *Logger) Warningln(...interface{})
func (logger *Logger) Error(...interface{})
func (logger *Logger) Errorf(string, ...interface{})
func (logger *Logger) Errorln(...interface{})
func (logger *Logger) Fatal(...interface{})
func (logger *Logger) Fatalf(string, ...interface{})
func (logger *Logger) Fatalln(...interface{})
func (logger *Logger) Panic(...interface{})
func (logger *Logger) Panicf(string, ...interface{})
func (logger *Logger) Panicln(...interface{})

func (entry *Entry) Bytes() ([]byte, error)
func (entry *Entry) String() (string, error)
func (entry *Entry) Dup() *Entry
func (entry *Entry) Writer() *io.PipeWriter
func (entry *Entry) WithError(error) *Entry
func (entry *Entry) WithContext(context.Context) *Entry
func (entry *Entry) WithField(string, interface{}) *Entry
func (entry *Entry) WithFields(Fields) *Entry
func (entry *Entry) WithTime(time.Time) *Entry
func (entry *Entry) Log(Level, ...interface{})
func (entry *Entry) Logf(Level, string, ...interface{})
func (entry *Entry) Logln(Level, ...interface{})
func (entry *Entry) Trace(...interface{})
func (entry *Entry) Tracef(string, ...interface{})
func (entry *Entry) Traceln(...interface{})
func (entry *Entry) Debug(...interface{})
func (entry *Entry) Debugf(string, ...interface{})
func (entry *Entry) Debugln(...interface{})
func (entry *Entry) Info(...interface{})
func (entry *Entry) Infof(string, ...interface{})
func (entry *Entry) Infoln(...interface{})
func (entry *Entry) Print(...interface{})
func (entry *Entry) Printf(string, ...interface{})
func (entry *Entry) Println(...interface{})
func (entry *Entry) Warn(...interface{})
func (entry *Entry) Warnf(string, ...interface{})
func (entry *Entry) Warnln(...interface{})
func (entry *Entry) Warning(...interface{})
func (entry *Entry) Warningf(string, ...interface{})
func (entry *Entry) Warningln(...interface{})
func (entry *Entry) Error(...interface{})
func (entry *Entry) Errorf(string, ...interface{})
func (entry *Entry) Errorln(...interface{})
func (entry *Entry) Fatal(...interface{})
func (entry *Entry) Fatalf(string, ...interface{})
func (entry *Entry) Fatalln(...interface{})
func (entry *Entry) Panic(...interface{})
func (entry *Entry) Panicf(string, ...interface{})
func (entry *Entry) Panicln(...interface{})
