package permit_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

func TestEveryKindTravels(t *testing.T) {
	now := at(t, "2026-06-01 12:00")
	k := ring(t, now)
	for kind, s := range samples(t, now) {
		signed, err := permit.Sign(s, signer(t, 1))
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		sent := signed.Encode()
		got, err := permit.DecodeSigned(sent)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if !bytes.Equal(got.Encode(), sent) {
			t.Errorf("%s: encodes to something else", kind)
		}
		back, err := k.Open(got, now)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if d := cmp.Diff(s, back, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: %s", kind, d)
		}
	}
}

// forge signs a body that Sign would not.
func forge(t testing.TB, kind permit.Kind, body string) *permit.Signed {
	t.Helper()
	return permit.SignBody(kind, []byte(body), signer(t, 1))
}

// TestOneEncodingOnly: whatever is not the one form is refused, though the
// signature is good.
func TestOneEncodingOnly(t *testing.T) {
	req.Shows(t, "REC-1")
	now := at(t, "2026-06-01 12:00")
	k := ring(t, now)
	signed, err := permit.Sign(samples(t, now)[permit.KindStop], signer(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	body := string(signed.Body)
	if _, err := k.Open(forge(t, permit.KindStop, body), now); err != nil {
		t.Fatal(err)
	}
	change := func(old, new string) string {
		t.Helper()
		out := strings.Replace(body, old, new, 1)
		if out == body {
			t.Fatalf("%s is not in %s", old, body)
		}
		return out
	}
	for name, c := range map[string]struct{ body, key string }{
		"unknown field":     {change(`"reason"`, `"more":1,"reason"`), "statement.form"},
		"doubled field":     {change(`"v":1`, `"v":1,"v":1`), "statement.form"},
		"other case":        {change(`"reason"`, `"Reason"`), "statement.form"},
		"missing field":     {change(`,"cameras":[]`, ``), "statement.form"},
		"null list":         {change(`[]`, `null`), "statement.form"},
		"space":             {change(`"v":1`, `"v": 1`), "statement.form"},
		"newline at end":    {body + "\n", "statement.form"},
		"two documents":     {body + "{}", "statement.form"},
		"order":             {change(`"cameras":[],"reason":"Kameraejeren har bedt om det"`, `"reason":"Kameraejeren har bedt om det","cameras":[]`), "statement.form"},
		"escaped letter":    {change(`"herning"`, `"\u0068erning"`), "statement.form"},
		"half a letter":     {change(`har bedt`, "har\xc3bedt"), "statement.form"},
		"time with zone":    {change(`2026-06-01T10:00:00Z`, `2026-06-01T12:00:00+02:00`), "statement.form"},
		"time with zeros":   {change(`10:00:00Z`, `10:00:00.000Z`), "statement.form"},
		"nanoseconds":       {change(`10:00:00Z`, `10:00:00.000000001Z`), "statement.form"},
		"number as text":    {change(`"v":1`, `"v":"1"`), "statement.form"},
		"fraction":          {change(`"v":1`, `"v":1.0`), "statement.form"},
		"no version":        {change(`"v":1`, `"v":0`), "statement.form"},
		"newer version":     {change(`"v":1`, `"v":2`), "statement.version"},
		"newer, with more":  {change(`"v":1`, `"v":2,"also":"this"`), "statement.version"},
		"another engine":    {change(`engine-1`, `engine-2`), "statement.engine"},
		"nothing":           {"", "statement.form"},
		"a list":            {"[]", "statement.form"},
		"deep":              {strings.Repeat("[", 20) + strings.Repeat("]", 20), "statement.form"},
		"far too deep":      {strings.Repeat("{\"a\":", 50_000), "statement.form"},
		"too long":          {change("Kameraejeren", strings.Repeat("x", permit.MaxBody)), "statement.form"},
		"control character": {change("Kameraejeren", `Kamera\u001bejeren`), "statement.text"},
	} {
		_, err := k.Open(forge(t, permit.KindStop, c.body), now)
		if !fault.Is(err, fault.Refused) || fault.Key(err) != c.key {
			t.Errorf("%s: got %v (%s), want %s", name, err, fault.Key(err), c.key)
		}
	}
	if _, err := k.Open(forge(t, "unknown-kind", body), now); fault.Key(err) != "statement.unknown" {
		t.Errorf("unknown kind: %v", err)
	}
	// The body of one kind signed as another does not decode as it.
	if _, err := k.Open(forge(t, permit.KindRevocation, body), now); fault.Key(err) != "statement.form" {
		t.Errorf("stop as revocation: %v", err)
	}
}

func TestEnvelopeOneFormOnly(t *testing.T) {
	now := at(t, "2026-06-01 12:00")
	signed, err := permit.Sign(samples(t, now)[permit.KindStop], signer(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	good := string(signed.Encode())
	change := func(old, new string) string {
		t.Helper()
		out := strings.Replace(good, old, new, 1)
		if out == good {
			t.Fatalf("%s is not in %s", old, good)
		}
		return out
	}
	sig := base64.StdEncoding.EncodeToString(signed.Sig)
	for name, c := range map[string]struct{ sent, key string }{
		"newer envelope": {change(`"vidne":1`, `"vidne":2`), "statement.version"},
		"version 0":      {change(`"vidne":1`, `"vidne":0`), "statement.form"},
		"unknown kind":   {change(`"stop"`, `"halt"`), "statement.unknown"},
		"kind case":      {change(`"stop"`, `"Stop"`), "statement.unknown"},
		"unknown field":  {change(`"sig"`, `"also":0,"sig"`), "statement.form"},
		"doubled field":  {change(`"sig"`, `"sig":"","sig"`), "statement.form"},
		"space":          {change(`:1,`, `:1, `), "statement.form"},
		"tail":           {good + " ", "statement.form"},
		"short sig":      {change(sig, base64.StdEncoding.EncodeToString(signed.Sig[:63])), "statement.form"},
		"base64 newline": {change(sig, sig[:8]+`\n`+sig[8:]), "statement.form"},
		"key capitals":   {change(signed.Key, strings.ToUpper(signed.Key)), "statement.form"},
		"key short":      {change(signed.Key, signed.Key[:15]), "statement.form"},
		"empty":          {"", "statement.form"},
		"nested":         {`{"vidne":1,"kind":{"a":1}}`, "statement.form"},
		"huge":           {`{"vidne":1,"kind":"` + strings.Repeat("x", permit.MaxSigned) + `"}`, "statement.form"},
	} {
		_, err := permit.DecodeSigned([]byte(c.sent))
		if !fault.Is(err, fault.Refused) || fault.Key(err) != c.key {
			t.Errorf("%s: got %v (%s), want %s", name, err, fault.Key(err), c.key)
		}
	}
}

// TestEveryBitIsSigned turns each bit of a statement on the wire: none of them
// may be obeyed.
func TestEveryBitIsSigned(t *testing.T) {
	req.Shows(t, "REC-1")
	now := at(t, "2026-06-01 12:00")
	k := ring(t, now)
	signed, err := permit.Sign(samples(t, now)[permit.KindLease], signer(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	good := signed.Encode()
	for i := range good {
		for bit := range 8 {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << bit
			s, err := permit.DecodeSigned(bad)
			if err != nil {
				continue
			}
			if _, err = k.Open(s, now); err == nil {
				t.Fatalf("byte %d bit %d: %q is obeyed", i, bit, bad)
			}
		}
	}
}

func TestKeysInTheirTime(t *testing.T) {
	req.Shows(t, "REC-1")
	now := at(t, "2026-06-01 12:00")
	day := 24 * time.Hour
	key := signer(t, 1).Public(now)
	key.Until = now.Add(10 * day)
	k, err := permit.NewKeyring(engine, key)
	if err != nil {
		t.Fatal(err)
	}
	open := func(n byte, issued, arrives time.Time) string {
		t.Helper()
		s := &permit.Stop{Head: head(issued)}
		signed, err := permit.Sign(s, signer(t, n))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = k.Open(signed, arrives); err != nil {
			return fault.Key(err)
		}
		return ""
	}
	for name, c := range map[string]struct {
		key             byte
		issued, arrives time.Duration
		want            string
	}{
		"in its time":                  {1, day, day, ""},
		"before it counts":             {1, -day, day, "statement.key"},
		"arrives before it counts":     {1, day, -day, "statement.key"},
		"after its end":                {1, 10 * day, 10 * day, "statement.key"},
		"signed in its time, late":     {1, 9 * day, 10 * day, ""},
		"dated back, arrives too late": {1, 9 * day, 11 * day, "statement.key"},
		"a stranger's key":             {2, day, day, "statement.key"},
	} {
		if got := open(c.key, now.Add(c.issued), now.Add(c.arrives)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	// Another's signature under a known key's name.
	signed, err := permit.Sign(&permit.Stop{Head: head(now)}, signer(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	signed.Key = key.ID
	if _, err := k.Open(signed, now); fault.Key(err) != "statement.signature" {
		t.Errorf("forged: %v", err)
	}
	// The zero ring trusts nobody.
	own, err := permit.Sign(&permit.Stop{Head: head(now)}, signer(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := new(permit.Keyring).Open(own, now); err == nil {
		t.Error("the zero ring opens")
	}
}

func TestKeyRoll(t *testing.T) {
	req.Shows(t, "REC-1")
	now := at(t, "2026-06-01 12:00")
	day := 24 * time.Hour
	k := ring(t, now)
	b := new(permit.Book)
	send := func(n byte, s permit.Statement, at time.Time) string {
		t.Helper()
		signed, err := permit.Sign(s, signer(t, n))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.Receive(k, signed.Encode(), at); err != nil {
			return fault.Key(err)
		}
		return ""
	}
	old, next := signer(t, 1), signer(t, 2)
	p := allowed("cam-1", now)
	if got := send(1, p, now); got != "" {
		t.Fatal(got)
	}
	// Only a key in force can bring another.
	add := &permit.KeyRoll{Head: head(now), Serial: 1, Add: []permit.PublicKey{next.Public(now)}}
	if got := send(2, add, now); got != "statement.key" {
		t.Errorf("a key that brings itself: %q", got)
	}
	if got := send(1, add, now); got != "" {
		t.Fatal(got)
	}
	if got := send(1, add, now); got != "statement.replay" {
		t.Errorf("twice: %q", got)
	}
	if got := send(2, &permit.Stop{Head: head(now), Cameras: []string{"cam-2"}}, now); got != "" {
		t.Errorf("new key: %q", got)
	}
	retire := &permit.KeyRoll{Head: head(now.Add(day)), Serial: 2, Retire: []string{old.ID()}}
	if got := send(2, retire, now.Add(day)); got != "" {
		t.Fatal(got)
	}
	if got := send(1, &permit.Stop{Head: head(now)}, now.Add(day)); got != "statement.key" {
		t.Errorf("retired key, dated back: %q", got)
	}
	// What it signed stands.
	if v := b.Covers("cam-1", "main", now.Add(day)); !v.OK {
		t.Errorf("permit of the retired key: %+v", v)
	}
	again := &permit.KeyRoll{Head: head(now.Add(day)), Serial: 3, Add: []permit.PublicKey{old.Public(now)}}
	if got := send(2, again, now.Add(day)); got != "statement.key" {
		t.Errorf("retired key comes back: %q", got)
	}
	none := &permit.KeyRoll{Head: head(now.Add(day)), Serial: 3, Retire: []string{next.ID()}}
	if got := send(2, none, now.Add(day)); got != "statement.key" {
		t.Errorf("left without a key: %q", got)
	}
	low := &permit.KeyRoll{Head: head(now.Add(day)), Serial: 2, Add: []permit.PublicKey{signer(t, 3).Public(now)}}
	if got := send(2, low, now.Add(day)); got != "statement.replay" {
		t.Errorf("serial that does not rise: %q", got)
	}
	if got := k.Keys(now.Add(day)); len(got) != 1 || got[0].ID != next.ID() {
		t.Errorf("keys in force: %v", got)
	}
}

// TestClockThatIsHeld: an engine whose clock waits for confirmation still
// stops, and still takes the confirmation; it lets nothing new be done.
func TestClockThatIsHeld(t *testing.T) {
	now := at(t, "2026-06-01 12:00")
	k := ring(t, now.AddDate(-1, 0, 0))
	slow := now.Add(-5 * 24 * time.Hour)
	for kind, s := range samples(t, now) {
		signed, err := permit.Sign(s, signer(t, 1))
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.Open(signed, slow)
		switch kind {
		case permit.KindStop, permit.KindRevocation, permit.KindRelease, permit.KindTimeCheck, permit.KindMask:
			if err != nil {
				t.Errorf("%s: %v", kind, err)
			}
		default:
			if fault.Key(err) != "statement.future" {
				t.Errorf("%s: %v", kind, err)
			}
		}
		if _, err := k.Open(signed, now.Add(-permit.MaxSkew)); err != nil {
			t.Errorf("%s within the skew: %v", kind, err)
		}
	}
}

func TestSignNeverChangesOrSignsWrong(t *testing.T) {
	now := at(t, "2026-06-01 12:00").Add(1234567 * time.Nanosecond)
	zone := time.FixedZone("somewhere", 3600)
	s := &permit.Stop{Head: head(now.In(zone))}
	before, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := permit.Sign(s, signer(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	after, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("Sign changed its argument")
	}
	back, err := ring(t, now.Add(-time.Hour)).Open(signed, now)
	if err != nil {
		t.Fatal(err)
	}
	if got := back.Header().Issued; !got.Equal(now.Truncate(time.Microsecond)) || got.Location() != time.UTC {
		t.Errorf("issued %v", got)
	}
	p := allowed("cam-1", now)
	p.RetentionHours = 721
	if _, err := permit.Sign(p, signer(t, 1)); fault.Key(err) != "permit.retention" {
		t.Errorf("signed 721 hours: %v", err)
	}
}
