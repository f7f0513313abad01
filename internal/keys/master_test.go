package keys

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

func TestMasterFromFile(t *testing.T) {
	req.Shows(t, "KEEP-1")
	dir := t.TempDir()
	name := filepath.Join(dir, "sub", "master")
	must(t, MakeMasterFile(durable.OS(), name))
	k, err := MasterFromFile(name)
	must(t, err)
	if k == (Key{}) {
		t.Error("an empty key")
	}
	if err := MakeMasterFile(durable.OS(), name); fault.Key(err) != "key.master-exists" {
		t.Errorf("a master key was replaced: %v", err)
	}
	raw := filepath.Join(dir, "raw")
	must(t, os.WriteFile(raw, k[:], 0o600))
	if got, err := MasterFromFile(raw); err != nil || got != k {
		t.Errorf("32 bytes: %v", err)
	}
	link := filepath.Join(dir, "link")
	must(t, os.Symlink(raw, link))
	other := filepath.Join(dir, "other")
	must(t, os.WriteFile(other, k[:], 0o600), os.Chown(other, os.Geteuid(), -1))
	if os.Geteuid() == 0 {
		must(t, os.Chown(other, 65534, -1))
	} else {
		other = link // only root can give a file away
	}
	for what, name := range map[string]string{"a link": link, "a directory": dir, "another's": other} {
		if _, err := MasterFromFile(name); !fault.Is(err, fault.Denied) || fault.Key(err) != "key.master-open" {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o644, 0o610} {
		must(t, os.Chmod(raw, mode))
		if _, err := MasterFromFile(raw); fault.Key(err) != "key.master-open" {
			t.Errorf("mode %v: %v", mode, err)
		}
	}
	must(t, os.Chmod(raw, 0o600))
	for _, text := range []string{"short", hex.EncodeToString(k[:]) + "00", "x" + hex.EncodeToString(k[:])[1:]} {
		must(t, os.WriteFile(raw, []byte(text), 0o600))
		if _, err := MasterFromFile(raw); fault.Key(err) != "key.master-form" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestMasterFromSystemd(t *testing.T) {
	dir := t.TempDir()
	k := NewKey()
	must(t, os.WriteFile(filepath.Join(dir, "vidne-master"), []byte(hex.EncodeToString(k[:])+"\n"), 0o440))
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	if got, err := MasterFromSystemd("vidne-master"); err != nil || got != k {
		t.Errorf("got %v", err)
	}
	for _, name := range []string{"", "..", "../x", "missing"} {
		if _, err := MasterFromSystemd(name); fault.Key(err) != "key.credentials" {
			t.Errorf("%q: %v", name, err)
		}
	}
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	if _, err := MasterFromSystemd("vidne-master"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("outside a service: %v", err)
	}
}

func TestMasterFromPassphrase(t *testing.T) {
	f := durabletest.NewCrash(1)
	if _, err := MasterFromPassphrase(f, "/k", "elleve tegn"); fault.Key(err) != "key.passphrase" {
		t.Errorf("too short: %v", err)
	}
	a, err := MasterFromPassphrase(f, "/k", "en lang adgangsfrase")
	must(t, err)
	b, err := MasterFromPassphrase(f, "/k", "en lang adgangsfrase")
	must(t, err)
	c, err := MasterFromPassphrase(f, "/k", "en anden adgangsfrase")
	must(t, err)
	d, err := MasterFromPassphrase(f, "/other", "en lang adgangsfrase")
	must(t, err)
	if a != b || a == c || a == d || a == (Key{}) {
		t.Error("the same phrase and salt give the same key, others another")
	}
	_, err = Open(f, "/k", a)
	must(t, err, f.Remove("/k/"+SaltFile))
	if _, err := MasterFromPassphrase(f, "/k", "en lang adgangsfrase"); !fault.Is(err, fault.Corrupt) {
		t.Errorf("a lost salt beside a slot file: %v", err)
	}
	must(t, durable.WriteFile(f, "/k/"+SaltFile, []byte("x"), 0o600))
	if _, err := MasterFromPassphrase(f, "/k", "en lang adgangsfrase"); fault.Key(err) != "key.salt" {
		t.Errorf("a damaged salt: %v", err)
	}
}

func TestWrap(t *testing.T) {
	kek, dek := NewKey(), NewKey()
	w := Wrap(kek, dek, []byte("for"))
	if len(w) != WrappedSize || bytes.Equal(w, Wrap(kek, dek, []byte("for"))) {
		t.Error("60 bytes, another nonce each time")
	}
	if got, err := Unwrap(kek, w, []byte("for")); err != nil || got != dek {
		t.Errorf("got %v", err)
	}
	bad := bytes.Clone(w)
	bad[30] ^= 1
	for what, try := range map[string]func() (Key, error){
		"another key":   func() (Key, error) { return Unwrap(dek, w, []byte("for")) },
		"another aad":   func() (Key, error) { return Unwrap(kek, w, []byte("not")) },
		"a changed bit": func() (Key, error) { return Unwrap(kek, bad, []byte("for")) },
		"too short":     func() (Key, error) { return Unwrap(kek, w[:59], []byte("for")) },
	} {
		if k, err := try(); !fault.Is(err, fault.Corrupt) || k != (Key{}) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
