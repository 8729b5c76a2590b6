//go:build cgo

package main

// static int same(int number) { return number; }
import "C"

func callC() { C.same(1) }
