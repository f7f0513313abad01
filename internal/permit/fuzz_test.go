package permit_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// What arrives before any signature is checked.
func FuzzDecodeSigned(f *testing.F) {
	now := at(f, "2026-06-01 12:00")
	for _, s := range samples(f, now) {
		signed, err := permit.Sign(s, signer(f, 1))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(signed.Encode())
	}
	f.Add([]byte(`{"vidne":2}`))
	f.Add([]byte(`{"vidne":1,"kind":"stop","key":"0123456789abcdef","body":"","sig":""}`))
	k := ring(f, now)
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := permit.DecodeSigned(b)
		if err != nil {
			if !fault.Is(err, fault.Refused) {
				t.Fatalf("%v is not a refusal", err)
			}
			return
		}
		if !bytes.Equal(s.Encode(), b) {
			t.Fatal("two encodings")
		}
		if st, err := k.Open(s, now); err == nil {
			again, err := permit.Sign(st, signer(t, 1))
			if err != nil || !bytes.Equal(again.Encode(), b) { // Ed25519 is deterministic
				t.Fatalf("opened what was not signed: %v", err)
			}
		}
	})
}

// What a signer that is broken or bought can send: the body is any bytes under
// a good signature. Nothing may crash, pass its check and break a limit, or be
// taken in two forms.
func FuzzOpen(f *testing.F) {
	now := at(f, "2026-06-01 12:00")
	for k, s := range samples(f, now) {
		signed, err := permit.Sign(s, signer(f, 1))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(k), signed.Body)
	}
	k := ring(f, now)
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		s, err := k.Open(permit.SignBody(permit.Kind(kind), body, signer(t, 1)), now)
		if err != nil {
			if !fault.Is(err, fault.Refused) {
				t.Fatalf("%v is not a refusal", err)
			}
			return
		}
		if s.Kind() != permit.Kind(kind) || s.Header().Engine != engine {
			t.Fatalf("opened as %s for %s", s.Kind(), s.Header().Engine)
		}
		again, err := permit.Sign(s, signer(t, 1))
		if err != nil || !bytes.Equal(again.Body, body) {
			t.Fatalf("two forms (%v):\n%s\n%s", err, body, again.Body)
		}
		if p, ok := s.(*permit.Permit); ok {
			if p.RetentionHours < 1 || p.RetentionHours > 720 || p.ValidTo.Sub(p.ValidFrom) > permit.LongestPermit ||
				p.LeaseUntil.Sub(p.Issued) > permit.LongestLease || p.Class != permit.ClassCrime && (p.LongestHoldHours < 1 || p.LongestHoldHours > 720) {
				t.Fatalf("past its limits: %+v", p)
			}
		}
		b := new(permit.Book)
		if _, err := b.Apply(s, now); err == nil {
			if _, err := b.Apply(s, now); fault.Key(err) != "statement.replay" {
				t.Fatalf("taken twice: %v", err)
			}
		}
		for _, c := range b.Cameras() {
			b.Covers(c, "main", now)
			b.Expected(c, "main", now.Add(-day), now.Add(day))
		}
	})
}

// Any hours: a check that passes means answers that agree with each other.
func FuzzHours(f *testing.F) {
	for _, h := range []permit.Hours{nights(), always(), {}} {
		b, err := json.Marshal(h)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, int64(1_790_000_000))
	}
	f.Add([]byte(`{"zone":"Europe/Copenhagen","week":[[],[],[],[],[],[],[{"from":"02:15","to":"02:45"}]],"dates":[{"date":"2026-10-25","spans":[],"name":"x"}]}`), int64(1_792_890_000))
	f.Fuzz(func(t *testing.T, b []byte, unix int64) {
		var h permit.Hours
		if json.Unmarshal(b, &h) != nil {
			return
		}
		h.Explain("da")
		h.Explain("en")
		s, err := h.Compile()
		if err != nil {
			if fault.Key(err) != "permit.hours" {
				t.Fatal(err)
			}
			return
		}
		if unix < 0 || unix > 4_000_000_000 {
			return
		}
		from := time.Unix(unix, 0)
		to := from.Add(3 * day)
		in := s.Intervals(from, to)
		for i, x := range in {
			if !x.From.Before(x.To) || x.From.Before(from) || x.To.After(to) || i > 0 && !in[i-1].To.Before(x.From) {
				t.Fatalf("intervals %v", in)
			}
			if !s.Covers(x.From) || !s.Covers(x.To.Add(-1)) || x.To.Before(to) && s.Covers(x.To) {
				t.Fatalf("the ends of %v are not sharp", x)
			}
			if next, ok := s.Next(x.From); x.To.Before(to) && (!ok || !next.Equal(x.To)) {
				t.Fatalf("next after %v is %v", x.From, next)
			}
		}
	})
}
