// Package inspection answers an inspection (tilsyn): the twelve questions that
// Datatilsynet asks whoever watches a place (D 2.1-2.12), for one location or
// for all of a controller's.
//
// What it promises: every statement is found in what the rooms know and the
// recorder says, and names what proves it; what the law, the guideline or
// Datatilsynet asks for and the facts do not show is a gap, with what to do
// about it; what the platform cannot know is said; all locations of a controller
// take as many queries as one of them.
//
// What it refuses: to smooth over a gap, and to answer from what somebody ticked.
package inspection

import (
	"slices"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/safeguards"
)

// Form names the form of the answers as a file, so that whoever reads it can
// tell when it changes.
const Form = "vidne-inspection-1"

// Questions is how many there are.
const Questions = 12

// Proof (dokumentation) is what shows that a statement is true.
type Proof struct {
	// What it is: "case", "permit", "sign", "page", "form", "ledger", "document",
	// "disclosure", "lock", "notice".
	What     string `json:"what"`
	Name     string `json:"name"`               // its number or name
	Href     string `json:"href,omitempty"`     // where it is seen
	Document string `json:"document,omitempty"` // in internal/document
	Entry    int64  `json:"entry,omitempty"`    // its number in the portal's ledger, from 1; 0: none
}

// Statement is one thing that is so.
type Statement struct {
	safeguards.Statement
	Proof []Proof `json:"proof,omitempty"`
}

// Gap (mangel) is what is asked for and not there.
type Gap struct {
	// Key names its words; what to do about it has the same key and ".do". Of the
	// security description it is "safeguards", and Name its own key.
	Key      string    `json:"key"`
	Location string    `json:"location,omitempty"` // id; empty: of the controller
	Place    string    `json:"place,omitempty"`    // its name
	Name     string    `json:"name,omitempty"`     // of the thing
	Count    int64     `json:"count,omitempty"`
	At       time.Time `json:"at,omitzero"`
	Href     string    `json:"href,omitempty"` // where to do something about it
}

// Cell is what stands in a table: a text, or the key of one.
type Cell struct {
	Text  string    `json:"text,omitempty"`
	EN    string    `json:"en,omitempty"` // Text in English, where it is not what somebody wrote
	Key   string    `json:"key,omitempty"`
	Count int64     `json:"count,omitempty"` // of Key, or alone
	At    time.Time `json:"at,omitzero"`
	Href  string    `json:"href,omitempty"`
}

// Table is a table: its caption and the headings of its columns are words of its
// key.
type Table struct {
	Key     string   `json:"key"`
	Columns []string `json:"columns"`
	Rows    [][]Cell `json:"rows"`
}

// Answer (svar) is that to one question.
type Answer struct {
	Number int         `json:"number"` // of D 2
	Says   []Statement `json:"says"`
	Tables []Table     `json:"tables"`
	Gaps   []Gap       `json:"gaps"`
	Cannot []string    `json:"cannot"` // keys of what the platform cannot know
}

// Answers are all twelve.
type Answers struct {
	Form         string    `json:"form"`
	Made         time.Time `json:"made"`
	ControllerID string    `json:"controller_id"`
	Controller   string    `json:"controller"`
	Contact      string    `json:"contact"`
	DPO          string    `json:"dpo"`
	Location     string    `json:"location,omitempty"` // id; empty: all
	Place        string    `json:"place,omitempty"`    // its name and address
	Locations    int       `json:"locations"`
	Cameras      int       `json:"cameras"` // with a permit in force
	Answers      []Answer  `json:"answers"`
}

// Gaps counts all gaps.
func (a Answers) Gaps() (n int) {
	for _, x := range a.Answers {
		n += len(x.Gaps)
	}
	return n
}

// Entries are the ledger's entries that the answers name, in rising order, each
// once; numbers from 0.
func (a Answers) Entries() (out []int64) {
	for _, x := range a.Answers {
		for _, s := range x.Says {
			for _, p := range s.Proof {
				if p.Entry > 0 {
					out = append(out, p.Entry-1)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Documents are the documents that the answers name, each once.
func (a Answers) Documents() (out []Proof) {
	seen := map[string]bool{}
	for _, x := range a.Answers {
		for _, s := range x.Says {
			for _, p := range s.Proof {
				if p.Document != "" && !seen[p.Document] {
					seen[p.Document], out = true, append(out, p)
				}
			}
		}
	}
	return out
}

// Engine is what the recorder says, as the caller heard it.
type Engine struct {
	safeguards.Engine
	Oldest func(camera string) time.Time // readable footage, what a lock keeps among it; zero: none
	Late   []engineapi.Deletion          // past their time and readable
}

// Query says what is asked.
type Query struct {
	Controller string
	Location   string // empty: all of the controller's
	Engine     Engine
}

// The building of one answer.

func (a *Answer) say(key string, count int64, name string, proof ...Proof) {
	a.at(key, count, name, time.Time{}, proof...)
}

func (a *Answer) at(key string, count int64, name string, at time.Time, proof ...Proof) {
	a.Says = append(a.Says, Statement{safeguards.Statement{Key: key, Count: count, Name: name, At: at}, proof})
}

func (a *Answer) gap(g Gap) { a.Gaps = append(a.Gaps, g) }

func (a *Answer) cannot(keys ...string) { a.Cannot = append(a.Cannot, keys...) }

func (a *Answer) table(key string, columns []string, rows [][]Cell) {
	if len(rows) > 0 {
		a.Tables = append(a.Tables, Table{key, columns, rows})
	}
}
