package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// secretFile reads a secret, making it at first use: readable by its owner
// alone, base64 on one line.
func secretFile(path string, size int) ([]byte, error) {
	f := durable.OS()
	b, err := durable.ReadFile(f, path)
	if err == nil {
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
	if !errors.Is(err, fs.ErrNotExist) && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	raw := make([]byte, size)
	if _, err := rand.Read(raw); err != nil {
		return nil, err
	}
	if err := f.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	return raw, durable.WriteFile(f, path, []byte(base64.StdEncoding.EncodeToString(raw)+"\n"), 0o600)
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

// parseIssuer reads a portal's signing key as `vidne keys show` prints it:
// ed25519: and the key in base64. It counts from the first.
func parseIssuer(s string) (permit.PublicKey, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(s), "ed25519:")
	raw, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(raw) != ed25519.PublicKeySize {
		return permit.PublicKey{}, fault.New(fault.Invalid, "config.issuer", "%q is not ed25519: and a key of 32 bytes in base64", s)
	}
	sum := sha256.Sum256(raw)
	return permit.PublicKey{ID: hex.EncodeToString(sum[:8]), Key: raw, From: time.Unix(0, 0).UTC()}, nil
}
