package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

// device is an authenticator: one key, its counter, and what it says of itself
// (WebAuthn level 3, 6.1 and 6.5).
type device struct {
	t        *testing.T
	key      *ecdsa.PrivateKey
	id       []byte
	handle   string
	counter  uint32
	rp       string
	origin   string
	verified bool // who holds it
}

func newDevice(t *testing.T) *device {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &device{t: t, key: key, id: random(32), rp: "vidne.test", origin: "https://vidne.test", verified: true}
}

var b64 = base64.RawURLEncoding

func (d *device) client(kind, challenge string) []byte {
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.origin, "crossOrigin": false})
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

func (d *device) data(flags byte) []byte {
	sum := sha256.Sum256([]byte(d.rp))
	if d.verified {
		flags |= 0x04
	}
	return binary.BigEndian.AppendUint32(append(sum[:], flags|0x01), d.counter)
}

type put struct {
	PublicKey struct {
		Challenge string
		User      struct{ ID string }
	}
}

func (d *device) read(c Challenge) (a put) {
	if err := json.Unmarshal(c.Options, &a); err != nil {
		d.t.Fatal(err)
	}
	return a
}

// make answers a registration with a CBOR attestation of the format "none".
func (d *device) make(c Challenge) Answer {
	a := d.read(c)
	handle, err := b64.DecodeString(a.PublicKey.User.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	d.handle = string(handle)
	client := d.client("webauthn.create", a.PublicKey.Challenge)
	data := d.data(0x40)
	data = append(data, make([]byte, 16)...) // no model
	data = binary.BigEndian.AppendUint16(data, uint16(len(d.id)))
	data = append(data, d.id...)
	point, err := d.key.PublicKey.Bytes()
	if err != nil {
		d.t.Fatal(err)
	}
	data = append(data, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20)
	data = append(data, point[1:33]...)
	data = append(data, 0x22, 0x58, 0x20)
	data = append(data, point[33:]...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	return d.answer(c, map[string]any{"clientDataJSON": b64.EncodeToString(client), "attestationObject": b64.EncodeToString(append(object, data...)), "transports": []string{"internal"}})
}

// show answers a request to log in.
func (d *device) show(c Challenge) Answer {
	d.counter++
	client := d.client("webauthn.get", d.read(c).PublicKey.Challenge)
	data := d.data(0)
	sum := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), sum[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, d.key, digest[:])
	if err != nil {
		d.t.Fatal(err)
	}
	return d.answer(c, map[string]any{"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(data), "signature": b64.EncodeToString(sig), "userHandle": b64.EncodeToString([]byte(d.handle))})
}

func (d *device) answer(c Challenge, response map[string]any) Answer {
	b, err := json.Marshal(map[string]any{"id": b64.EncodeToString(d.id), "rawId": b64.EncodeToString(d.id), "type": "public-key", "clientExtensionResults": map[string]any{}, "response": response})
	if err != nil {
		d.t.Fatal(err)
	}
	return Answer{Ceremony: c.Ceremony, Response: string(b)}
}

func (w world) ask(t *testing.T, person string) Challenge {
	t.Helper()
	c, err := w.AskPasskey(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// joinDevice joins a passkey to an account.
func (w world) joinDevice(t *testing.T, p Person, name string) *device {
	t.Helper()
	d := newDevice(t)
	c, err := w.NewPasskey(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.AddPasskey(t.Context(), p.ID, name, d.make(c)); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPasskeyAlone(t *testing.T) {
	req.Shows(t, "ID-4")
	eachSealed(t, func(t *testing.T, w world) {
		p := w.account(t, "ida")
		ctx, here := t.Context(), from("192.0.2.1")
		d := w.joinDevice(t, p, " Arbejds  telefon ")
		w.clk.Advance(time.Second)
		other := w.joinDevice(t, p, "Blå nøgle")
		f, err := w.Factors(ctx, p.ID)
		if err != nil || len(f.Passkeys) != 2 || f.Passkeys[0].Name != "Arbejds telefon" {
			t.Fatalf("%+v, %v", f, err)
		}
		c := w.ask(t, "")
		answer := d.show(c)
		token, who, err := w.LogInByKey(ctx, answer, "", here)
		if err != nil || who.ID != p.ID {
			t.Fatalf("%+v, %v", who, err)
		}
		if _, err := w.Session(ctx, token, true); err != nil {
			t.Errorf("a passkey is two factors and opens a whole session: %v", err)
		}
		refused := func(what string, a Answer) {
			t.Helper()
			if _, _, err := w.LogInByKey(ctx, a, "", here); !fault.Is(err, fault.Denied) {
				t.Errorf("%s: %v", what, err)
			}
			w.clk.Advance(time.Minute)
		}
		refused("the same answer again", answer)
		late := d.show(w.ask(t, ""))
		w.clk.Advance(ceremonyFor + time.Second)
		refused("an answer after five minutes", late)
		d.verified = false
		refused("a key whose holder was not checked", d.show(w.ask(t, "")))
		d.verified, d.origin = true, "https://vidne.test.evil.example"
		refused("a key shown to another site", d.show(w.ask(t, "")))
		d.origin, d.rp = "https://vidne.test", "evil.example"
		refused("a key of another site", d.show(w.ask(t, "")))
		d.rp = "vidne.test"
		forged := newDevice(t)
		forged.id, forged.handle, forged.counter = d.id, d.handle, d.counter
		refused("another key under the same name", forged.show(w.ask(t, "")))
		mixed := d.show(w.ask(t, ""))
		mixed.Ceremony = w.ask(t, "").Ceremony
		refused("an answer to another challenge", mixed)
		refused("an answer to the set-up", func() Answer {
			c, err := w.NewPasskey(ctx, p.ID)
			if err != nil {
				t.Fatal(err)
			}
			a := d.show(w.ask(t, ""))
			a.Ceremony = c.Ceremony
			return a
		}())
		refused("nonsense", Answer{Ceremony: w.ask(t, "").Ceremony, Response: `{"id":"x"}`})
		if err := w.RemovePasskey(ctx, p.ID, keyID(d.id)); err != nil {
			t.Fatal(err)
		}
		refused("a key that was removed", d.show(w.ask(t, "")))
		if _, _, err := w.LogInByKey(ctx, other.show(w.ask(t, "")), "", here); err != nil {
			t.Errorf("the other key: %v", err)
		}
	})
}

// A counter that goes back or stands still means that there are two of the key.
func TestCopiedPasskey(t *testing.T) {
	eachSealed(t, func(t *testing.T, w world) {
		p := w.account(t, "ida")
		d := w.joinDevice(t, p, "Nøgle")
		for range 3 {
			if _, _, err := w.LogInByKey(t.Context(), d.show(w.ask(t, "")), "", from("192.0.2.1")); err != nil {
				t.Fatal(err)
			}
		}
		for _, at := range []uint32{1, 2} { // shows 2 and 3; 3 was the last
			d.counter = at
			if _, _, err := w.LogInByKey(t.Context(), d.show(w.ask(t, "")), "", from("192.0.2.1")); fault.Key(err) != "login.copied" {
				t.Errorf("a counter of %d: %v", at+1, err)
			}
		}
		if n := strings.Count(strings.Join(w.kinds(t), " "), "passkey.copied"); n != 2 {
			t.Errorf("%d entries of a copied key", n)
		}
		d.counter = 3
		if _, _, err := w.LogInByKey(t.Context(), d.show(w.ask(t, "")), "", from("192.0.2.1")); err != nil {
			t.Errorf("the right one afterwards: %v", err)
		}
	})
}

func TestPasskeyAsSecondStepAndProof(t *testing.T) {
	eachSealed(t, func(t *testing.T, w world) {
		p, other := w.account(t, "ida"), w.account(t, "bo")
		d, theirs := w.joinDevice(t, p, "Nøgle"), w.joinDevice(t, other, "Nøgle")
		ctx, here := t.Context(), from("192.0.2.1")
		token := w.half(t, "ida", "192.0.2.1")
		for what, a := range map[string]Answer{"another's key": theirs.show(w.ask(t, p.ID)), "another's key and challenge": theirs.show(w.ask(t, other.ID)), "no name's challenge": d.show(w.ask(t, ""))} {
			if _, _, err := w.Second(ctx, token, Proof{Key: a}, here); fault.Key(err) != "login.passkey" {
				t.Errorf("%s: %v", what, err)
			}
		}
		token, _, err := w.Second(ctx, token, Proof{Key: d.show(w.ask(t, p.ID))}, here)
		if err != nil {
			t.Fatal(err)
		}
		if a, err := w.Asked(ctx, p); err != nil || !a.Passkey || a.Code {
			t.Errorf("%+v, %v", a, err)
		}
		if _, err := w.Prove(ctx, token, Proof{Key: theirs.show(w.ask(t, other.ID))}, here); fault.Key(err) != "login.passkey" {
			t.Errorf("proved by another's key: %v", err)
		}
		if _, err := w.Prove(ctx, token, Proof{Key: d.show(w.ask(t, p.ID))}, here); err != nil {
			t.Error(err)
		}
	})
}

func TestPasskeysOfAnAccount(t *testing.T) {
	eachSealed(t, func(t *testing.T, w world) {
		p, other := w.account(t, "ida"), w.account(t, "bo")
		ctx := t.Context()
		c, err := w.NewPasskey(ctx, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		d := newDevice(t)
		made := d.make(c)
		for name, want := range map[string]string{"": "passkey.name", strings.Repeat("x", 61): "passkey.name"} {
			if err := w.AddPasskey(ctx, p.ID, name, made); fault.Key(err) != want {
				t.Errorf("the name %q: %v", name, err)
			}
		}
		if err := w.AddPasskey(ctx, other.ID, "x", made); fault.Key(err) != "passkey.refused" {
			t.Errorf("another's set-up: %v", err)
		}
		if err := w.AddPasskey(ctx, p.ID, "x", made); err != nil {
			t.Fatal(err)
		}
		if err := w.AddPasskey(ctx, p.ID, "y", made); err == nil {
			t.Error("the same answer joined twice")
		}
		if err := w.RemovePasskey(ctx, other.ID, keyID(d.id)); !fault.Is(err, fault.NotFound) {
			t.Errorf("another's key could be removed: %v", err)
		}
		for i := range MostPasskeys - 1 {
			w.joinDevice(t, p, fmt.Sprint("nøgle ", i))
		}
		if c, err = w.NewPasskey(ctx, p.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.AddPasskey(ctx, p.ID, "en for meget", newDevice(t).make(c)); fault.Key(err) != "passkey.many" {
			t.Errorf("an eleventh: %v", err)
		}
	})
}

func TestPasskeyAddresses(t *testing.T) {
	for base, want := range map[string]bool{
		"https://vidne.example.dk": true, "https://vidne.example.dk:8443": true, "http://localhost:8080": true,
		"http://vidne.example.dk": false, "https://192.0.2.1": false, "http://127.0.0.1:8080": false, "https://[::1]": false, "": false,
	} {
		w, err := newParty(base)
		if err != nil || (w != nil) != want {
			t.Errorf("%q: %v, %v", base, w != nil, err)
		}
	}
}
