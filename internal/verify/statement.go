package verify

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

const (
	statementDomain = "vidne statement v1\n"
	// maxStatement is the longest signed statement, with room to spare.
	maxStatement = 1 << 20
)

// StatementKey is a public key of an issuer of statements.
type StatementKey struct {
	id     string
	public ed25519.PublicKey
}

// ParseStatementKey reads an Ed25519 public key of 32 bytes, as 64 hex digits
// or base64.
func ParseStatementKey(s string) (StatementKey, error) {
	s = strings.TrimSpace(s)
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != ed25519.PublicKeySize {
		if raw, err = base64.StdEncoding.Strict().DecodeString(s); err != nil || len(raw) != ed25519.PublicKeySize {
			return StatementKey{}, fault.New(fault.Invalid, "verify.key", "not an issuer's public key: %.80q", s)
		}
	}
	sum := sha256.Sum256(raw)
	return StatementKey{hex.EncodeToString(sum[:8]), raw}, nil
}

// ID is the key's name in a statement.
func (k StatementKey) ID() string { return k.id }

// Statement checks a signed statement: its form and that one of the keys has
// signed it. Whether it is in force is for the engine to say.
func Statement(in io.Reader, keys []StatementKey) (*Report, error) {
	b, err := io.ReadAll(io.LimitReader(in, maxStatement+1))
	if err != nil {
		return nil, unreadable(err)
	}
	if !bytes.HasPrefix(b, []byte(`{"vidne":`)) {
		return nil, otherKind(`the file does not begin with {"vidne":`)
	}
	r := &Report{What: "statement"}
	s, ok := parseStatement(strings.TrimSuffix(string(b), "\n"))
	switch {
	case !ok:
		r.wrong("statement.form")
		return r, nil
	case s.version != 1:
		return nil, otherKind("envelope version %d, this program knows 1", s.version)
	}
	for _, k := range keys {
		if k.id != s.key {
			continue
		}
		if !ed25519.Verify(k.public, []byte(statementDomain+s.kind+"\n"+string(s.body)), s.signature) {
			r.wrong("statement.signature", k.id)
			return r, nil
		}
		r.fact("statement.signed", k.id)
		r.describe(s)
		return r, nil
	}
	r.wrong("statement.key", s.key)
	return r, nil
}

type statement struct {
	version         uint64
	kind, key       string
	body, signature []byte
}

// parseStatement takes the envelope apart, which has one form to the byte:
//
//	{"vidne":1,"kind":"<kind>","key":"<16 hex>","body":"<base64>","sig":"<base64>"}
func parseStatement(text string) (s statement, ok bool) {
	part := func(before, until string) (v string) {
		if ok {
			text, ok = strings.CutPrefix(text, before)
		}
		if ok {
			v, text, ok = strings.Cut(text, until)
		}
		return v
	}
	ok = true
	version := part(`{"vidne":`, `,`)
	s.kind = part(`"kind":"`, `"`)
	s.key = part(`,"key":"`, `"`)
	body := part(`,"body":"`, `"`)
	signature := part(`,"sig":"`, `"`)
	if !ok || text != "}" {
		return s, false
	}
	if s.version, ok = number(version); !ok || !isName(s.kind) || len(s.key) != 16 || strings.Trim(s.key, "0123456789abcdef") != "" {
		return s, false
	}
	if s.body, ok = oneBase64(body); !ok {
		return s, false
	}
	s.signature, ok = oneBase64(signature)
	return s, ok && len(s.signature) == ed25519.SignatureSize
}

func oneBase64(s string) ([]byte, bool) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	return b, err == nil && base64.StdEncoding.EncodeToString(b) == s
}

// describe checks the body's form and tells what every statement tells.
func (r *Report) describe(s statement) {
	var tight bytes.Buffer
	var head struct {
		V          int    `json:"v"`
		ID         string `json:"id"`
		Controller string `json:"controller"`
		Engine     string `json:"engine"`
		Issued     string `json:"issued"`
		By         string `json:"by"`
	}
	if json.Compact(&tight, s.body) != nil || !bytes.Equal(tight.Bytes(), s.body) || !onceEach(s.body) ||
		json.Unmarshal(s.body, &head) != nil || !isHex(head.ID) || head.V < 1 {
		r.wrong("statement.body")
		return
	}
	r.fact("statement.what", s.kind, head.ID, strconv.Itoa(head.V))
	r.fact("statement.head", head.Controller, head.Engine, head.Issued)
}

// onceEach reports whether no object in the JSON has a member twice, which
// readers would understand differently.
func onceEach(b []byte) bool {
	d := json.NewDecoder(bytes.NewReader(b))
	type level struct {
		names map[string]bool // nil in an array
		value bool            // the next token is a value
	}
	var stack []level
	for {
		t, err := d.Token()
		if err != nil {
			return err == io.EOF && len(stack) == 0
		}
		var top *level
		if len(stack) > 0 {
			top = &stack[len(stack)-1]
		}
		if name, ok := t.(string); ok && top != nil && top.names != nil && !top.value {
			if top.names[name] {
				return false
			}
			top.names[name], top.value = true, true
			continue
		}
		if top != nil {
			top.value = false
		}
		switch t {
		case json.Delim('{'):
			stack = append(stack, level{names: map[string]bool{}})
		case json.Delim('['):
			stack = append(stack, level{})
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:len(stack)-1]
		}
		if len(stack) > 64 {
			return false
		}
	}
}
