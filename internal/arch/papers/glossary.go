package papers

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Words is the glossary: its rows, and the types that it sets aside.
type Words struct {
	Rows  []Word
	Aside map[string]bool // "permit.Kind"
}

// Word is one row.
type Word struct {
	Danish      string
	Identifiers []string // "permit.Permit", or "Case" where no type is built
	Line        int
}

const aside = "## Not words of the domain"

// ReadWords reads the tables of the glossary and its list at the foot.
func ReadWords(file string) (Words, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Words{}, err
	}
	w := Words{Aside: map[string]bool{}}
	foot := false
	for i, line := range strings.Split(string(data), "\n") {
		foot = foot || line == aside
		if foot {
			if head, _, ok := strings.Cut(line, ":"); ok && strings.HasPrefix(line, "- ") {
				for _, m := range code.FindAllStringSubmatch(head, -1) {
					w.Aside[m[1]] = true
				}
			}
			continue
		}
		cells := strings.Split(line, "|")
		if len(cells) != 7 || strings.HasPrefix(line, "|---") || strings.TrimSpace(cells[1]) == "Dansk" {
			if strings.HasPrefix(line, "|") && len(cells) != 7 {
				return Words{}, fmt.Errorf("%s:%d: a row has five cells", file, i+1)
			}
			continue
		}
		word := Word{Danish: strings.TrimSpace(cells[1]), Line: i + 1}
		for _, m := range code.FindAllStringSubmatch(cells[2], -1) {
			word.Identifiers = append(word.Identifiers, m[1])
		}
		w.Rows = append(w.Rows, word)
	}
	return w, nil
}

// Check finds words with two meanings and meanings with two words, words that
// name types that are not there, and types that have no word. types maps
// "permit.Permit" to where it is declared; rooms is the packages that must be
// covered.
func (w Words) Check(types map[string]string, rooms []string) (found []string) {
	danish, english := map[string]string{}, map[string]string{}
	named := map[string]bool{}
	say := func(line int, format string, args ...any) {
		found = append(found, fmt.Sprintf("docs/glossary.md:%d: ", line)+fmt.Sprintf(format, args...))
	}
	for _, row := range w.Rows {
		if len(row.Identifiers) == 0 {
			say(row.Line, "%s has no identifier", row.Danish)
		}
		for _, id := range row.Identifiers {
			pkg, name, qualified := strings.Cut(id, ".")
			if !qualified {
				name = id
			} else {
				named[id] = true
				if _, ok := types[id]; !ok && slices.Contains(rooms, pkg) {
					say(row.Line, "%s is not a type", id)
				}
				if w.Aside[id] {
					say(row.Line, "%s has a row and is set aside too", id)
				}
			}
			term := strings.ToLower(row.Danish)
			if was, ok := danish[term]; ok && was != name {
				say(row.Line, "%s is %s, and %s elsewhere", row.Danish, name, was)
			}
			if was, ok := english[name]; ok && was != term {
				say(row.Line, "%s is %s, and %s elsewhere", name, term, was)
			}
			danish[term], english[name] = name, term
		}
	}
	for id, at := range types {
		if !named[id] && !w.Aside[id] {
			found = append(found, fmt.Sprintf("%s: %s has no row in docs/glossary.md and is not set aside there", at, id))
		}
	}
	for id := range w.Aside {
		if _, ok := types[id]; !ok {
			found = append(found, fmt.Sprintf("docs/glossary.md: %s is set aside and is not a type", id))
		}
	}
	slices.Sort(found)
	return found
}

// Types returns the exported types of a package of ours, by "permit.Permit",
// with where each is declared.
func Types(root, dir string) (map[string]string, error) {
	types := map[string]string{}
	entries, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(dir)))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".go" || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file := path.Join(dir, e.Name())
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, filepath.Join(root, filepath.FromSlash(file)), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range f.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.TYPE {
				continue
			}
			for _, spec := range gen.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok && t.Name.IsExported() {
					types[path.Base(dir)+"."+t.Name.Name] = fmt.Sprintf("%s:%d", file, set.Position(t.Pos()).Line)
				}
			}
		}
	}
	return types, nil
}
