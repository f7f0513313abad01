package accesslog_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/req"
)

// engineOnly are packages whose entries stand in the engine's ledger.
var engineOnly = []string{"internal/engine/", "internal/archive/", "internal/ledger/", "internal/verify/"}

// pure packages write no entries, and have functions of the same names.
var pure = []string{"internal/casework/", "internal/law/", "internal/plan/", "internal/dossier/revision.go"}

// Every kind of entry that the portal's half writes is a use by a rule of the
// table, or is said to be none. A new kind without either fails here.
func TestEveryKindOfEntryIsListed(t *testing.T) {
	req.Shows(t, "LOG-1")
	found := map[string]string{}
	root := "../.."
	must(t, filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == "node_modules" || e.Name() == "testdata" || name == "tools" || name == "test" || strings.HasPrefix(e.Name(), ".") && name != "."):
			return filepath.SkipDir
		case e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		for _, p := range append(engineOnly, pure...) {
			if strings.HasPrefix(filepath.ToSlash(name), p) {
				return nil
			}
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			for _, kind := range entryKinds(n) {
				found[kind] = name
			}
			return true
		})
		return nil
	}))
	if len(found) < 40 {
		t.Fatalf("only %d kinds are found in the sources: %v", len(found), found)
	}
	for _, kind := range []string{"view.opened", "login", "holder.begun", "access.refused", "case.exported"} {
		if found[kind] == "" {
			t.Errorf("the sources are not read: %s is not found", kind)
		}
	}
	var lacking []string
	for kind, where := range found {
		if !accesslog.Listed(kind) {
			lacking = append(lacking, kind+" ("+where+")")
		}
	}
	sort.Strings(lacking)
	if lacking != nil {
		t.Errorf("kinds of ledger entries without a rule in internal/accesslog/kinds.go, which are not said to be no use either:\n%s", strings.Join(lacking, "\n"))
	}
}

var kindForm = regexp.MustCompile(`^[a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*)*\.?$`)

// writers are the calls whose argument at this place is an entry's kind.
var writers = map[string]int{"Append": 3, "add": 1, "enter": 2, "entry": 0, "edit": 2, "change": 4, "note": 2, "log": 2}

// entryKinds are the kinds that a piece of source names: what is handed to
// Append and to the functions that hand on to it, and the Kind of a ledger.New.
func entryKinds(n ast.Node) (out []string) {
	lit := func(e ast.Expr) {
		for {
			b, ok := e.(*ast.BinaryExpr) // "case." + act
			if !ok {
				break
			}
			e = b.X
		}
		if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
			s, err := strconv.Unquote(l.Value)
			if err == nil && kindForm.MatchString(s) && (strings.Contains(s, ".") || s == "login" || s == "logout") {
				out = append(out, s)
			}
		}
	}
	switch n := n.(type) {
	case *ast.CallExpr:
		name := ""
		switch f := n.Fun.(type) {
		case *ast.SelectorExpr:
			name = f.Sel.Name
		case *ast.Ident:
			name = f.Name
		}
		if at, ok := writers[name]; ok && len(n.Args) > at {
			lit(n.Args[at])
		}
	case *ast.CompositeLit:
		if s, ok := n.Type.(*ast.SelectorExpr); ok && s.Sel.Name == "New" {
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					if k, ok := kv.Key.(*ast.Ident); ok && k.Name == "Kind" {
						lit(kv.Value)
					}
				}
			}
		}
	}
	return out
}

// What the texts call an entry of the portal's is listed as well: a kind that
// is put together at run time has words.
func TestEveryKindWithWordsIsListed(t *testing.T) {
	engines := regexp.MustCompile(`^(anonymised|archive|area-|segment|deletion|discovery|engine|export|key|key-roll|probe|statement|still|offspring|storage|viewing|hold|ledger|camera)\.`)
	files, err := filepath.Glob("../../web/text/da/*.json")
	must(t, err)
	n := 0
	for _, name := range files {
		b, err := os.ReadFile(name)
		must(t, err)
		var texts map[string]string
		must(t, json.Unmarshal(b, &texts))
		for key := range texts {
			kind, ok := strings.CutPrefix(key, "log.")
			if !ok || !strings.Contains(texts[key], "{") || regexp.MustCompile(`\{[0-9]`).MatchString(texts[key]) || engines.MatchString(kind) {
				continue
			}
			n++
			if !accesslog.Listed(kind) {
				t.Errorf("%s says what %s is, and no rule does", filepath.Base(name), kind)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d kinds have words", n)
	}
}
