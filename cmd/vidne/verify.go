package main

import (
	"os"

	"vidne.dk/vidne/internal/verify/command"
)

// verifyCmd is vidne-verify under this program's name, for those who have
// this one already. It needs no configuration and opens nothing of the
// installation's.
type verifyCmd struct {
	Args []string `arg:"" optional:"" passthrough:"" help:"Som vidne-verify: prøv vidne verify --help."`
}

// Run verifies and ends the program with the verifier's exit code.
func (v *verifyCmd) Run() error {
	if code := command.Main("vidne verify", v.Args, os.Stdout, os.Stderr); code != 0 {
		os.Exit(code)
	}
	return nil
}
