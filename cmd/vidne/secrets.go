package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"os"
	"strings"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
)

// keyFile is an Ed25519 key in a file of its own, made at first use.
func keyFile(path string) (ed25519.PrivateKey, error) {
	seed, err := durable.Secret(path, ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// ownersAlone reads a secret that somebody put into a file, without the space
// around it. A file that others can read is refused.
func ownersAlone(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fault.New(fault.Invalid, "config.secret", "%s can be read by others: chmod 600", path)
	}
	b, err := durable.ReadFile(durable.OS(), path)
	return strings.TrimSpace(string(b)), err
}

// bearer is the secret that the portal shows the engine.
func bearer(path string) (string, error) {
	b, err := durable.Secret(path, 32)
	return base64.RawURLEncoding.EncodeToString(b), err
}
