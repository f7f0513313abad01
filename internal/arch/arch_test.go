package arch

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func house(t *testing.T) Tree {
	t.Helper()
	tree, err := Read(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree) < 10 {
		t.Fatalf("only %d packages were read", len(tree))
	}
	return tree
}

func report(t *testing.T, found []string) {
	t.Helper()
	for _, f := range found {
		t.Error(f)
	}
}

func TestImportsFollowThePlan(t *testing.T)      { report(t, CheckPlan(house(t))) }
func TestOutsidePackagesHaveOwners(t *testing.T) { report(t, CheckOwners(house(t))) }
func TestTestRoomsStayInTests(t *testing.T)      { report(t, CheckTestsOnly(house(t))) }
func TestStrangersStayStrangers(t *testing.T)    { report(t, CheckStrangers(house(t))) }
func TestPackageCommentsSaySomething(t *testing.T) {
	report(t, CheckComments(house(t)))
}

func TestFilesStayShort(t *testing.T) {
	found, long := CheckLength(house(t))
	report(t, found)
	for _, l := range long {
		t.Log(l)
	}
}

// TestVerifierReachesNoNetwork asks the go command what the verifier is linked
// from, so that an outside module that pulls in the network is seen too. The
// test cache does not see what it answers: make check runs it with -count=1.
func TestVerifierReachesNoNetwork(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "./cmd/vidne-verify")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, Module+"/internal/verify") {
		t.Fatal("the list does not even hold internal/verify")
	}
	for _, dep := range deps {
		if slices.Contains([]string{"net", "net/http", "crypto/tls", "os/exec", "database/sql"}, dep) {
			t.Errorf("vidne-verify is linked with %s", dep)
		}
		first, _, _ := strings.Cut(dep, "/")
		if strings.Contains(first, ".") && !within(dep, Module) {
			t.Errorf("vidne-verify is linked with %s, which is not ours and not Go's", dep)
		}
	}
}

// TestNoCgo keeps the default build free of C.
func TestNoCgo(t *testing.T) {
	for name, p := range house(t) {
		if files := p.Imports["C"]; files != nil {
			t.Errorf("%s uses cgo: %v", name, files)
		}
	}
}

// plant is a tree with one package of each kind, and whatever a case adds.
func plant(t *testing.T, files map[string]string) Tree {
	t.Helper()
	root := t.TempDir()
	for name, src := range files {
		p := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestPlantedFaultsAreFound shows that each rule can fail.
func TestPlantedFaultsAreFound(t *testing.T) {
	const portal = "package portal\nimport _ \"vidne.dk/vidne/internal/issuer\"\n"
	tests := []struct {
		name  string
		files map[string]string
		check func(Tree) []string
		want  string
	}{
		{"an import off the plan", map[string]string{"internal/media/a.go": "package media\nimport _ \"vidne.dk/vidne/internal/db\"\n"}, CheckPlan, "internal/media imports internal/db"},
		{"a room off the plan", map[string]string{"internal/util/a.go": "package util\n"}, CheckPlan, "internal/util is not on the plan"},
		{"a room that is gone", map[string]string{"internal/media/a.go": "package media\n"}, CheckPlan, "internal/archive is on the plan and not built"},
		{"SQL outside its room", map[string]string{"internal/archive/a.go": "package archive\nimport _ \"database/sql\"\n"}, CheckOwners, "internal/archive imports database/sql"},
		{"a library below its owner's name", map[string]string{"internal/engine/a.go": "package engine\nimport _ \"github.com/bluenviron/gortsplib/v5/pkg/base\"\n"}, CheckOwners, "internal/engine imports github.com/bluenviron"},
		{"a test camera in the engine", map[string]string{"internal/engine/a.go": "package engine\nimport _ \"vidne.dk/vidne/internal/testcam\"\n"}, CheckTestsOnly, "internal/engine imports internal/testcam"},
		{"the portal reaches footage through another", map[string]string{
			"internal/portal/a.go":  portal,
			"internal/issuer/a.go":  "package issuer\nimport _ \"vidne.dk/vidne/internal/ledger\"\n",
			"internal/ledger/a.go":  "package ledger\nimport _ \"vidne.dk/vidne/internal/archive\"\n",
			"internal/archive/a.go": "package archive\n",
		}, CheckStrangers, "internal/portal imports internal/issuer imports internal/ledger imports internal/archive"},
		{"a sub-room of the engine reaches people", map[string]string{
			"internal/engine/health/a.go": "package health\nimport _ \"vidne.dk/vidne/internal/identity\"\n",
		}, CheckStrangers, "internal/engine/health imports internal/identity"},
		{"the verifier calls home", map[string]string{"internal/verify/a.go": "package verify\nimport _ \"net/http\"\n"}, CheckStrangers, "internal/verify imports net/http"},
		{"a comment that says nothing", map[string]string{"internal/media/a.go": "// Package media contains media.\npackage media\n"}, CheckComments, "says too little"},
		{"a file that grew", map[string]string{"internal/media/a.go": "package media\n" + strings.Repeat("\n", TooLongFile)}, func(t Tree) []string { f, _ := CheckLength(t); return f }, "lines, more than"},
	}
	for _, r := range Plan {
		if r.Later {
			came := tests[0]
			came.name, came.files, came.want = "a room that came", map[string]string{r.Path + "/a.go": "package a\n"}, r.Path+" is built, but the plan says later"
			tests = append(tests, came)
			break
		}
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found := test.check(plant(t, test.files))
			if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, test.want) }) {
				t.Errorf("not found: %q in %q", test.want, found)
			}
		})
	}
}

func TestTestFilesMayImportAnything(t *testing.T) {
	tree := plant(t, map[string]string{"internal/media/a_test.go": "package media\nimport _ \"os/exec\"\n"})
	if found := CheckOwners(tree); len(found) > 0 {
		t.Error(found)
	}
}

// TestRaceListNamesRooms keeps test/race.txt from naming what is gone.
func TestRaceListNamesRooms(t *testing.T) {
	tree := house(t)
	f, err := os.Open(filepath.Join("..", "..", "test", "race.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if line := strings.TrimSpace(s.Text()); line != "" && line[0] != '#' && tree[line] == nil {
			t.Errorf("test/race.txt names %s, which is not there", line)
		}
	}
}
