package permit_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

func TestPublicKeyAsText(t *testing.T) {
	now := at(t, "2026-06-01 12:00")
	k := signer(t, 1).Public(time.Unix(0, 0).UTC())
	if k.String() != "ed25519:"+strings.Split(k.String(), ":")[1] {
		t.Errorf("a key without end: %s", k)
	}
	for _, x := range []struct{ from, until time.Time }{{k.From, time.Time{}}, {now, time.Time{}}, {k.From, now}, {now, now.Add(day)}} {
		k.From, k.Until = x.from, x.until
		got, err := permit.ParsePublicKey(k.String())
		if err != nil || got.ID != k.ID || !got.From.Equal(k.From) || !got.Until.Equal(k.Until) || !slices.Equal(got.Key, k.Key) {
			t.Errorf("%s: %+v %v", k, got, err)
		}
	}
	good := k.String()
	for _, bad := range []string{"", "ed25519:", strings.Replace(good, "ed25519", "rsa", 1), strings.Replace(good, "from", "fra", 1),
		strings.Replace(good, "2026", "26", 1), strings.Replace(good, "= ", "== ", 1), good + " x", good + " until " + now.Format(time.RFC3339),
		strings.Replace(good, "until 2026", "until 2025", 1), "ed25519:AAAA"} {
		if _, err := permit.ParsePublicKey(bad); !fault.Is(err, fault.Invalid) || fault.Key(err) != "key.form" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
