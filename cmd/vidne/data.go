package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/lawdata"
	"vidne.dk/vidne/processes"
)

// readRules reads the rules and the processes that the configuration names.
// Rules of the operator's own stand instead of those that the program comes
// with, since the law is one; processes stand beside them, since a case keeps
// the version that it began under.
func (c *portalConfig) readRules() (*law.Book, *casework.Library, error) {
	rules, ways := lawdata.Files(), []fs.FS{processes.Files()}
	if c.Rules != "" {
		rules = os.DirFS(c.Rules)
	}
	if c.Processes != "" {
		if _, err := os.Stat(c.Processes); err != nil {
			return nil, nil, fault.As(fault.Invalid, "file.form", err)
		}
		ways = append(ways, os.DirFS(c.Processes))
	}
	book, err := law.Read(rules)
	if err != nil {
		return nil, nil, err
	}
	library, err := casework.Read(ways...)
	return book, library, err
}

// rulesCmd is vidne rules: the rules and processes as files that may be
// changed.
type rulesCmd struct {
	Copy  rulesCopyCmd  `cmd:"" help:"Læg de medfølgende regler og sagsgange i en mappe, så de kan rettes."`
	Check rulesCheckCmd `cmd:"" help:"Efterprøv de regler og sagsgange, som konfigurationen peger på."`
}

type rulesCopyCmd struct {
	Dir string `arg:"" help:"Mappen; den må ikke findes i forvejen."`
}

// Run writes DIR/rules and DIR/processes.
func (k *rulesCopyCmd) Run() error {
	if err := os.Mkdir(k.Dir, 0o750); err != nil {
		return fault.As(fault.Invalid, "rules.folder", err)
	}
	for name, from := range map[string]fs.FS{"rules": lawdata.Files(), "processes": processes.Files()} {
		dir := filepath.Join(k.Dir, name)
		if err := os.Mkdir(dir, 0o750); err != nil {
			return err
		}
		if err := fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := fs.ReadFile(from, path)
			if err != nil {
				return err
			}
			return durable.WriteFile(durable.OS(), filepath.Join(dir, path), b, 0o640)
		}); err != nil {
			return err
		}
	}
	fmt.Printf("Reglerne ligger i %[1]s/rules, sagsgangene i %[1]s/processes.\nPeg på dem i konfigurationen under [portal] med rules og processes.\n", k.Dir)
	return nil
}

type rulesCheckCmd struct{}

// Run reads them as the portal would at start.
func (*rulesCheckCmd) Run(c *cli) error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	book, library, err := cfg.Portal.readRules()
	if err != nil {
		return err
	}
	fmt.Printf("%d hjemler og %d sagsgange er i orden.\n", len(book.Bases), len(library.All()))
	return nil
}
