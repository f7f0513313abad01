package permit_test

import (
	"crypto/ed25519"
	"testing"
	"time"

	"vidne.dk/vidne/internal/permit"
)

// at is a moment in Copenhagen: "2026-06-01 16:00".
func at(t testing.TB, s string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if x, err := time.ParseInLocation(form, s, zone); err == nil {
			return x.UTC()
		}
	}
	t.Fatalf("time %q", s)
	return time.Time{}
}

// signer is a fixed key, so that failures repeat.
func signer(t testing.TB, n byte) permit.Signer {
	t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = n
	s, err := permit.NewSigner(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const engine = "engine-1"

// head begins a statement that is right.
func head(issued time.Time) permit.Head {
	return permit.Head{V: 1, ID: permit.NewID(), Controller: "herning", Engine: engine, Issued: issued, By: "person-1"}
}

// always is every moment of the year.
func always() permit.Hours {
	h := permit.Hours{Zone: "Europe/Copenhagen"}
	for i := range h.Week {
		h.Week[i] = permit.Spans{{From: "00:00", To: "24:00"}}
	}
	return h
}

// nights is Monday to Friday 16-07 and weekends all day: the guideline's own
// example (4.3).
func nights() permit.Hours {
	h := permit.Hours{Zone: "Europe/Copenhagen"}
	for i := range 5 {
		h.Week[i] = permit.Spans{{From: "16:00", To: "07:00"}}
	}
	for i := 5; i < 7; i++ {
		h.Week[i] = permit.Spans{{From: "00:00", To: "24:00"}}
	}
	return h
}

// allowed is a permit that is right, for a camera, from a moment.
func allowed(camera string, from time.Time) *permit.Permit {
	return &permit.Permit{
		Head: head(from), Camera: camera, Stream: "main", Serial: 1, Hours: always(),
		RetentionHours: 14 * 24, Class: permit.ClassCrime, Basis: "tv-overvågningsloven § 2 d, stk. 1",
		Case: "2026-117", ValidFrom: from, ValidTo: from.AddDate(2, 0, 0), LeaseUntil: from.Add(permit.LongestLease),
		Text: "Optagelse af hovedindgangen",
	}
}
