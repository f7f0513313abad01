package envelope

import (
	"crypto/rand"
	"encoding/base32"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

const (
	letters = 24 // of base32: 120 bits
	group   = 4
)

// Passphrase opens an envelope. It is made by [NewPassphrase] or typed by a
// person and read by [ParsePassphrase]; the zero value opens nothing. It is
// shown once and never stored, so it tells itself neither to logs nor to JSON.
type Passphrase struct{ text string }

// NewPassphrase makes one of 120 random bits. AE-2's own way from passphrase
// to key is too cheap to guess (1000 rounds of PBKDF2) for any that a person
// would choose.
func NewPassphrase() (Passphrase, error) {
	raw := make([]byte, letters*5/8)
	if _, err := rand.Read(raw); err != nil {
		return Passphrase{}, fault.As(fault.Internal, "envelope.random", err)
	}
	return grouped(base32.StdEncoding.EncodeToString(raw)), nil
}

// ParsePassphrase reads what a person typed: case, spaces and dashes do not
// count, and 0, 1 and 8, which are not in the alphabet, are read as the O, I
// and B that they were meant as. Anything else is fault.Invalid
// "envelope.passphrase".
func ParsePassphrase(typed string) (Passphrase, error) {
	var b strings.Builder
	for _, r := range strings.ToUpper(typed) {
		switch {
		case strings.ContainsRune(" \t\r\n\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212", r):
		case r >= 'A' && r <= 'Z' || r >= '2' && r <= '7':
			b.WriteRune(r)
		case r == '0' || r == '1' || r == '8':
			b.WriteByte(map[rune]byte{'0': 'O', '1': 'I', '8': 'B'}[r])
		default:
			return Passphrase{}, fault.New(fault.Invalid, "envelope.passphrase", "a sign that no passphrase has")
		}
	}
	if b.Len() != letters {
		return Passphrase{}, fault.New(fault.Invalid, "envelope.passphrase", "%d letters, must be %d", b.Len(), letters)
	}
	return grouped(b.String()), nil
}

func grouped(s string) Passphrase {
	var parts []string
	for i := 0; i < len(s); i += group {
		parts = append(parts, s[i:i+group])
	}
	return Passphrase{strings.Join(parts, "-")}
}

// Reveal is the passphrase as it is printed, typed into 7-Zip, and turned into
// keys: capitals in groups of four with dashes.
func (p Passphrase) Reveal() string { return p.text }

// String, GoString and MarshalText keep it out of logs.
func (p Passphrase) String() string { return "[passphrase]" }

// GoString is String.
func (p Passphrase) GoString() string { return p.String() }

// MarshalText is String.
func (p Passphrase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
