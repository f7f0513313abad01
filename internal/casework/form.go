package casework

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What answers can mean beyond their words: the parts of law.Application by
// their dotted names (docs/ref/law.md), and these.
const (
	MeansRetention = "retention.days" // how long footage is kept, in days (H 5.2)
	MeansSpecial   = "special"        // yes: a special case that goes to the politicians (H 2.4)
	MeansRenewal   = "renewal.why"    // what a new application changes of an old one; filled in by [Renew]
	MeansDone      = "done"           // at a step: the day on which it was done, never in the future
)

// Meanings lists what a field may mean.
func Meanings() []string {
	return []string{MeansRetention, MeansSpecial, MeansRenewal, MeansDone,
		"purpose.text", "purpose.kind", "risk.identified", "risk.described", "risk.business", "risk.privacy", "risk.strategy",
		"incidents", "necessity", "tried", "retention.reason", "retention.longer", "retention.special",
		"hours.text", "hours.open", "hours.reason", "handling", "access", "signs", "information",
		"sound.reason", "sound.basis", "covert",
		"screening.public", "screening.large", "screening.vulnerable", "screening.staff", "screening.technology", "screening.combined",
		"screening.done", "screening.reason"}
}

// Longest texts, in characters, where a field sets no limit.
const (
	maxLine = 300
	maxText = 20_000
	maxRows = 200
)

// The answers of a yes-no field.
const (
	Yes = "yes"
	No  = "no"
)

// Empty reports whether nothing was answered.
func (a Answer) Empty() bool {
	if strings.TrimSpace(a.Text) != "" || len(a.Many) > 0 {
		return false
	}
	return !slices.ContainsFunc(a.Rows, filled)
}

func filled(row map[string]string) bool {
	for _, x := range row {
		if strings.TrimSpace(x) != "" {
			return true
		}
	}
	return false
}

// Check says what is wrong with the answer to a field, by form alone.
func (f *Field) check(a Answer) []Missing {
	var why []Missing
	add := func(m Missing) {
		m.Field, m.Cite = f.ID, f.Cite
		why = append(why, m)
	}
	if a.Empty() {
		if !f.Optional {
			add(sayOf("field.missing", f.Label))
		}
		return why
	}
	text := strings.TrimSpace(a.Text)
	switch f.Kind {
	case FieldLine, FieldText:
		n := utf8.RuneCountInString(text)
		most := f.Max
		if most == 0 {
			most = maxText
			if f.Kind == FieldLine {
				most = maxLine
			}
		}
		if n < f.Min {
			add(sayOf("field.short", f.Label, f.Min))
		}
		if n > most {
			add(sayOf("field.long", f.Label, most))
		}
	case FieldNumber:
		n, err := strconv.Atoi(text)
		switch {
		case err != nil:
			add(sayOf("field.number", f.Label))
		case f.Min != 0 && n < f.Min:
			add(sayOf("field.least", f.Label, f.Min))
		case f.Max != 0 && n > f.Max:
			add(sayOf("field.most", f.Label, f.Max))
		}
	case FieldDate:
		if _, ok := parseDay(text); !ok {
			add(sayOf("field.date", f.Label))
		}
	case FieldYesNo:
		if text != Yes && text != No {
			add(sayOf("field.choice", f.Label))
		}
	case FieldChoice:
		if !f.chooses(text) {
			add(sayOf("field.choice", f.Label))
		}
	case FieldChoices:
		if slices.ContainsFunc(a.Many, func(x string) bool { return !f.chooses(x) }) || len(a.Many) == 0 {
			add(sayOf("field.choice", f.Label))
		}
	case FieldRows, FieldPeople:
		why = append(why, f.checkRows(a.Rows)...)
	}
	return why
}

func (f *Field) chooses(id string) bool {
	_, ok := find(f.Choices, func(o *Option) bool { return o.ID == id })
	return ok
}

// checkRows checks the rows that hold something.
func (f *Field) checkRows(rows []map[string]string) []Missing {
	var why []Missing
	n := 0
	for _, row := range rows {
		if !filled(row) {
			continue
		}
		n++
		columns := f.RowColumns()
		for i := range columns {
			for _, m := range columns[i].check(Answer{Text: row[columns[i].ID]}) {
				m.Field = f.ID + "." + strconv.Itoa(n-1) + "." + columns[i].ID
				why = append(why, m)
			}
		}
	}
	most := f.Max
	if most == 0 {
		most = maxRows
	}
	for _, m := range []struct {
		wrong bool
		m     Missing
	}{{n < f.Min, sayOf("field.rows-few", f.Label, f.Min)}, {n > most, sayOf("field.rows-many", f.Label, most)}} {
		if m.wrong {
			m.m.Field, m.m.Cite = f.ID, f.Cite
			why = append(why, m.m)
		}
	}
	return why
}

// RowColumns are the columns of a field of rows; people have name, role and
// contact.
func (f *Field) RowColumns() []Field {
	if f.Kind != FieldPeople {
		return f.Columns
	}
	return []Field{
		{ID: "name", Label: Text{"Navn", "Name"}, Kind: FieldLine},
		{ID: "role", Label: Text{"Funktion", "Position"}, Kind: FieldLine},
		{ID: "contact", Label: Text{"Telefon eller e-mail", "Telephone or e-mail"}, Kind: FieldLine},
	}
}

// Missing says, task by task, what an application lacks by form (what is not
// filled in, or wrongly) and by what the process itself demands. What it lacks
// by law is internal/law's to say.
func (p *Process) Missing(a Application) map[string][]Missing {
	out := map[string][]Missing{}
	for i := range p.Tasks {
		t := &p.Tasks[i]
		if !t.When.Holds(a.Answers) {
			continue
		}
		var why []Missing
		for j := range t.Fields {
			if f := &t.Fields[j]; f.When.Holds(a.Answers) {
				why = append(why, f.check(a.Answers[f.ID])...)
			}
		}
		switch t.Kind {
		case TaskCameras:
			why = append(why, a.missingCameras()...)
		case TaskHours:
			why = append(why, a.missingHours()...)
		case TaskAnnexes:
			why = append(why, p.missingAnnexes(a)...)
		case TaskDrawings:
			if len(a.Drawings) == 0 && !p.hasDrawing(a) {
				why = append(why, say("drawing.none"))
			}
		}
		if len(why) > 0 {
			out[t.ID] = why
		}
	}
	for id, list := range p.beyond(a) {
		out[id] = append(out[id], list...)
	}
	for id := range out {
		for k := range out[id] {
			out[id][k].Task = id
		}
	}
	return out
}

// hasDrawing reports whether a drawing was attached instead of drawn.
func (p *Process) hasDrawing(a Application) bool {
	return slices.ContainsFunc(a.Annexes, func(x Annex) bool { return x.Kind == AnnexDrawing })
}

func (p *Process) missingAnnexes(a Application) []Missing {
	var why []Missing
	for i := range p.Annexes {
		k := &p.Annexes[i]
		if !k.Required || !k.When.Holds(a.Answers) || slices.ContainsFunc(a.Annexes, func(x Annex) bool { return x.Kind == k.ID }) {
			continue
		}
		if k.ID == AnnexDrawing && len(a.Drawings) > 0 {
			continue
		}
		m := sayOf("case.annex", k.Title)
		m.Field, m.Cite = k.ID, k.Cite
		why = append(why, m)
	}
	return why
}

func (a Application) missingCameras() []Missing {
	var why []Missing
	if len(a.Cameras) == 0 {
		why = append(why, say("camera.none"))
	}
	seen := map[string]bool{}
	for i := range a.Cameras {
		w := &a.Cameras[i]
		name := Text{w.Name, w.Name}
		if w.Name == "" {
			name = Text{w.Camera, w.Camera}
		}
		add := func(field, key string, args ...any) {
			m := sayOf(key, name, args...)
			m.Camera, m.Field = w.Camera, field
			why = append(why, m)
		}
		if seen[w.Camera] {
			add("camera", "camera.twice")
		}
		seen[w.Camera] = true
		for _, x := range []struct{ is, field, key string }{
			{w.Purpose, "purpose", "camera.purpose"}, {w.Basis, "basis", "camera.basis"}, {w.Place, "place", "camera.place"},
		} {
			if strings.TrimSpace(x.is) == "" {
				add(x.field, x.key)
			}
		}
		for _, x := range []struct{ is, field, da, en string }{
			{w.Functionality, "functionality", "kameraets funktion", "functionality"},
			{w.Quality, "quality", "billed- og videokvalitet", "picture and video quality"},
			{w.Storage, "storage", "lagring af optagelser", "storage of recordings"},
			{w.Mounting, "mounting", "hvor og hvordan det sidder", "mounting"},
		} {
			if strings.TrimSpace(x.is) == "" {
				add(x.field, "camera.element", x.da, x.en)
			}
		}
		if w.Recording && !slices.ContainsFunc(a.Hours, func(p Pattern) bool { return p.ID == w.Pattern }) {
			add("pattern", "camera.hours")
		}
	}
	return why
}

func (a Application) missingHours() []Missing {
	var why []Missing
	if len(a.Hours) == 0 {
		why = append(why, say("hours.none"))
	}
	seen := map[string]bool{}
	for _, h := range a.Hours {
		m := func(key string) { why = append(why, sayOf(key, Text{h.Name, h.Name})) }
		if h.ID == "" || seen[h.ID] {
			m("hours.twice")
		}
		seen[h.ID] = true
		if err := h.Hours.Check(); err != nil {
			m("hours.form")
			continue
		}
		if a.Frame.ID != "" && a.Frame.Hours.Check() == nil && !a.Frame.covers(h) {
			m("hours.frame")
		}
	}
	if a.Frame.ID != "" && a.Frame.Hours.Check() != nil {
		why = append(why, sayOf("hours.form", Text{a.Frame.Name, a.Frame.Name}))
	}
	return why
}
