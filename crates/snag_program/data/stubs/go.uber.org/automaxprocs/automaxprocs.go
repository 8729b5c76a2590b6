// Stubs for Snag: signatures only. Used when the module itself is not at hand.

package automaxprocs
