package permit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Sizes of the wire, so that nothing that arrives can cost much before its
// signature is known to be good.
const (
	// MaxBody is the longest body, in bytes.
	MaxBody = 256 << 10
	// MaxSigned is the longest signed statement as sent, in bytes: the body in
	// base64 and what stands around it.
	MaxSigned = MaxBody/3*4 + 1024
	// MaxDepth is how deep a body's arrays and objects may lie in each other.
	// The deepest kind, a mask, needs 4.
	MaxDepth = 8
)

// domain separates these signatures from everything else that the same key
// might ever sign.
const domain = "vidne statement v1\n"

// wireVersion is the version of the envelope below.
const wireVersion = 1

// Signed is a statement on the wire. Its bytes are
//
//	{"vidne":1,"kind":"permit","key":"<16 hex>","body":"<base64>","sig":"<base64>"}
//
// in exactly that form; the signature is over [Signed.Message].
// docs/ref/statement.md is the reference.
type Signed struct {
	Kind Kind
	Key  string // PublicKey.ID of the signer
	Body []byte // canonical JSON of the statement
	Sig  []byte // Ed25519, 64 bytes
}

type wire struct {
	Vidne int    `json:"vidne"`
	Kind  Kind   `json:"kind"`
	Key   string `json:"key"`
	Body  []byte `json:"body"`
	Sig   []byte `json:"sig"`
}

// Message is what is signed: the domain line, the kind, a newline, the body.
func (s *Signed) Message() []byte {
	m := make([]byte, 0, len(domain)+len(s.Kind)+1+len(s.Body))
	m = append(m, domain...)
	m = append(m, s.Kind...)
	m = append(m, '\n')
	return append(m, s.Body...)
}

// Encode returns the one encoding of s.
func (s *Signed) Encode() []byte {
	w := wire{wireVersion, s.Kind, s.Key, s.Body, s.Sig}
	if w.Body == nil {
		w.Body = []byte{}
	}
	if w.Sig == nil {
		w.Sig = []byte{}
	}
	b, err := marshal(w)
	if err != nil { // strings, numbers and bytes always encode
		panic(err)
	}
	return b
}

// DecodeSigned reads the envelope and refuses every form but the one that
// [Signed.Encode] makes. It does not check the signature: [Keyring.Open] does.
func DecodeSigned(b []byte) (*Signed, error) {
	if len(b) > MaxSigned {
		return nil, refused("statement.form", "%d bytes, more than %d", len(b), MaxSigned)
	}
	if err := shallow(b, 1); err != nil {
		return nil, err
	}
	var peek struct {
		Vidne int `json:"vidne"`
	}
	if err := json.Unmarshal(b, &peek); err != nil {
		return nil, fault.As(fault.Refused, "statement.form", err)
	}
	if peek.Vidne > wireVersion {
		return nil, refused("statement.version", "envelope version %d, this program knows %d", peek.Vidne, wireVersion)
	}
	var w wire
	if err := strict(b, &w); err != nil {
		return nil, err
	}
	s := &Signed{w.Kind, w.Key, w.Body, w.Sig}
	switch {
	case w.Vidne != wireVersion:
		return nil, refused("statement.form", "envelope version %d", w.Vidne)
	case !bytes.Equal(s.Encode(), b):
		return nil, refused("statement.form", "not the canonical encoding")
	case len(w.Sig) != ed25519.SignatureSize:
		return nil, refused("statement.form", "signature of %d bytes", len(w.Sig))
	case !isHex(w.Key, 16):
		return nil, refused("statement.form", "key id %.20q", w.Key)
	case len(w.Body) > MaxBody:
		return nil, refused("statement.form", "body of %d bytes", len(w.Body))
	}
	if blank(w.Kind) == nil {
		return nil, refused("statement.unknown", "kind %.40q", w.Kind)
	}
	return s, nil
}

// Read decodes the body strictly and checks it, but not the signature: for
// whoever keeps what he signed himself, or shows what he has been given.
// Nothing may be obeyed on it.
func (s *Signed) Read() (Statement, error) { return decodeBody(s.Kind, s.Body) }

// version is which version of each kind's body this program writes and reads.
func version(Kind) int { return 1 }

// blank makes an empty statement of a kind, or nil for a kind unknown.
func blank(k Kind) Statement {
	switch k {
	case KindPermit:
		return new(Permit)
	case KindLease:
		return new(Lease)
	case KindRevocation:
		return new(Revocation)
	case KindCamera:
		return new(Camera)
	case KindProbe:
		return new(Probe)
	case KindStill:
		return new(Still)
	case KindTicket:
		return new(Ticket)
	case KindLive:
		return new(Live)
	case KindMask:
		return new(Mask)
	case KindMaskLift:
		return new(MaskLift)
	case KindHold:
		return new(Hold)
	case KindNotice:
		return new(Notice)
	case KindRelease:
		return new(Release)
	case KindExport:
		return new(Export)
	case KindStop:
		return new(Stop)
	case KindRestart:
		return new(Restart)
	case KindKeyRoll:
		return new(KeyRoll)
	case KindTimeCheck:
		return new(TimeCheck)
	}
	return nil
}

// decodeBody reads a body strictly, and checks it. Call it only on a body
// whose signature is good.
func decodeBody(k Kind, b []byte) (Statement, error) {
	s := blank(k)
	if s == nil {
		return nil, refused("statement.unknown", "kind %.40q", k)
	}
	if len(b) > MaxBody {
		return nil, refused("statement.form", "body of %d bytes", len(b))
	}
	if err := shallow(b, MaxDepth); err != nil {
		return nil, err
	}
	var peek struct {
		V int `json:"v"`
	}
	if err := json.Unmarshal(b, &peek); err != nil {
		return nil, fault.As(fault.Refused, "statement.form", err)
	}
	if v := version(k); peek.V > v {
		return nil, refused("statement.version", "%s version %d, this program knows %d", k, peek.V, v)
	}
	if err := strict(b, s); err != nil {
		return nil, err
	}
	normalise(reflect.ValueOf(s).Elem())
	again, err := marshal(s)
	if err != nil {
		return nil, fault.As(fault.Refused, "statement.form", err)
	}
	if !bytes.Equal(again, b) {
		return nil, refused("statement.form", "not the canonical encoding")
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	return s, nil
}

// encodeBody returns the canonical body of s and leaves s as it is.
func encodeBody(s Statement) ([]byte, Statement, error) {
	first, err := marshal(s)
	if err != nil {
		return nil, nil, fault.As(fault.Invalid, "statement.form", err)
	}
	c := blank(s.Kind())
	if err := json.Unmarshal(first, c); err != nil {
		return nil, nil, fault.As(fault.Invalid, "statement.form", err)
	}
	normalise(reflect.ValueOf(c).Elem())
	b, err := marshal(c)
	if err != nil {
		return nil, nil, fault.As(fault.Invalid, "statement.form", err)
	}
	if len(b) > MaxBody {
		return nil, nil, fault.New(fault.Invalid, "statement.form", "body of %d bytes, more than %d", len(b), MaxBody)
	}
	return b, c, nil
}

// marshal is JSON without the HTML escapes, which serve nobody here.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte{'\n'}), nil
}

func strict(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fault.As(fault.Refused, "statement.form", err)
	}
	if d.InputOffset() != int64(len(b)) {
		return refused("statement.form", "something after the end")
	}
	return nil
}

// shallow refuses nesting deeper than limit, before a decoder recurses.
func shallow(b []byte, limit int) error {
	depth, inString := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return refused("statement.form", "nested deeper than %d", limit)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// normalise gives v the one form that is written: lists never null, times in
// UTC with whole microseconds.
func normalise(v reflect.Value) {
	if t, ok := v.Interface().(time.Time); ok {
		v.Set(reflect.ValueOf(t.UTC().Truncate(time.Microsecond)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			normalise(v.Field(i))
		}
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		for i := range v.Len() {
			normalise(v.Index(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			normalise(v.Index(i))
		}
	}
}

// NewID makes a random statement number.
func NewID() ID {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return ID(hex.EncodeToString(b[:]))
}

// KeyID is the name of a public key: hex of the first 8 bytes of its SHA-256.
func KeyID(key []byte) string {
	h := sha256.Sum256(key)
	return hex.EncodeToString(h[:8])
}

func isHex(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func refused(key, format string, args ...any) error {
	return fault.New(fault.Refused, key, format, args...)
}
