// Command vidne-verify checks offline what Vidne hands out: extracts of its
// logs, proofs, footage and signed statements. It is for whoever receives
// them, reaches no network, and shares no code with what wrote them.
package main

import (
	"os"

	"vidne.dk/vidne/internal/verify/command"
)

func main() {
	os.Exit(command.Main("vidne-verify", os.Args[1:], os.Stdout, os.Stderr))
}
