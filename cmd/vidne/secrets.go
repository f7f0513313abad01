package main

import (
	"crypto/ed25519"
	"encoding/base64"

	"vidne.dk/vidne/internal/durable"
)

// keyFile is an Ed25519 key in a file of its own, made at first use.
func keyFile(path string) (ed25519.PrivateKey, error) {
	seed, err := durable.Secret(path, ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// bearer is the secret that the portal shows the engine.
func bearer(path string) (string, error) {
	b, err := durable.Secret(path, 32)
	return base64.RawURLEncoding.EncodeToString(b), err
}
