package durable

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

// Secret reads a secret of size random bytes from a file, making both at first
// use: readable by its owner alone, base64 on one line. Of two processes that
// begin at once, one makes it. A file that others can read is fault.Invalid,
// secret.open; one that holds something else fault.Corrupt, secret.form.
func Secret(name string, size int) ([]byte, error) {
	raw, err := readSecret(name, size)
	if !errors.Is(err, fs.ErrNotExist) && !fault.Is(err, fault.NotFound) {
		return raw, err
	}
	raw = make([]byte, size)
	if _, err := rand.Read(raw); err != nil {
		return nil, fault.As(fault.Internal, "secret.form", err)
	}
	if err := OS().MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil, err
	}
	if _, err := CreateOnce(name, []byte(base64.StdEncoding.EncodeToString(raw)+"\n"), 0o600); err != nil {
		return nil, err
	}
	return readSecret(name, size)
}

func readSecret(name string, size int) ([]byte, error) {
	b, err := ReadFile(OS(), name)
	if err != nil {
		return nil, err
	}
	info, err := OS().Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fault.New(fault.Invalid, "secret.open", "%s can be read by others: chmod 600", name)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(raw) != size {
		return nil, fault.New(fault.Corrupt, "secret.form", "%s does not hold a secret of %d bytes", name, size)
	}
	return raw, nil
}
