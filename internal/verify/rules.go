package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	hourMicros = 3_600_000_000
	// longest is 30 times 24 hours less the margin of 12: L § 4 c stk. 4 and
	// § 4 d stk. 3, and docs/ref/segment.md.
	longest = (30*24 - 12) * hourMicros
)

// rules are what a segment's header says in the clear.
type rules struct {
	V           int    `json:"v"`
	ID          string `json:"id"`
	Archive     string `json:"archive"`
	Controller  string `json:"controller"`
	Camera      string `json:"camera"`
	Stream      string `json:"stream"`
	Permit      string `json:"permit"`
	Case        string `json:"case"`
	Class       string `json:"class"`
	Basis       string `json:"basis"`
	Sound       bool   `json:"sound"`
	Start       int64  `json:"start"`
	DeleteAfter int64  `json:"delete_after"`
	HoldLimit   int64  `json:"hold_limit"`
	Hour        int64  `json:"hour"`
}

// members are the names in the order in which they must stand.
const members = "v id archive controller camera stream permit case class basis sound start delete_after hold_limit hour"

// parseRules reads the object and nothing but it: these members, in this
// order, once each, without white space.
func parseRules(b []byte) (r rules, ok bool) {
	var tight bytes.Buffer
	if !utf8.Valid(b) || json.Compact(&tight, b) != nil || !bytes.Equal(tight.Bytes(), b) {
		return r, false
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return r, false
	}
	for _, name := range strings.Fields(members) {
		if t, err := d.Token(); err != nil || t != name {
			return r, false
		}
		value, err := d.Token()
		if err != nil {
			return r, false
		}
		switch v := value.(type) {
		case json.Number:
			if _, err := v.Int64(); err != nil {
				return r, false
			}
		case string, bool:
		default:
			return r, false // null, an array, an object
		}
	}
	if t, err := d.Token(); err != nil || t != json.Delim('}') {
		return r, false
	}
	return r, json.Unmarshal(b, &r) == nil && r.V == 1 && isHex(r.ID) && isHex(r.Archive) && isHex(r.Permit) && isRef(r.Camera) && isRef(r.Stream)
}

// faults are the rules that contradict each other or the law.
func (r rules) faults() (keys []string) {
	latest := r.Start + longest
	if r.Start <= 0 || r.DeleteAfter <= r.Start || r.DeleteAfter > latest {
		keys = append(keys, "segment.delete-after")
	}
	switch r.Class {
	case "crime":
		if r.HoldLimit != 0 && r.HoldLimit <= r.Start {
			keys = append(keys, "segment.hold-limit")
		}
	case "safety", "other":
		if r.HoldLimit <= r.Start || r.HoldLimit > latest {
			keys = append(keys, "segment.hold-limit")
		}
	default:
		keys = append(keys, "segment.class")
	}
	if r.Hour != r.Start/hourMicros {
		keys = append(keys, "segment.hour")
	}
	return keys
}

// checkName compares a name of the archive's form with the header. A file that
// was given another name says nothing by it.
func (s *segment) checkName(name string) {
	stem, ok := strings.CutSuffix(name, ".vseg")
	parts := strings.Split(stem, "-")
	if !ok || len(parts) != 3 || len(parts[2]) != 32 {
		return
	}
	if want := fmt.Sprintf("%016d-%016d-%s", s.rules.Start, s.rules.DeleteAfter, s.rules.ID); stem != want {
		s.wrong("segment.name", name)
	}
}

// isHex reports whether s is the number of a segment, permit or archive.
func isHex(s string) bool {
	return len(s) == 32 && strings.Trim(s, "0123456789abcdef") == ""
}

// isRef reports whether s names a camera or stream.
func isRef(s string) bool {
	return len(s) >= 1 && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
