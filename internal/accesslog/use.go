package accesslog

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/ledger"
)

// Use is one use of footage or of personal data. Its texts are harmless to
// show ([Clean]).
type Use struct {
	Index      int64     `db:"idx"` // of the ledger's entry
	At         time.Time // when
	Controller string
	Kind       Kind
	Entry      string // the ledger's kind
	Person     string // who; empty: nobody who was known
	Name       string // as they were called then
	About      string // whom it was done to, where that is somebody else
	Place      string
	Cameras    Words
	Matter     string // the case or incident, or the number that was given
	Since      int64  // the minutes of footage, in microseconds; 0: none
	Until      int64
	Why        string // in the person's words
	Refused    string // the reason of the refusal, a key; empty: not refused
	Address    string // from where
	Terms      string // searched for
	What       string // read: the page's address; taken out: the file
}

// Words are ids with a space between.
type Words string

// List is each of them.
func (w Words) List() []string { return strings.Fields(string(w)) }

// From is when the footage begins; zero: none.
func (u Use) From() time.Time { return moment(u.Since) }

// To is when it ends.
func (u Use) To() time.Time { return moment(u.Until) }

func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return db.Time(micros)
}

// body is what an entry says, at its outer level and one within: statements
// and changes of the register carry what they are about.
type body map[string]json.RawMessage

func parse(raw json.RawMessage) (out []body) {
	var b body
	if json.Unmarshal(raw, &b) != nil {
		return nil
	}
	out = append(out, b)
	for _, name := range []string{"what", "body", "entry"} {
		if _, ok := b[name]; !ok {
			continue
		}
		var inner body
		if json.Unmarshal(b[name], &inner) == nil && inner != nil {
			out = append(out, inner)
		}
	}
	return out
}

// text is the first of these fields that holds text, whichever level it is on.
func text(levels []body, names ...string) string {
	for _, b := range levels {
		for _, name := range names {
			raw, ok := b[name]
			if !ok || len(raw) < 3 || raw[0] != '"' {
				continue
			}
			var s string
			if json.Unmarshal(raw, &s) == nil && s != "" {
				return s
			}
		}
	}
	return ""
}

func texts(levels []body, name string) []string {
	for _, b := range levels {
		if _, ok := b[name]; !ok {
			continue
		}
		var list []string
		if json.Unmarshal(b[name], &list) == nil && len(list) > 0 {
			return list
		}
	}
	return nil
}

// when reads a moment, as RFC 3339 or as microseconds; 0: there is none.
func when(levels []body, name string) int64 {
	for _, b := range levels {
		if _, ok := b[name]; !ok {
			continue
		}
		var n int64
		if json.Unmarshal(b[name], &n) == nil && n > 0 {
			return n
		}
		var t time.Time
		if json.Unmarshal(b[name], &t) == nil && !t.IsZero() {
			return db.Micros(t)
		}
	}
	return 0
}

// mostCameras bounds the cameras of one row; an entry that names more is found
// by its place or case.
const mostCameras = 200

// read makes the row of an entry; false: it is no use.
func read(e *ledger.Entry) (u Use, ok bool) {
	rule, known := ruleOf(e.Kind)
	if _, no := none[e.Kind]; no && !known || e.Expired {
		return u, false
	}
	b := parse(e.Body)
	u = Use{Index: e.Index, At: e.Time, Kind: rule.Use, Entry: e.Kind}
	u.Controller = Clean(text(b, "controller"), longName)
	id := func(names ...string) string { return Clean(text(b, names...), longName) }
	u.Person, u.Name = id("person"), id("name")
	if by := id("by"); rule.By || !known && by != "" {
		u.Person, u.Name, u.About = by, "", id("person")
		if u.About == by {
			u.About = ""
		} else if name := text(b, "name"); u.About != "" && name != "" {
			u.About = Clean(name, longName)
		}
	}
	if u.About == "" {
		u.About = id("for_name")
	}
	cameras := texts(b, "cameras")
	if c := text(b, "camera"); c != "" {
		cameras = append(cameras, c)
	}
	u.Cameras = join(cameras)
	if !known {
		if u.Person == "" && u.Cameras == "" {
			return u, false
		}
		u.Kind = Other
	}
	u.Place = id("location", "place")
	u.Matter = id("case", "incident", "reference")
	if id("incident") != "" {
		u.Matter = id("number", "incident")
	}
	u.Since, u.Until = when(b, "from"), when(b, "to")
	if u.Until <= u.Since {
		u.Since, u.Until = 0, 0
	}
	// What an act is about may have an address and a purpose of its own.
	outer := b[:min(1, len(b))]
	said := outer
	if rule.Use == Evidence {
		said = b // a statement's reason stands within it
	}
	u.Why = Clean(text(said, "purpose", "reason", "remarks", "need"), longWhy)
	if rule.Refused {
		if u.Refused = id("why", "verdict"); u.Refused == "" {
			u.Refused = "refused"
		}
	}
	u.Address, u.Terms = Clean(text(outer, "address"), longName), Clean(text(outer, "terms"), longTerms)
	u.What = Clean(text(outer, "path", "file", "half"), longTerms)
	return u, true
}

func join(ids []string) Words {
	var out []string
	seen := map[string]bool{}
	for _, id := range ids {
		if id = Clean(id, longName); id != "" && !seen[id] && !strings.Contains(id, " ") && len(out) < mostCameras {
			seen[id] = true
			out = append(out, id)
		}
	}
	return Words(strings.Join(out, " "))
}

// Bounds on the words by which a row is found.
const (
	mostWords   = 40
	longestWord = 32
)

// words are those of a text by which it is found: in small letters, of two
// characters or more, each once.
func words(s string) (out []string) {
	seen := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if utf8.RuneCountInString(w) < 2 || seen[w] {
			continue
		}
		seen[w] = true
		if r := []rune(w); len(r) > longestWord {
			w = string(r[:longestWord])
		}
		if out = append(out, w); len(out) == mostWords {
			break
		}
	}
	return out
}

// The beginnings of marks.
const (
	cameraMark = "c:"
	wordMark   = "w:"
)

// words are those that a row is found by.
func (u *Use) words() []string { return words(u.Terms + " " + u.Why + " " + u.Matter + " " + u.About) }

// marks are what a row is found by beside its columns.
func (u *Use) marks() (out []string) {
	for _, c := range u.Cameras.List() {
		out = append(out, cameraMark+c)
	}
	for _, w := range u.words() {
		out = append(out, wordMark+w)
	}
	return out
}
