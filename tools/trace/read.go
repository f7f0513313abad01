package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// row is one requirement.
type row struct{ id, duty, source string }

// marker is one id in one req.Shows call.
type marker struct {
	id   string
	test string // "archive TestSweep"
	at   string // "internal/archive/sweep_test.go:12"
}

var rowLine = regexp.MustCompile(`^\| ([A-Z]+-[0-9]+) \| (.+) \| ([^|]+) \|$`)

// catalogue reads the rows of the requirement tables.
func catalogue(file string) (rows []row, faults []string, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	for i, line := range strings.Split(string(data), "\n") {
		m := rowLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if seen[m[1]] {
			faults = append(faults, fmt.Sprintf("%s:%d: %s is there twice", file, i+1, m[1]))
		}
		seen[m[1]] = true
		rows = append(rows, row{m[1], m[2], m[3]})
	}
	if len(rows) == 0 {
		return nil, nil, fmt.Errorf("%s holds no requirements", file)
	}
	return rows, faults, nil
}

// markers reads the req.Shows calls of every test below root, in the order of
// the tree.
func markers(root string) (shown []marker, faults []string, err error) {
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || !isShows(call) {
					return true
				}
				at := fmt.Sprintf("%s:%d", rel, set.Position(call.Pos()).Line)
				if len(call.Args) < 2 {
					faults = append(faults, at+": req.Shows names no requirement")
				}
				for i, arg := range call.Args {
					if i == 0 {
						continue
					}
					id, ok := literal(arg)
					if !ok {
						faults = append(faults, at+": an id of req.Shows must be a string literal")
						continue
					}
					shown = append(shown, marker{id, filepath.Base(filepath.Dir(name)) + " " + fn.Name.Name, at})
				}
				return true
			})
		}
		return nil
	})
	return shown, faults, err
}

func isShows(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Shows" {
		return false
	}
	pkg, ok := sel.X.(*ast.Ident)
	return ok && pkg.Name == "req"
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}
