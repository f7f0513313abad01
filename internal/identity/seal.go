package identity

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"vidne.dk/vidne/internal/fault"
)

// Secrets of second factors are kept, and what goes out to a browser and comes
// back is sealed, under a key of the portal with AES-256-GCM. Each purpose has
// a key of its own, and what is sealed for one account opens for no other.

func (d *Directory) aead(purpose string) (cipher.AEAD, error) {
	if d.key == ([32]byte{}) {
		return nil, fault.New(fault.Unavailable, "factor.unsealed", "no key to keep second factors under")
	}
	key, err := hkdf.Key(sha256.New, d.key[:], nil, "vidne "+purpose, 32)
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	a, err := cipher.NewGCMWithRandomNonce(block)
	return a, fault.As(fault.Internal, "", err)
}

func (d *Directory) sealBytes(purpose, account string, plain []byte) ([]byte, error) {
	a, err := d.aead(purpose)
	if err != nil {
		return nil, err
	}
	return a.Seal(nil, nil, plain, []byte(account)), nil //nolint:gosec // the nonce is drawn anew by each Seal
}

func (d *Directory) unsealBytes(purpose, account string, sealed []byte) ([]byte, error) {
	a, err := d.aead(purpose)
	if err != nil {
		return nil, err
	}
	plain, err := a.Open(nil, nil, sealed, []byte(account))
	return plain, fault.As(fault.Corrupt, "factor.sealed", err)
}

func (d *Directory) seal(purpose, account string, value any) (string, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return "", fault.As(fault.Internal, "", err)
	}
	sealed, err := d.sealBytes(purpose, account, plain)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

func (d *Directory) unseal(purpose, account, sealed string, value any) error {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return fault.As(fault.Invalid, "factor.sealed", err)
	}
	plain, err := d.unsealBytes(purpose, account, raw)
	if err != nil {
		return err
	}
	return fault.As(fault.Corrupt, "factor.sealed", json.Unmarshal(plain, value))
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}
