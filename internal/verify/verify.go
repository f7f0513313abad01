// Package verify checks, offline and with no more than a public key, what
// Vidne's two halves claim: extracts of their ledgers, that a later log
// continues an earlier one, segment files, and signed statements.
//
// It is a second implementation, written from docs/ref alone. It shares no
// code with what writes these files, needs no database and no network, and
// trusts nothing in a file that is not covered by a signature or a hash from
// one. What it promises: a file in which anything was changed, removed, added
// or moved is never called good. What it refuses: to call anything good that
// was not compared with a key from the outside, and files of a newer form.
//
// A check ends in a [Report] of facts and faults, in words of Danish or
// English, or in an error when there was nothing to check: the file cannot be
// read or is of another kind (fault.Invalid, fault.Unavailable).
//
// What it cannot show: that what was recorded is true, and what happened after
// the newest checkpoint that somebody outside has kept.
package verify

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Item is one thing that was established or found wrong: a stable key and the
// values of its sentence, which is in words.go.
type Item struct {
	Key  string
	Args []any
}

// Report is what a check found.
type Report struct {
	// What was checked: "extract", "consistency", "segment", "statement".
	What   string
	Facts  []Item
	Faults []Item
}

// OK reports whether nothing was found wrong.
func (r *Report) OK() bool { return len(r.Faults) == 0 }

// Has reports whether a fault with this key was found.
func (r *Report) Has(key string) bool {
	for _, f := range r.Faults {
		if f.Key == key {
			return true
		}
	}
	return false
}

// maxFaults keeps a report of a thoroughly broken file readable.
const maxFaults = 50

func (r *Report) fact(key string, args ...any) { r.Facts = append(r.Facts, Item{key, args}) }

func (r *Report) wrong(key string, args ...any) {
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, Item{key, args})
	}
}

// Text writes the report in words, a line each.
func (r *Report) Text(w io.Writer, lang Lang) error {
	var b strings.Builder
	for _, f := range r.Facts {
		fmt.Fprintf(&b, "  %s\n", f.Words(lang))
	}
	for _, f := range r.Faults {
		fmt.Fprintf(&b, "! %s\n", f.Words(lang))
	}
	verdict := "verdict.good"
	if !r.OK() {
		verdict = "verdict.bad"
	}
	fmt.Fprintf(&b, "%s\n", Item{verdict, nil}.Words(lang))
	_, err := io.WriteString(w, b.String())
	return err
}

type jsonItem struct {
	Key string `json:"key"`
	Da  string `json:"da"`
	En  string `json:"en"`
}

// MarshalJSON gives {"what":..,"ok":..,"facts":[{"key","da","en"}],"faults":[...]}.
func (r *Report) MarshalJSON() ([]byte, error) {
	items := func(in []Item) []jsonItem {
		out := make([]jsonItem, 0, len(in))
		for _, i := range in {
			out = append(out, jsonItem{i.Key, i.Words(Danish), i.Words(English)})
		}
		return out
	}
	return json.Marshal(struct {
		What   string     `json:"what"`
		OK     bool       `json:"ok"`
		Facts  []jsonItem `json:"facts"`
		Faults []jsonItem `json:"faults"`
	}{r.What, r.OK(), items(r.Facts), items(r.Faults)})
}

// moment is how times are told: always UTC, and saying so.
func moment(micros int64) string {
	return time.UnixMicro(micros).UTC().Format("2006-01-02 15:04:05.000 UTC")
}

// otherKind is the error of a file that is not of the asked kind.
func otherKind(format string, args ...any) error {
	return fault.New(fault.Invalid, "verify.kind", format, args...)
}

// unreadable is the error of a file that the machine cannot read.
func unreadable(err error) error { return fault.As(fault.Unavailable, "verify.read", err) }
