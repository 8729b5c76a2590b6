package inner

import (
	"os"
	"testing"
)

func TestLower(t *testing.T) {
	done := make(chan bool)
	Start(done)
	<-done
}

func TestQuiet(t *testing.T) {
	if os.Getenv("SNAG_TEST_FAILS") != "" {
		t.Fatal("as wanted")
	}
}
