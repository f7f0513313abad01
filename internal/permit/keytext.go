package permit

import (
	"encoding/base64"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// String is the key as it stands in an engine's configuration:
//
//	ed25519:<base64> from 2026-06-01T00:00:00Z until 2027-06-01T00:00:00Z
//
// without the from where it counts from the first, and without the until where
// it has no end. [ParsePublicKey] reads it.
func (p PublicKey) String() string {
	s := keyPrefix + base64.StdEncoding.EncodeToString(p.Key)
	if p.From.Unix() > 0 {
		s += " from " + p.From.UTC().Format(time.RFC3339Nano)
	}
	if !p.Until.IsZero() {
		s += " until " + p.Until.UTC().Format(time.RFC3339Nano)
	}
	return s
}

const keyPrefix = "ed25519:"

// ParsePublicKey reads what [PublicKey.String] writes. What it does not
// understand is fault.Invalid "key.form".
func ParsePublicKey(text string) (PublicKey, error) {
	wrong := func(why string) (PublicKey, error) {
		return PublicKey{}, fault.New(fault.Invalid, "key.form",
			"%s in %.120q: ed25519:<base64> [from <time>] [until <time>]", why, text)
	}
	f := strings.Fields(text)
	if len(f) == 0 || !strings.HasPrefix(f[0], keyPrefix) {
		return wrong("no key")
	}
	p := PublicKey{From: time.Unix(0, 0).UTC()}
	var err error
	if p.Key, err = base64.StdEncoding.Strict().DecodeString(f[0][len(keyPrefix):]); err != nil {
		return wrong("the key is not base64")
	}
	p.ID = KeyID(p.Key)
	for f = f[1:]; len(f) > 0; f = f[2:] {
		if len(f) == 1 {
			return wrong("a time is missing")
		}
		t, err := time.Parse(time.RFC3339Nano, f[1])
		if err != nil {
			return wrong("the time is not right")
		}
		switch {
		case f[0] == "from" && p.From.Unix() == 0 && p.Until.IsZero():
			p.From = t.UTC()
		case f[0] == "until" && p.Until.IsZero():
			p.Until = t.UTC()
		default:
			return wrong("a word is not right")
		}
	}
	if err := p.check(); err != nil {
		return PublicKey{}, fault.As(fault.Invalid, "key.form", err)
	}
	return p, nil
}
