// Package fds is Det Fælles Designsystem (dkfds 11.2.0) as typed partials for
// html/template.
//
// A screen fills a struct ([Alert], [Table], [Field]) and its template says
// {{template "fds/alert" .Alert}}: the markup of the design system is written
// here, once, so that a change of its version touches this package and no
// screen. Parts that enclose free content come in pairs, "fds/details-open"
// and "fds/details-close".
//
// It promises that each partial takes exactly its struct (templatecheck in the
// tests), that every control has a name a screen reader can say, and that
// nothing needs an inline script or style. It refuses raw HTML: texts are
// strings and are escaped; what is more than text is a partial.
//
// Words that the design system itself says ("Fejl", "Forrige side") are given
// by [Words], since a page has one language.
package fds

import (
	"embed"
	"fmt"
	"html/template"
	"strconv"
	"strings"
)

//go:embed parts/*.tmpl
var parts embed.FS

// Funcs are the functions that the partials, and pages, may call. sprite is
// the address of the design system's icon file.
func Funcs(sprite string) template.FuncMap {
	return template.FuncMap{
		"icon":      func(name string) Icon { return Icon{Sprite: sprite, Name: name} },
		"iconNamed": func(name, label string) Icon { return Icon{Sprite: sprite, Name: name, Label: label} },
		"badge":     func(tone Tone, text string) Badge { return Badge{tone, text} },
		"inc":       func(i int) int { return i + 1 },
	}
}

// Add parses the partials into t, which must already have [Funcs].
func Add(t *template.Template) (*template.Template, error) {
	return t.ParseFS(parts, "parts/*.tmpl")
}

// Tone is what colour says beside the words; never instead of them.
type Tone string

// The four tones that alerts and badges have, and none.
const (
	Plain   Tone = ""
	Info    Tone = "info"
	Success Tone = "success"
	Warning Tone = "warning"
	Error   Tone = "error"
)

// Icon is one symbol of the sprite. Without a Label it is decoration.
type Icon struct {
	Sprite, Name, Label string
}

// Badge is a short state in words.
type Badge struct {
	Tone Tone
	Text string
}

// Link is an address and its name.
type Link struct {
	Href, Text string
}

// Alert is a message box. Warnings and errors are announced.
type Alert struct {
	Tone    Tone
	Heading string
	Text    string
	Links   []Link
	// ID is the element's id, or empty.
	ID string
}

// Icon is the symbol that belongs to the tone.
func (a Alert) Icon() string {
	if a.Tone == Plain {
		return "info"
	}
	return string(a.Tone)
}

// Loud says whether the message interrupts a screen reader.
func (a Alert) Loud() bool { return a.Tone == Warning || a.Tone == Error }

// Button is a form's button. Kind is "primary", "secondary", "tertiary" or
// "warning"; Name and Value are sent with the form when set.
type Button struct {
	Kind, Text, Icon  string
	Name, Value, Form string
	// Plain makes it a button that submits nothing.
	Plain bool
	ID    string
}

// Type is the button's HTML type.
func (b Button) Type() string {
	if b.Plain {
		return "button"
	}
	return "submit"
}

// Field is one labelled control: a text field, an area or a list of choices.
type Field struct {
	ID, Name, Label string
	Type            string // "text", "password", "search", "date", "time", "datetime-local", "number", "area", "select", "file"
	Value           string
	Hint            string // help beneath the label, with an example
	Error           string // what is wrong and the way out
	Optional        bool
	OptionalText    string // "(frivilligt)"
	ErrorWord       string // "Fejl"
	Autocomplete    string
	Rows            int
	Min, Max, Step  string
	MaxLength       int
	Width           string // "short", "medium", or empty for all of it
	Choices         []Choice
	Spellcheck      bool
	Accept          string // of a file: ".pdf,.xlsx"
	Camera          bool   // of a file: a phone opens its camera
}

// DescribedBy lists the ids of the hint and the error for aria-describedby.
func (f Field) DescribedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.ID+"-error")
	}
	return strings.Join(ids, " ")
}

// RowCount is the height of an area.
func (f Field) RowCount() int {
	if f.Rows > 0 {
		return f.Rows
	}
	return 4
}

// Choice is one option of a select, a radio group or a set of checkboxes.
type Choice struct {
	Value, Text, Hint string
	On                bool
}

// Choices is a group of radio buttons or, with Many, of checkboxes.
type Choices struct {
	ID, Name, Legend, Hint, Error, ErrorWord string
	Many                                     bool
	Items                                    []Choice
}

// DescribedBy lists the ids of the hint and the error.
func (c Choices) DescribedBy() string {
	return Field{ID: c.ID, Hint: c.Hint, Error: c.Error}.DescribedBy()
}

// OptionID is the id of the i-th option; the first is the group's own, so that
// an error summary's link lands on it.
func (c Choices) OptionID(i int) string {
	if i == 0 {
		return c.ID
	}
	return fmt.Sprintf("%s-%d", c.ID, i+1)
}

// ErrorSummary stands above a form that was refused and links to each field.
type ErrorSummary struct {
	Heading string
	Errors  []Link // Href "#field-id"
}

// Row is one line of a structured list: a term, what is said of it, and where
// it is changed or explained.
type Row struct {
	Term, Text string
	Badge      *Badge
	More       []string // further lines
	Link       *Link
}

// StructuredList is terms and values, one a row.
type StructuredList struct {
	Caption string
	Rows    []Row
}

// Crumbs is the path to the page; the last has no Href.
type Crumbs struct {
	Label string
	Items []Link
}

// Step is one step of a step indicator: State is "done", "current", "error" or
// empty for one to come. Href leads back to one that is done.
type Step struct {
	Text, Hint, State, Href string
}

// Steps is a step indicator.
type Steps struct {
	Label string
	Words StepWords
	Items []Step
}

// StepWords are what a screen reader hears of a step.
type StepWords struct{ Done, Error string }

// Tab is one of the pages that belong together.
type Tab struct {
	Href, Text string
	Current    bool
}

// Tabs are links between pages that belong together.
type Tabs struct {
	Label string
	Items []Tab
}

// Card is a boxed link or figure.
type Card struct {
	Href, Heading, Text, Sub, Icon string
}

// Modal is a dialog that the design system's script opens.
type Modal struct {
	ID, Heading, Close string
}

// Details is a summary that opens.
type Details struct {
	Summary string
	Open    bool
	ID      string
}

func itoa(n int) string { return strconv.Itoa(n) }
