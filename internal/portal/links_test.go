package portal

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// An address that a room or a screen leads to is one that there is: of a link
// that nobody followed in a test, nobody would know before it was needed.
func TestEveryAddressIsOneThatThereIs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var paths [][]string
	folders := map[string]bool{}
	for _, r := range s.portal.Routes() {
		_, path, _ := strings.Cut(r.Pattern, " /")
		paths = append(paths, strings.Split(path, "/"))
		folders[paths[len(paths)-1][0]] = true
	}
	leads := func(address []string) bool {
		return slices.ContainsFunc(paths, func(path []string) bool {
			return slices.EqualFunc(path, address, func(p, a string) bool { return p == a || a == unknown || strings.HasPrefix(p, "{") })
		})
	}
	found := 0
	walkAddresses(t, "..", func(where, address string) {
		path, _, _ := strings.Cut(strings.ReplaceAll(address, "#", "?"), "?")
		parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
		if !strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") || !folders[parts[0]] || parts[0] == "" || strings.ContainsAny(path, "{} ") {
			return
		}
		if found++; !leads(parts) {
			t.Errorf("%s leads to %s", where, address)
		}
	})
	if found < 400 {
		t.Errorf("only %d addresses", found)
	}
}

// unknown stands for what an address has in it that is known only when it runs.
const unknown = "*"

// walkAddresses hands out every text of the Go files of a folder, put together
// where it is put together in one place. Constants are left out: most are the
// beginning of addresses.
func walkAddresses(t *testing.T, folder string, take func(where, text string)) {
	t.Helper()
	err := filepath.WalkDir(folder, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		var visit func(n ast.Node) bool
		visit = func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GenDecl:
				return n.Tok != token.CONST
			case *ast.BinaryExpr, *ast.BasicLit:
				e, _ := n.(ast.Expr)
				if text, known := joined(e); known {
					take(fmt.Sprint(set.Position(e.Pos())), text)
					return false
				}
				if sum, is := n.(*ast.BinaryExpr); is && sum.Op == token.ADD {
					ast.Inspect(sum.X, visit) // what follows is no beginning
					return false
				}
			}
			return true
		}
		ast.Inspect(tree, visit)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// joined is a text that is written, or put together of what is.
func joined(e ast.Expr) (text string, known bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, err := strconv.Unquote(e.Value)
			return text, err == nil
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			left, begins := joined(e.X)
			if !begins {
				return "", false
			}
			right, known := joined(e.Y)
			if !known {
				right = unknown
			}
			return left + right, true
		}
	}
	return "", false
}
