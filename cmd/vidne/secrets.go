package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
)

// secretFile reads a secret, making it at first use: readable by its owner
// alone, base64 on one line. Of two processes that begin at once, one makes it.
func secretFile(path string, size int) ([]byte, error) {
	raw, err := readSecret(path, size)
	if !errors.Is(err, fs.ErrNotExist) && !fault.Is(err, fault.NotFound) {
		return raw, err
	}
	raw = make([]byte, size)
	if _, err := rand.Read(raw); err != nil {
		return nil, err
	}
	if err := durable.OS().MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if _, err := durable.CreateOnce(path, []byte(base64.StdEncoding.EncodeToString(raw)+"\n"), 0o600); err != nil {
		return nil, err
	}
	return readSecret(path, size)
}

func readSecret(path string, size int) ([]byte, error) {
	f := durable.OS()
	b, err := durable.ReadFile(f, path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fault.New(fault.Invalid, "secret.open", "%s can be read by others: chmod 600", path)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(raw) != size {
		return nil, fault.New(fault.Corrupt, "secret.form", "%s does not hold a secret of %d bytes", path, size)
	}
	return raw, nil
}

// keyFile is an Ed25519 key in a [secretFile].
func keyFile(path string) (ed25519.PrivateKey, error) {
	seed, err := secretFile(path, ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// bearer is the secret that the portal shows the engine.
func bearer(path string) (string, error) {
	b, err := secretFile(path, 32)
	return base64.RawURLEncoding.EncodeToString(b), err
}
