// Becomes another program when its input has a line.
package main

import (
	"bufio"
	"fmt"
	"os"
	"syscall"
)

func main() {
	fmt.Println("ready")
	bufio.NewReader(os.Stdin).ReadString('\n')
	fmt.Println(syscall.Exec("/bin/sleep", []string{"sleep", "100"}, nil))
}
