package papers

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../../.."

// ours is the top folders whose paths a page may name.
func ours() []string {
	return []string{"cmd", "docs", "internal", "scripts", "test", "tools", "web", ".ci"}
}

func TestLinksAndPathsLeadSomewhere(t *testing.T) {
	found, err := Links(root, ours())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

func TestNothingSpeaksOfOneMachine(t *testing.T) {
	found, err := Texts(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

func TestGlossaryCoversTheDomain(t *testing.T) {
	words, err := ReadWords(filepath.Join(root, "docs", "glossary.md"))
	if err != nil {
		t.Fatal(err)
	}
	if len(words.Rows) < 40 {
		t.Fatalf("only %d rows were read", len(words.Rows))
	}
	rooms := []string{"permit", "archive", "ledger", "keys"}
	types := map[string]string{}
	for _, room := range rooms {
		own, err := Types(root, "internal/"+room)
		if err != nil {
			t.Fatal(err)
		}
		for id, at := range own {
			types[id] = at
		}
	}
	for _, f := range words.Check(types, rooms) {
		t.Error(f)
	}
}

func TestReadmeSpeaksDanishFirst(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"make demo", "make check test", "optagetilladelse", "MPL-2.0"} {
		if !strings.Contains(string(data), want) {
			t.Errorf("README.md does not say %q", want)
		}
	}
}

// TestEveryPageCanBeFound wants each page of docs linked from docs/README.md or
// from the list of decisions, and each room in the tree of the README.
func TestEveryPageCanBeFound(t *testing.T) {
	files, err := Files(root)
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	pages, decisions, tree := read("docs/README.md"), read("docs/decisions/README.md"), read("README.md")
	rooms := map[string]bool{}
	for _, file := range files {
		rel, isDoc := strings.CutPrefix(file, "docs/")
		switch {
		case isDoc && strings.HasSuffix(rel, ".md") && !strings.HasSuffix(rel, "README.md"):
			in := pages
			if name, ok := strings.CutPrefix(rel, "decisions/"); ok {
				in, rel = decisions, name
			}
			if !strings.Contains(in, "]("+rel+")") {
				t.Errorf("%s is linked from no list", file)
			}
		case strings.HasPrefix(file, "internal/") && strings.HasSuffix(file, ".go"):
			rooms[strings.Join(strings.Split(file, "/")[:2], "/")] = true
		}
	}
	for room := range rooms {
		if room != "internal/req" && !strings.Contains(tree, "\n"+room+" ") {
			t.Errorf("%s has no line in README.md", room)
		}
	}
}

// plant writes files into a fresh folder.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLinksJudged(t *testing.T) {
	tests := []struct{ name, page, want string }{
		{"a page that is there", "[a](b.md)", ""},
		{"a heading that is there", "[a](b.md#slettefrist-30-døgn)", ""},
		{"the second of two like headings", "[a](b.md#twice-1)", ""},
		{"a heading of its own", "# Top\n[a](#top)", ""},
		{"the web", "[a](https://example.dk/nowhere)", ""},
		{"in a fenced block", "```\n[a](gone.md) `docs/gone.md`\n```", ""},
		{"a path that is there", "`docs/b.md` and `docs/`", ""},
		{"words that are no path", "`and/or` `h264/h265` `permit.Permit`", ""},
		{"a page that is gone", "[a](gone.md)", "docs/a.md:1: link gone.md leads nowhere"},
		{"a heading that is gone", "x\n[a](b.md#gone)", "docs/a.md:2: link b.md#gone: docs/b.md has no such heading"},
		{"out of the repository", "[a](../../x.md)", "leads out of the repository"},
		{"a path that is gone", "see `docs/gone.md`", "docs/a.md:1: `docs/gone.md` does not exist"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := plant(t, map[string]string{"docs/a.md": test.page, "docs/b.md": "# Slettefrist: 30 `døgn`\n## Twice\n## Twice\n"})
			found, err := Links(dir, []string{"docs"})
			if err != nil {
				t.Fatal(err)
			}
			if test.want == "" && len(found) > 0 {
				t.Errorf("found %q", found)
			}
			if test.want != "" && (len(found) != 1 || !strings.Contains(found[0], test.want)) {
				t.Errorf("found %q, want %q", found, test.want)
			}
		})
	}
}

func TestTextsJudged(t *testing.T) {
	tests := []struct {
		name, file, text string
		bad              bool
	}{
		{"a word with a slash", "docs/a.md", "the network/host part, https://example.dk/wo" + "rk/x, and internal/root/x", false},
		{"a machine's path", "internal/x/a.go", "// see /wo" + "rk/main/x", true},
		{"a home", "docs/a.md", "in `/root/x`", true},
		{"a temporary path in a page", "docs/a.md", "look at /tmp/x", true},
		{"a temporary path in code", "internal/x/a.go", "x := \"/tmp/x\"", false},
		{"a folder beside", "docs/a.md", "see ../sha" + "red/x.md", true},
		{"a registry in a lock file", "package-lock.json", "\"resolved\": \"https://registry.npmjs.org/x\"", true},
		{"what a merge left", "a.go", "<<<<<<< HEAD", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found, err := Texts(plant(t, map[string]string{test.file: test.text}))
			if err != nil {
				t.Fatal(err)
			}
			if (len(found) > 0) != test.bad {
				t.Errorf("found %q", found)
			}
		})
	}
}

func TestGlossaryJudged(t *testing.T) {
	const head = "| Dansk | Identifier | Meaning | Not | Source |\n|---|---|---|---|---|\n"
	types := map[string]string{"permit.Permit": "p.go:1", "permit.Hold": "p.go:2", "archive.Hold": "a.go:1"}
	const good = "| optagetilladelse | `permit.Permit` | m | | H |\n| bevislås | `permit.Hold`, `archive.Hold` | m | | H |\n"
	tests := []struct{ name, page, want string }{
		{"all is well", head + good, ""},
		{"a type without a word", head + "| optagetilladelse | `permit.Permit` | m | | H |\n\n" + aside + "\n\n- `archive.Hold`: x\n", "p.go:2: permit.Hold has no row"},
		{"a word for a type that is gone", head + good + "| stop | `permit.Stop` | m | | H |\n", "permit.Stop is not a type"},
		{"one word for two", head + good + "| bevislås | `Lock` | m | | H |\n", "bevislås is Lock, and Hold elsewhere"},
		{"two words for one", head + good + "| spærring | `Hold` | m | | H |\n", "Hold is spærring, and bevislås elsewhere"},
		{"set aside and named", head + good + "\n" + aside + "\n\n- `permit.Hold`: x\n", "has a row and is set aside too"},
		{"set aside and gone", head + good + "\n" + aside + "\n\n- `permit.Gone`: x\n", "permit.Gone is set aside and is not a type"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			words, err := ReadWords(filepath.Join(plant(t, map[string]string{"g.md": test.page}), "g.md"))
			if err != nil {
				t.Fatal(err)
			}
			found := words.Check(types, []string{"permit", "archive"})
			if test.want == "" && len(found) > 0 {
				t.Errorf("found %q", found)
			}
			if test.want != "" && !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, test.want) }) {
				t.Errorf("found %q, want %q", found, test.want)
			}
		})
	}
	if _, err := ReadWords(filepath.Join(plant(t, map[string]string{"g.md": "| a | b |\n"}), "g.md")); err == nil {
		t.Error("a row of two cells was read")
	}
}

// TestEveryDependencyHasARow holds docs/ref/dependencies.md against go.mod and
// package.json, both ways.
func TestEveryDependencyHasARow(t *testing.T) {
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	direct := map[string]bool{}
	for _, line := range strings.Split(read("go.mod"), "\n") {
		f := strings.Fields(line)
		if len(f) == 2 && strings.HasPrefix(line, "\t") {
			direct[f[0]] = true
		}
	}
	var npm struct {
		Dependencies    map[string]string `json:"dependencies"`
		DevDependencies map[string]string `json:"devDependencies"`
	}
	if err := json.Unmarshal([]byte(read("package.json")), &npm); err != nil {
		t.Fatal(err)
	}
	for _, list := range []map[string]string{npm.Dependencies, npm.DevDependencies} {
		for name, version := range list {
			direct[name] = true
			if strings.Trim(version, "0123456789.") != "" {
				t.Errorf("package.json: %s is not pinned exactly: %s", name, version)
			}
		}
	}
	if len(direct) < 20 {
		t.Fatalf("only %d dependencies were read", len(direct))
	}
	rows := map[string]bool{}
	for _, line := range strings.Split(read("docs/ref/dependencies.md"), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 7 || strings.HasPrefix(line, "|---") || strings.TrimSpace(cells[1]) == "module" {
			continue
		}
		name := strings.TrimSpace(cells[1])
		rows[name] = true
		if !direct[name] {
			t.Errorf("docs/ref/dependencies.md: %s is not a direct dependency", name)
		}
		for _, cell := range cells[2:6] {
			if strings.TrimSpace(cell) == "" {
				t.Errorf("docs/ref/dependencies.md: %s has an empty cell", name)
			}
		}
	}
	for name := range direct {
		if !rows[name] {
			t.Errorf("%s has no row in docs/ref/dependencies.md", name)
		}
	}
}
