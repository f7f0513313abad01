package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/evidence/evidencetest"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/verify/command"
)

func sealed(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The receiver's command line, on the envelope, on the folder that it came in,
// and on what 7-Zip made of it.
func TestPackagesOnTheCommandLine(t *testing.T) {
	req.Shows(t, "EVID-6")
	k := evidencetest.New(t)
	m := k.Make(t)
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	key, code := file("log.txt", k.LogKey+"\n"), file("code.txt", strings.ToLower(m.Passphrase.Reveal())+"\n")
	wrong := file("wrong.txt", "kodeord\n")
	zip, unpacked := filepath.Join(m.Dir, "BEVIS-"+m.ID+".zip"), filepath.Join(dir, "p")
	if out, err := exec.Command("7zz", "x", "-p"+m.Passphrase.Reveal(), "-o"+unpacked, zip).CombinedOutput(); err != nil {
		t.Fatalf("7-Zip: %s", out)
	}
	run := func(want int, holds string, args ...string) {
		t.Helper()
		var out, bad bytes.Buffer
		got := command.Main("vidne-verify", append([]string{"package"}, args...), &out, &bad)
		if got != want || !strings.Contains(out.String()+bad.String(), holds) {
			t.Errorf("%q: code %d, want %d and %q:\n%s%s", args, got, want, holds, &out, &bad)
		}
	}
	run(0, "I ORDEN", "--cert", k.Cert, "--key", key, unpacked)
	run(0, "I ORDEN", "--cert", k.Cert, "--key", key, "--passphrase-file", code, zip)
	run(0, "GOOD", "--lang", "en", "--cert", k.Cert, "--key", key, "--passphrase-file", code, m.Dir)
	run(0, `"ok":true`, "--json", "--cert", k.Cert, "--key", key, unpacked)
	run(0, "<h1>Kontrolrapport", "--html", "--cert", k.Cert, "--key", key, unpacked)
	run(0, "%PDF-1.4", "--pdf", "--cert", k.Cert, "--key", key, unpacked)
	sum := sha256.Sum256(sealed(t, zip))
	run(0, hex.EncodeToString(sum[:]), "--cert", k.Cert, "--key", key, "--passphrase-file", code, zip)
	run(1, "passer ikke", "--cert", k.Cert, "--key", key, "--passphrase-file", wrong, zip)
	run(1, "ikke 4100-1", "--cert", k.Cert, "--key", key, "--journal", "4100-1", unpacked)
	run(2, "--cert mangler", "--key", key, unpacked)
	run(2, "--key mangler", "--cert", k.Cert, unpacked)
	run(2, "kan ikke forstås", "--cert", k.Cert, "--key", key, "--old", key, unpacked)
	run(2, "offentlig nøgle", "--cert", key, "--key", key, unpacked)
	run(2, "ikke en fil af den slags", "--cert", k.Cert, "--key", key, dir)
	run(2, "ikke en fil af den slags", "--cert", k.Cert, "--key", key, key)
	if err := os.WriteFile(zip+".sha256", []byte(strings.Repeat("0", 64)+"  BEVIS-"+m.ID+".zip\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(1, "ved siden af", "--cert", k.Cert, "--key", key, "--passphrase-file", code, m.Dir)
}
