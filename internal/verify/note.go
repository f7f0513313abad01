package verify

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/fault"
)

const (
	maxNote       = 1 << 20
	maxSignatures = 16
	originPrefix  = "vidne/"
	timeForm      = "2006-01-02T15:04:05.000000Z"
	algEd25519    = 1
)

// Key is a public key of a log, in whose name it signs.
type Key struct {
	origin string
	hash   [4]byte
	public ed25519.PublicKey
}

// ParseKey reads a verifier key, "<origin>+<hash>+<base64>".
func ParseKey(s string) (Key, error) {
	bad := fault.New(fault.Invalid, "verify.key", "not a log's public key: %.80q", s)
	parts := strings.SplitN(strings.TrimSpace(s), "+", 3) // base64 holds plus signs
	if len(parts) != 3 || !isOrigin(parts[0]) {
		return Key{}, bad
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != algEd25519 {
		return Key{}, bad
	}
	k := Key{origin: parts[0], public: raw[1:]}
	sum := sha256.Sum256([]byte(k.origin + "\n" + string(raw)))
	copy(k.hash[:], sum[:4])
	if parts[1] != hex.EncodeToString(k.hash[:]) {
		return Key{}, bad
	}
	return k, nil
}

// ID is the key's short name.
func (k Key) ID() string { return k.origin + "+" + hex.EncodeToString(k.hash[:]) }

// isOrigin reports whether s is "vidne/" and a log's name.
func isOrigin(s string) bool {
	name, ok := strings.CutPrefix(s, originPrefix)
	return ok && isName(name)
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// checkpoint is a note's text, read.
type checkpoint struct {
	origin string
	size   uint64
	root   digest
	at     int64 // microseconds
}

// openCheckpoint reads a checkpoint and checks its signatures. What is wrong
// goes into the report; ok says whether the text may be believed.
func openCheckpoint(r *Report, msg []byte, keys []Key) (c checkpoint, ok bool) {
	c, text, signatures, ok := splitNote(msg)
	if !ok {
		r.wrong("checkpoint.form")
		return c, false
	}
	good, others := 0, 0
	for _, line := range signatures {
		origin, blob, _ := strings.Cut(line, " ")
		raw, err := base64.StdEncoding.Strict().DecodeString(blob)
		if err != nil || len(raw) < 5 {
			r.wrong("checkpoint.form")
			return c, false
		}
		known := false
		for _, k := range keys {
			if k.origin != origin || !bytes.Equal(k.hash[:], raw[:4]) {
				continue
			}
			known = true
			if !ed25519.Verify(k.public, text, raw[4:]) {
				r.wrong("checkpoint.signature", k.ID())
				return c, false
			}
			if origin == c.origin {
				good++
				r.fact("checkpoint.signed", k.ID(), c.size, moment(c.at))
			}
		}
		if !known {
			others++
		}
	}
	if good == 0 {
		r.wrong("checkpoint.unsigned", c.origin)
		return c, false
	}
	if others > 0 {
		r.fact("checkpoint.others", others)
	}
	return c, true
}

// splitNote takes a checkpoint apart. The text includes its last newline,
// which is what is signed.
func splitNote(msg []byte) (c checkpoint, text []byte, signatures []string, ok bool) {
	if len(msg) > maxNote || !utf8.Valid(msg) {
		return c, nil, nil, false
	}
	body, tail, found := strings.Cut(string(msg), "\n\n")
	lines := strings.Split(body, "\n")
	if !found || len(lines) != 4 || !isOrigin(lines[0]) || !strings.HasSuffix(tail, "\n") {
		return c, nil, nil, false
	}
	c.origin = lines[0]
	if c.size, ok = number(lines[1]); !ok {
		return c, nil, nil, false
	}
	if c.root, ok = hashText(lines[2]); !ok {
		return c, nil, nil, false
	}
	when, found := strings.CutPrefix(lines[3], "time ")
	at, err := time.Parse(timeForm, when)
	if !found || err != nil || at.Format(timeForm) != when {
		return c, nil, nil, false
	}
	c.at = at.UnixMicro()
	for _, line := range strings.Split(strings.TrimSuffix(tail, "\n"), "\n") {
		rest, found := strings.CutPrefix(line, "— ")
		origin, blob, two := strings.Cut(rest, " ")
		if !found || !two || origin == "" || blob == "" || strings.ContainsAny(line, "\r\x00") {
			return c, nil, nil, false
		}
		signatures = append(signatures, rest)
	}
	if len(signatures) == 0 || len(signatures) > maxSignatures {
		return c, nil, nil, false
	}
	return c, []byte(body + "\n"), signatures, true
}

// number reads a decimal number of 63 bits in its one form.
func number(s string) (uint64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return uint64(n), err == nil && n >= 0 && strconv.FormatInt(n, 10) == s
}

// hashText reads 32 bytes of base64 in their one form.
func hashText(s string) (d digest, ok bool) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != len(d) || base64.StdEncoding.EncodeToString(b) != s {
		return d, false // the decoder skips line breaks, the comparison does not
	}
	copy(d[:], b)
	return d, true
}
