package engine

import (
	"encoding/json"
	"errors"
	"os"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
)

// secret is a private key of 32 bytes. It never prints.
type secret struct{ private []byte }

func (secret) String() string { return "secret" }

// openSecret reads a key from a file that only the engine can read, making
// both at the first start.
func openSecret(name string) (secret, error) {
	private, err := durable.Secret(name, 32)
	return secret{private}, err
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
