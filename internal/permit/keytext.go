package permit

import (
	"encoding/base64"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// String is the key as it stands in an engine's configuration:
//
//	ed25519 <base64> from 2026-06-01T00:00:00Z until 2027-06-01T00:00:00Z
//
// without the until where there is none. [ParsePublicKey] reads it.
func (p PublicKey) String() string {
	s := "ed25519 " + base64.StdEncoding.EncodeToString(p.Key) + " from " + p.From.UTC().Format(time.RFC3339Nano)
	if !p.Until.IsZero() {
		s += " until " + p.Until.UTC().Format(time.RFC3339Nano)
	}
	return s
}

// ParsePublicKey reads what [PublicKey.String] writes. What it does not
// understand is fault.Invalid "key.form".
func ParsePublicKey(text string) (PublicKey, error) {
	wrong := func(why string) (PublicKey, error) {
		return PublicKey{}, fault.New(fault.Invalid, "key.form",
			"%s in %.120q: ed25519 <base64> from <time> [until <time>]", why, text)
	}
	f := strings.Fields(text)
	if (len(f) != 4 && len(f) != 6) || f[0] != "ed25519" || f[2] != "from" || len(f) == 6 && f[4] != "until" {
		return wrong("the words are not right")
	}
	var p PublicKey
	var err error
	if p.Key, err = base64.StdEncoding.Strict().DecodeString(f[1]); err != nil {
		return wrong("the key is not base64")
	}
	p.ID = KeyID(p.Key)
	if p.From, err = time.Parse(time.RFC3339Nano, f[3]); err != nil {
		return wrong("the time is not right")
	}
	if len(f) == 6 {
		if p.Until, err = time.Parse(time.RFC3339Nano, f[5]); err != nil {
			return wrong("the time is not right")
		}
	}
	p.From, p.Until = p.From.UTC(), p.Until.UTC()
	if err := p.check(); err != nil {
		return PublicKey{}, fault.As(fault.Invalid, "key.form", err)
	}
	return p, nil
}
