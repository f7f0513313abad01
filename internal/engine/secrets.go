package engine

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
)

// secret is a private key of 32 bytes and its public half. It never prints.
type secret struct{ private []byte }

func (secret) String() string { return "secret" }

// makeSecret reads a private key from a file that only the engine can read,
// making both at the first start.
func makeSecret(f durable.FS, name string, generate func() (private, public []byte, err error)) (secret, error) {
	info, err := f.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		private, _, err := generate()
		if err != nil {
			return secret{}, err
		}
		if err := durable.WriteFile(f, name, []byte(hex.EncodeToString(private)+"\n"), 0o600); err != nil {
			return secret{}, err
		}
	case err != nil:
		return secret{}, durable.Fault(err)
	case info.Mode().Perm()&0o077 != 0:
		return secret{}, fault.New(fault.Denied, "key.readable", "%s can be read by others (mode %o); it must be 0600", name, info.Mode().Perm())
	}
	b, err := durable.ReadFile(f, name)
	if err != nil {
		return secret{}, err
	}
	private, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(private) != 32 {
		return secret{}, fault.New(fault.Corrupt, "key.form", "%s holds no key", name)
	}
	return secret{private: private}, nil
}

func newLedgerKey() (private, public []byte, err error) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, fault.As(fault.Internal, "key.form", err)
	}
	return key.Seed(), pub, nil
}

// keeper keeps the trusted clock's mark in a file.
type keeper struct {
	f    durable.FS
	name string
}

func (k keeper) Load() (a clock.Anchor, err error) {
	b, err := durable.ReadFile(k.f, k.name)
	if errors.Is(err, os.ErrNotExist) || fault.Is(err, fault.NotFound) {
		return clock.Anchor{}, nil
	}
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return a, fault.As(fault.Corrupt, "clock.mark", err)
	}
	return a, nil
}

func (k keeper) Save(a clock.Anchor) error {
	b, err := json.Marshal(a)
	if err != nil {
		return fault.As(fault.Internal, "clock.mark", err)
	}
	return durable.WriteFile(k.f, k.name, b, 0o600)
}
