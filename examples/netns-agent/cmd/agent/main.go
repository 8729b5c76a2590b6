// Command agent checks from inside each container's network namespace whether its service answers.
package main

import (
	"flag"
	"log"
	"os"
	"time"

	"example.com/netns-agent/internal/audit"
	"example.com/netns-agent/internal/probe"
)

func main() {
	address := flag.String("address", "127.0.0.1:8080", "where the service listens in its namespace")
	every := flag.Duration("every", 10*time.Second, "pause between two rounds")
	flag.Parse()
	if flag.NArg() == 0 {
		log.Print("usage: agent [-address A] [-every D] NAMESPACE...")
		os.Exit(2)
	}
	for {
		for _, result := range probe.All(flag.Args(), *address) {
			log.Printf("%s: up=%v %v", result.Namespace, result.Up, result.Err)
		}
		if err := audit.Write("/var/log/netns-agent/audit.log", time.Now()); err != nil {
			log.Print(err)
		}
		time.Sleep(*every)
	}
}
