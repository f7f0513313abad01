package permit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

func TestCredentialsSealed(t *testing.T) {
	private := bytes.Repeat([]byte{7}, 32)
	public, err := permit.SealPublic(private)
	if err != nil {
		t.Fatal(err)
	}
	aad := permit.SealFor(engine, "cam-1")
	size := 0
	for _, c := range []permit.Credentials{{}, {"admin", "hunter2"}, {"", "kun kode"}, {strings.Repeat("u", permit.MaxUser), strings.Repeat("p", permit.MaxPassword)}} {
		sealed, err := permit.SealTo(public, c, aad)
		if err != nil {
			t.Fatal(err)
		}
		if size == 0 {
			size = len(sealed)
		}
		if len(sealed) != size || size > permit.MaxSealed {
			t.Errorf("%d bytes, before %d: the length tells the length of the password", len(sealed), size)
		}
		got, err := permit.OpenSealed(private, sealed, aad)
		if err != nil || got != c {
			t.Errorf("opened: %v", err)
		}
		again, err := permit.SealTo(public, c, aad)
		if err != nil || bytes.Equal(again, sealed) {
			t.Errorf("sealing twice gives the same (%v)", err)
		}
	}
	if got, err := permit.OpenSealed(private, nil, aad); err != nil || got != (permit.Credentials{}) {
		t.Errorf("none: %v", err)
	}
	sealed, err := permit.SealTo(public, permit.Credentials{User: "admin", Password: "hunter2"}, aad)
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.Repeat([]byte{8}, 32)
	for name, try := range map[string]func() (permit.Credentials, error){
		"another engine's key": func() (permit.Credentials, error) { return permit.OpenSealed(other, sealed, aad) },
		"another camera": func() (permit.Credentials, error) {
			return permit.OpenSealed(private, sealed, permit.SealFor(engine, "cam-2"))
		},
		"another engine": func() (permit.Credentials, error) {
			return permit.OpenSealed(private, sealed, permit.SealFor("engine-2", "cam-1"))
		},
		"cut":            func() (permit.Credentials, error) { return permit.OpenSealed(private, sealed[:20], aad) },
		"cut at the end": func() (permit.Credentials, error) { return permit.OpenSealed(private, sealed[:len(sealed)-1], aad) },
		"newer": func() (permit.Credentials, error) {
			b := bytes.Clone(sealed)
			b[0] = 2
			return permit.OpenSealed(private, b, aad)
		},
	} {
		if got, err := try(); fault.Key(err) != "camera.sealed" || got != (permit.Credentials{}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := permit.OpenSealed(private, bad, aad); err == nil {
			t.Fatalf("byte %d turned and it opens", i)
		}
	}
	if _, err := permit.SealTo(public, permit.Credentials{Password: strings.Repeat("x", permit.MaxPassword+1)}, aad); !fault.Is(err, fault.Invalid) {
		t.Errorf("too long: %v", err)
	}
	if _, err := permit.SealTo([]byte("short"), permit.Credentials{}, aad); !fault.Is(err, fault.Invalid) {
		t.Errorf("no key: %v", err)
	}
}

// Neither credentials nor a signer come out in any print, log or JSON.
func TestSecretsNeverPrint(t *testing.T) {
	c := permit.Credentials{User: "planted-user", Password: "planted-password"}
	key := signer(t, 77)
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		l := slog.New(h)
		l.Info("x", "c", c, "p", &c, "in", struct{ C permit.Credentials }{c}, "key", key, "kp", &key)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		fmt.Fprintf(&log, verb+verb+verb, c, &c, []permit.Credentials{c})
		fmt.Fprintf(&log, verb+verb, key, &key)
		fmt.Fprintf(&log, verb, struct{ C permit.Credentials }{c})
	}
	b, err := json.Marshal(map[string]any{"c": c, "p": &c, "key": key})
	if err != nil {
		t.Fatal(err)
	}
	log.Write(b)
	seed := fmt.Sprintf("%x", "planted")
	for _, secret := range []string{"planted-", seed, "4d00000", "[77 0 0", "77, 0, 0"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q came out: %s", secret, log.String())
		}
	}
}
