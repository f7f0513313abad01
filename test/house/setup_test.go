package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/req"
)

// machine is a pretended machine: its programs, and what apt-get was asked.
type machine struct {
	root, bin, asked string
}

// newMachine copies what scripts/setup reads and makes programs that answer
// as on a machine with these Debian packages and this Node.
func newMachine(t *testing.T, uid, node string, installed ...string) machine {
	t.Helper()
	dir := t.TempDir()
	m := machine{root: filepath.Join(dir, "repo"), bin: filepath.Join(dir, "bin"), asked: filepath.Join(dir, "asked")}
	for _, name := range []string{"scripts/setup", "scripts/debian-packages", "test/partial.txt", "go.mod", "package-lock.json"} {
		data, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		m.write(t, filepath.Join(m.root, filepath.FromSlash(name)), string(data))
	}
	m.write(t, filepath.Join(m.root, "test", "partial.txt"), "# words\nchromium e2e TestStories the pages in a browser\nroot fence TestNoNetwork that ffmpeg has no network\nstrace fault TestBrokenDisk faults\n")
	m.program(t, "node", "echo "+node)
	m.program(t, "npm", `mkdir -p node_modules`)
	m.program(t, "go", `[ "$1 $2" = "env GOVERSION" ] && echo go1.26.8`)
	m.program(t, "id", `case $1 in -u) echo `+uid+` ;; *) exit 1 ;; esac`)
	m.program(t, "unshare", "exit 0")
	m.program(t, "useradd", `echo "useradd ${@: -1}" >>`+m.asked)
	m.program(t, "apt-get", `echo "apt-get $*" >>`+m.asked)
	m.program(t, "dpkg-query", `for p in `+strings.Join(installed, " ")+`; do [ "$p" = "${@: -1}" ] && { echo installed; exit 0; }; done; exit 1`)
	return m
}

func (m machine) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func (m machine) program(t *testing.T, name, body string) {
	t.Helper()
	m.write(t, filepath.Join(m.bin, name), "#!/bin/bash\n"+body+"\n")
}

// setup runs scripts/setup and returns what it said and whether it was content.
func (m machine) setup(t *testing.T, goal string) (string, bool) {
	t.Helper()
	cmd := exec.Command(filepath.Join(m.root, "scripts", "setup"), goal)
	cmd.Env = []string{"PATH=" + m.bin + ":/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + t.TempDir()}
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

func (m machine) was(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(m.asked)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(data)
}

// packages are the names in scripts/debian-packages for a goal.
func packages(t *testing.T, goal string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "scripts", "debian-packages"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, line := range strings.Split(string(data), "\n") {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		if len(f) < 4 {
			t.Fatalf("scripts/debian-packages: %q gives no reason", line)
		}
		if goal != "demo" || f[1] == "demo" {
			names = append(names, f[0])
		}
	}
	return names
}

func without(names []string, gone string) []string {
	var rest []string
	for _, n := range names {
		if n != gone {
			rest = append(rest, n)
		}
	}
	return rest
}

func TestSetupInstallsWhatIsMissingAndNoMore(t *testing.T) {
	req.Shows(t, "OPS-1")
	m := newMachine(t, "0", "v20.1.0", without(packages(t, "test"), "strace")...)
	out, ok := m.setup(t, "test")
	if !ok {
		t.Fatal(out)
	}
	asked := m.was(t)
	if !strings.Contains(asked, " update") || !strings.Contains(asked, "install --no-install-recommends strace\n") {
		t.Errorf("apt-get was asked:\n%s", asked)
	}
	if !strings.Contains(asked, "useradd vidne-test") {
		t.Errorf("no user was made for servers that refuse root:\n%s", asked)
	}
}

func TestSetupLeavesAptAloneWhereNothingIsMissing(t *testing.T) {
	m := newMachine(t, "0", "v22.0.0", packages(t, "test")...)
	if out, ok := m.setup(t, "test"); !ok {
		t.Fatal(out)
	}
	if strings.Contains(m.was(t), "apt-get") {
		t.Errorf("apt-get was asked:\n%s", m.was(t))
	}
}

func TestDemoNeedsNoTestPackages(t *testing.T) {
	req.Shows(t, "OPS-1")
	m := newMachine(t, "0", "v20.1.0", packages(t, "demo")...)
	if out, ok := m.setup(t, "demo"); !ok {
		t.Fatal(out)
	}
	if m.was(t) != "" {
		t.Errorf("asked:\n%s", m.was(t))
	}
}

func TestNotRootItSaysWhatToAskFor(t *testing.T) {
	req.Shows(t, "OPS-1")
	m := newMachine(t, "1000", "v20.1.0", without(packages(t, "test"), "chromium")...)
	out, ok := m.setup(t, "test")
	if !ok {
		t.Fatal(out)
	}
	for _, want := range []string{"install --no-install-recommends chromium", "without chromium: e2e TestStories", "without root: fence TestNoNetwork"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "TestBrokenDisk") {
		t.Errorf("it names a test that can run:\n%s", out)
	}
	if m.was(t) != "" {
		t.Errorf("asked:\n%s", m.was(t))
	}
	lacking, err := os.ReadFile(filepath.Join(m.root, ".cache", "partial"))
	if err != nil || !strings.HasPrefix(string(lacking), "root\n") || !strings.HasSuffix(string(lacking), "\nchromium\ndetector\n") {
		t.Errorf("noted as lacking: %q, %v", lacking, err)
	}
}

func TestNotRootTheDemoEndsWithoutItsPackages(t *testing.T) {
	m := newMachine(t, "1000", "v20.1.0", without(packages(t, "demo"), "ffmpeg")...)
	out, ok := m.setup(t, "demo")
	if ok || !strings.Contains(out, "apt-get install --no-install-recommends ffmpeg") {
		t.Errorf("ok %v:\n%s", ok, out)
	}
}

func TestOldNodeAndGoAreNamedAndLeftAlone(t *testing.T) {
	req.Shows(t, "OPS-1")
	tests := []struct{ name, program, body, want string }{
		{"Debian's own Node", "node", "echo v18.20.4", "need Node 20 or later; here is v18.20.4"},
		{"Debian's own Go", "go", "echo go1.19.8", "here is 1.19.8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, "0", "v20.1.0", packages(t, "test")...)
			m.program(t, test.program, test.body)
			out, ok := m.setup(t, "test")
			if ok || !strings.Contains(out, test.want) {
				t.Errorf("ok %v:\n%s", ok, out)
			}
			if m.was(t) != "" {
				t.Errorf("asked:\n%s", m.was(t))
			}
		})
	}
}
