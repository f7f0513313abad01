package oversight_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/verify"
)

// forged is a ledger whose keeper writes the entries of a draw by hand, with
// what change makes of them, and what the outsider's check says of it.
func forged(t *testing.T, change func(drawn map[string]any, picks [][]string) [][]string) string {
	t.Helper()
	ctx, d := t.Context(), dbtest.Open(t, dbtest.SQLite(t))
	clk := clock.NewFake(start)
	log, err := ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), clk)
	must(t, err)
	enter := func(kind string, body map[string]any) (index int64) {
		body["controller"] = herning
		must(t, d.Write(ctx, func(tx *db.Tx) (err error) {
			index, err = log.Append(ctx, tx, clk.Now(), kind, body)
			return err
		}))
		return index
	}
	secret := sha256.Sum256([]byte("a secret"))
	commitment := sha256.Sum256(secret[:])
	first := enter("review.opened", map[string]any{"period": "p1", "number": 1, "quarter": "2026-Q3", "commitment": hex.EncodeToString(commitment[:])})
	pool := oversight.Pool{Every: oversight.Week, Sizes: oversight.Sizes{Least: 10, Percent: 5, Cap: 60}}
	for i := range 40 {
		person := fmt.Sprint("p", i%3)
		index := enter("view.opened", map[string]any{"person": person, "location": "skole"})
		pool.Rest = append(pool.Rest, oversight.Candidate{Index: index, Person: person, Unit: "boern", Class: oversight.ClassLook})
	}
	until := enter("review.closed", map[string]any{"period": "p1"})
	note, err := log.Checkpoint(ctx)
	must(t, err)
	seed := oversight.Seed(note, secret[:])
	var picks [][]string
	for _, k := range oversight.Draw(seed, pool) {
		picks = append(picks, []string{fmt.Sprint(k.Index), string(k.Stratum), ""})
	}
	drawn := map[string]any{"period": "p1", "number": 1, "every": "week", "quarter": "2026-Q3", "first": first, "until": until, "secret": hex.EncodeToString(secret[:]), "checkpoint": string(note),
		"seed": hex.EncodeToString(seed[:]), "sizes": pool.Sizes, "looks": []string{"view.opened"}, "data": []string{}}
	picks = change(drawn, picks)
	enter("review.drawn", drawn)
	enter("review.units", map[string]any{"period": "p1", "units": [][]string{{"place", "skole", "boern"}}})
	enter("review.listed", map[string]any{"period": "p1", "picks": picks})
	_, err = log.Checkpoint(ctx)
	must(t, err)
	size, err := log.Size(ctx)
	must(t, err)
	var out bytes.Buffer
	must(t, log.Extract(ctx, 0, size, &out))
	_, public := log.Public()
	key, err := verify.ParseKey(public)
	must(t, err)
	report, err := verify.Draws(bytes.NewReader(out.Bytes()), []verify.Key{key})
	must(t, err)
	var text strings.Builder
	must(t, report.Text(&text, verify.English))
	return text.String()
}

// What somebody would change to have another list is found: the list, what it
// is drawn from, the secret, the seed, the checkpoint.
func TestAForgedDrawIsFound(t *testing.T) {
	req.Shows(t, "LOG-3")
	if text := forged(t, func(_ map[string]any, p [][]string) [][]string { return p }); !strings.Contains(text, "GOOD") {
		t.Fatalf("the honest one:\n%s", text)
	}
	free := func(p [][]string) string {
		for i := 1; ; i++ {
			if !slices.ContainsFunc(p, func(x []string) bool { return x[0] == fmt.Sprint(i) }) {
				return fmt.Sprint(i)
			}
		}
	}
	zero := strings.Repeat("00", 32)
	for name, change := range map[string]func(map[string]any, [][]string) [][]string{
		"one left out":   func(_ map[string]any, p [][]string) [][]string { return p[1:] },
		"one put in":     func(_ map[string]any, p [][]string) [][]string { return append(p, []string{free(p), "random", ""}) },
		"one exchanged":  func(_ map[string]any, p [][]string) [][]string { return append(p[1:], []string{free(p), "random", ""}) },
		"another secret": func(m map[string]any, p [][]string) [][]string { m["secret"] = zero; return p },
		"another seed":   func(m map[string]any, p [][]string) [][]string { m["seed"] = zero; return p },
		"no checkpoint":  func(m map[string]any, p [][]string) [][]string { m["checkpoint"] = "vidne/portal\n1\n\n"; return p },
		"smaller sizes": func(m map[string]any, p [][]string) [][]string {
			m["sizes"] = oversight.Sizes{Least: 5, Percent: 1, Cap: 6}
			return p
		},
		"less drawn from":  func(m map[string]any, p [][]string) [][]string { m["looks"] = []string{}; return p },
		"a shorter period": func(m map[string]any, p [][]string) [][]string { m["first"] = 20; return p },
		"another's quarter": func(m map[string]any, p [][]string) [][]string {
			m["last"], m["quarter"] = true, "2026-Q3"
			return p[3:]
		},
	} {
		if text := forged(t, change); !strings.Contains(text, "FAULTY") {
			t.Errorf("%s is not found:\n%s", name, text)
		}
	}
}
