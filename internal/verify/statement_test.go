package verify_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/verify"
)

// signed is a stop, as the portal signs it.
func signed(t testing.TB) []byte {
	t.Helper()
	signer, err := permit.NewSigner(seed(7))
	must(t, err)
	s, err := permit.Sign(&permit.Revocation{
		Head:   permit.Head{V: 1, ID: permit.ID(strings.Repeat("0f", 16)), Controller: "herning", Engine: "motor-1", Issued: start, By: "p-12"},
		Permit: permit.ID(strings.Repeat("3c", 16)), Reason: "sagen er slut",
	}, signer)
	must(t, err)
	return s.Encode()
}

func issuer(t testing.TB, n byte) verify.StatementKey {
	t.Helper()
	public, _ := seed(n).Public().(ed25519.PublicKey)
	k, err := verify.ParseStatementKey(hex.EncodeToString(public))
	must(t, err)
	return k
}

func TestStatements(t *testing.T) {
	req.Shows(t, "EVID-6")
	file := signed(t)
	r, err := verify.Statement(bytes.NewReader(file), []verify.StatementKey{issuer(t, 8), issuer(t, 7)})
	must(t, err)
	if s := words(t, r); !r.OK() || !strings.Contains(s, "revocation") || !strings.Contains(s, "motor-1") {
		t.Error(s)
	}
	if r, err := verify.Statement(bytes.NewReader(append(bytes.Clone(file), '\n')), []verify.StatementKey{issuer(t, 7)}); err != nil || !r.OK() {
		t.Errorf("with a newline at the end: %v", err)
	}
	if r, err := verify.Statement(bytes.NewReader(file), []verify.StatementKey{issuer(t, 8)}); err != nil || !r.Has("statement.key") {
		t.Errorf("another's key: %v %v", r, err)
	}
	for i := range file {
		for bit := range 8 {
			bad := bytes.Clone(file)
			bad[i] ^= 1 << bit
			r, err := verify.Statement(bytes.NewReader(bad), []verify.StatementKey{issuer(t, 7)})
			if err == nil && r.OK() {
				t.Fatalf("bit %d of byte %d (%q) may be flipped", bit, i, file[i])
			}
		}
	}
	for _, bad := range []string{"", "{}", strings.Replace(string(file), `{"vidne":1`, `{"vidne":2`, 1), `{"vidne": 1`} {
		r, err := verify.Statement(strings.NewReader(bad), []verify.StatementKey{issuer(t, 7)})
		if err == nil && r.OK() || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	for _, bad := range []string{"", "zz", strings.Repeat("0", 62)} {
		if _, err := verify.ParseStatementKey(bad); err == nil {
			t.Errorf("key %q", bad)
		}
	}
}

// A body that its readers would understand differently is no good statement,
// though the signature is right.
func TestStatementBodies(t *testing.T) {
	signer := seed(7)
	for body, ok := range map[string]bool{
		`{"v":1,"id":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"}`:                     true,
		`{"v":1,"id":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","v":1}`:               false,
		`{"v":1,"id":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","a":[{"b":1,"b":2}]}`: false,
		`{"v":1, "id":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"}`:                    false,
		`{"v":1,"id":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"}{}`:                   false,
		`[]`: false,
		``:   false,
	} {
		k, err := permit.NewSigner(signer)
		must(t, err)
		s := permit.Signed{Kind: "stop", Key: k.ID(), Body: []byte(body)}
		s.Sig = ed25519.Sign(signer, s.Message())
		r, err := verify.Statement(bytes.NewReader(s.Encode()), []verify.StatementKey{issuer(t, 7)})
		must(t, err)
		if r.OK() != ok {
			t.Errorf("%s: %s", body, words(t, r))
		}
	}
}
