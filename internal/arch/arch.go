// Package arch holds the plan of the house and checks the tree against it:
// which room may import which, who alone may use which outside package, which
// rooms must stay strangers, and how long a file may grow.
//
// The plan is [Plan] and its neighbours in plan.go; a change that bends it
// must change it there, in the open. The tree is parsed file by file rather
// than asked of the go command, so that the test cache sees the files and a
// forbidden import fails at once. The package is used by its own tests alone
// and changes nothing.
package arch

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Module is the import path of the house.
const Module = "vidne.dk/vidne"

// Package is what the tree says of one folder of Go files.
type Package struct {
	Path    string              // slash path from the root, "internal/permit"
	Imports map[string][]string // import path to the files that import it, tests left out
	Doc     string              // package comments, together
	Lines   map[string]int      // file to its number of lines, tests too
	Main    bool                // package main
	Tests   bool                // holds nothing but tests
}

// Tree is the packages by path.
type Tree map[string]*Package

// Read parses every Go file below root's own folders of code.
func Read(root string) (Tree, error) {
	tree := Tree{}
	for _, top := range []string{"cmd", "internal", "docs", "lawdata", "processes", "web", "tools", "test"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(name string, d fs.DirEntry, err error) error {
			switch {
			case os.IsNotExist(err):
				return nil
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules"):
				return fs.SkipDir
			case d.IsDir() || !strings.HasSuffix(name, ".go"):
				return nil
			}
			rel, err := filepath.Rel(root, name)
			if err != nil {
				return err
			}
			return tree.add(root, filepath.ToSlash(rel))
		})
		if err != nil {
			return nil, err
		}
	}
	return tree, nil
}

func (t Tree) add(root, file string) error {
	src, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, src, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return err
	}
	p := t[path.Dir(file)]
	if p == nil {
		p = &Package{Path: path.Dir(file), Imports: map[string][]string{}, Lines: map[string]int{}, Tests: true}
		t[p.Path] = p
	}
	p.Lines[file] = bytes.Count(src, []byte("\n"))
	if strings.HasSuffix(file, "_test.go") {
		return nil
	}
	p.Tests = false
	p.Doc += f.Doc.Text()
	p.Main = p.Main || f.Name.Name == "main"
	for _, spec := range f.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		p.Imports[imp] = append(p.Imports[imp], file)
	}
	return nil
}

// own turns an import path of ours into a path in the tree.
func own(imp string) (string, bool) {
	return strings.CutPrefix(imp, Module+"/")
}

// within reports whether path is dir or lies below it.
func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, dir+"/")
}

// reach returns everything that the packages of a room import, directly or
// through others of ours, each with the chain that leads to it.
func (t Tree) reach(room string) map[string][]string {
	found := map[string][]string{}
	var walk func(name string, chain []string)
	walk = func(name string, chain []string) {
		p := t[name]
		if p == nil {
			return
		}
		for _, imp := range sorted(p.Imports) {
			in, ours := own(imp)
			if !ours {
				in = imp
			}
			if _, seen := found[in]; seen {
				continue
			}
			found[in] = append(slices.Clone(chain), in)
			walk(in, found[in])
		}
	}
	for _, name := range sorted(t) {
		if roomOf(name) == room {
			walk(name, []string{name})
		}
	}
	return found
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
