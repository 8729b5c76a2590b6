// Stubs for Snag: signatures only. Used when the module itself is not at hand.

package label

func Init()
func InitLabels([]string) (string, string, error)
func SetFileLabel(string, string) error
func SetFileCreateLabel(string) error
func Relabel(string, string, bool) error
func DisableSecOpt() []string
func Validate(string) error
func RelabelNeeded(string) bool
func IsShared(string) bool
func FormatMountLabel(string, string) string
func FormatMountLabelByType(string, string, string) string
