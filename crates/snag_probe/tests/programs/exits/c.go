//go:build cgo

package main

/*
#include <pthread.h>
#include <stddef.h>
static void *nothing(void *unused) { return NULL; }
static void threads(void) {
	for (int i = 0; i < 5; i++) {
		pthread_t thread;
		pthread_create(&thread, NULL, nothing, NULL);
		pthread_join(thread, NULL);
	}
}
*/
import "C"

// Threads that C makes for itself end by themselves.
func foreign() { C.threads() }
