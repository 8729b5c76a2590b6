// Stubs for Snag: signatures only. Used when the module itself is not at hand.

package oleutil

import "github.com/go-ole/go-ole"

func ClassIDFrom(string) (*ole.GUID, error)
func CreateObject(string) (*ole.IUnknown, error)
func GetActiveObject(string) (*ole.IUnknown, error)
func ForEach(*ole.IDispatch, func(*ole.VARIANT) error) error
func CallMethod(*ole.IDispatch, string, ...interface{}) (*ole.VARIANT, error)
func MustCallMethod(*ole.IDispatch, string, ...interface{}) *ole.VARIANT
func GetProperty(*ole.IDispatch, string, ...interface{}) (*ole.VARIANT, error)
func MustGetProperty(*ole.IDispatch, string, ...interface{}) *ole.VARIANT
func PutProperty(*ole.IDispatch, string, ...interface{}) (*ole.VARIANT, error)
func MustPutProperty(*ole.IDispatch, string, ...interface{}) *ole.VARIANT
func PutPropertyRef(*ole.IDispatch, string, ...interface{}) (*ole.VARIANT, error)
func MustPutPropertyRef(*ole.IDispatch, string, ...interface{}) *ole.VARIANT
