package page

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"vidne.dk/vidne/internal/fds"
)

// Field fills in the words of a field from the catalogue: key and key.hint.
func (v *Visit) Field(f fds.Field, key string) fds.Field {
	f.Label = v.T(key)
	f.Hint = v.Or(key+".hint", f.Hint)
	f.ErrorWord, f.OptionalText = v.T("form.error"), v.T("form.optional")
	return f
}

// Summary lists the fields' errors above the form; nil when there are none.
func (v *Visit) Summary(fields ...fds.Field) *fds.ErrorSummary {
	var s fds.ErrorSummary
	for _, f := range fields {
		if f.Error != "" {
			s.Errors = append(s.Errors, fds.Link{Href: "#" + f.ID, Text: f.Error})
		}
	}
	return v.headed(s)
}

func (v *Visit) headed(s fds.ErrorSummary) *fds.ErrorSummary {
	if len(s.Errors) == 0 {
		return nil
	}
	s.Heading = v.N("form.errors", int64(len(s.Errors)))
	return &s
}

// Form is the fields of a page, in the order in which their errors are listed.
// A field's words are those of the form's key and its name: <key>.<name>,
// <key>.<name>.hint, <key>.<name>.missing.
type Form struct {
	v      *Visit
	key    string
	fields []*fds.Field
	groups []*fds.Choices
	order  []string // names, of fields and groups
}

// NewForm begins a form whose texts stand under key.
func (v *Visit) NewForm(key string) *Form { return &Form{v: v, key: key} }

// Add adds a field. Its ID is its name; a Type that is not given is "text".
func (f *Form) Add(field fds.Field) *Form {
	field.ID = field.Name
	if field.Type == "" {
		field.Type = "text"
	}
	field = f.v.Field(field, f.key+"."+field.Name)
	f.fields = append(f.fields, &field)
	f.order = append(f.order, field.Name)
	return f
}

// Text adds a line of text of at most longest characters.
func (f *Form) Text(name string, longest int, optional bool) *Form {
	return f.Add(fds.Field{Name: name, MaxLength: longest, Optional: optional, Spellcheck: true})
}

// Area adds a text of several lines.
func (f *Form) Area(name string, longest, rows int, optional bool) *Form {
	return f.Add(fds.Field{Name: name, Type: "area", MaxLength: longest, Rows: rows, Optional: optional, Spellcheck: true})
}

// Date adds a date, as browsers write it: 2026-11-21. Read it with [LocalDate].
func (f *Form) Date(name string, optional bool) *Form {
	return f.Add(fds.Field{Name: name, Type: "date", Width: "medium", Optional: optional})
}

// Select adds a list to choose one from.
func (f *Form) Select(name string, choices ...fds.Choice) *Form {
	return f.Add(fds.Field{Name: name, Type: "select", Choices: choices})
}

// Radio adds radio buttons, Checks adds boxes of which several can be ticked.
func (f *Form) Radio(name string, items ...fds.Choice) *Form { return f.group(name, false, items) }

// Checks adds boxes of which several can be ticked.
func (f *Form) Checks(name string, items ...fds.Choice) *Form { return f.group(name, true, items) }

func (f *Form) group(name string, many bool, items []fds.Choice) *Form {
	key := f.key + "." + name
	g := fds.Choices{ID: name, Name: name, Legend: f.v.T(key), Hint: f.v.Or(key+".hint", ""), ErrorWord: f.v.T("form.error"), Many: many, Items: items}
	f.groups = append(f.groups, &g)
	f.order = append(f.order, name)
	return f
}

// Field is the field of that name, for a template: {{template "fds/field"
// (.Form.Field "navn")}}.
func (f *Form) Field(name string) fds.Field {
	for _, x := range f.fields {
		if x.Name == name {
			return *x
		}
	}
	return fds.Field{}
}

// Group is the group of that name.
func (f *Form) Group(name string) fds.Choices {
	for _, g := range f.groups {
		if g.Name == name {
			return *g
		}
	}
	return fds.Choices{}
}

// Items are all fields and groups in order, for a page that shows them one
// after the other: {{template "form-items" .Form}}.
func (f *Form) Items() []FormItem {
	var out []FormItem
	for _, name := range f.order {
		i := FormItem{}
		if section, ok := strings.CutPrefix(name, "#"); ok {
			i.Heading, i.Text = f.v.T(f.key+"."+section), f.v.Or(f.key+"."+section+".text", "")
		} else if g := f.Group(name); g.Name != "" {
			i.Group = &g
		} else {
			x := f.Field(name)
			i.Field = &x
		}
		out = append(out, i)
	}
	return out
}

// Section begins a part of the form: <key>.<name> is its heading, and
// <key>.<name>.text, if there is one, what is said beneath.
func (f *Form) Section(name string) *Form {
	f.order = append(f.order, "#"+name)
	return f
}

// FormItem is a field, a group, or the beginning of a section.
type FormItem struct {
	Heading, Text string
	Field         *fds.Field
	Group         *fds.Choices
}

// Fill sets all fields from what was typed, or from what is on record.
func (f *Form) Fill(values url.Values) *Form {
	for _, x := range f.fields {
		x.Value = strings.TrimSpace(values.Get(x.Name))
		for i := range x.Choices {
			x.Choices[i].On = x.Choices[i].Value == x.Value
		}
	}
	for _, g := range f.groups {
		for i := range g.Items {
			g.Items[i].On = false
			for _, val := range values[g.Name] {
				g.Items[i].On = g.Items[i].On || g.Items[i].Value == val
			}
		}
	}
	return f
}

// Get is what stands in a field, without blanks around it.
func (f *Form) Get(name string) string {
	if g := f.Group(name); g.Name != "" {
		if all := f.All(name); len(all) > 0 {
			return all[0]
		}
		return ""
	}
	return f.Field(name).Value
}

// All is what is chosen in a group, of what it offers.
func (f *Form) All(name string) []string {
	var out []string
	for _, i := range f.Group(name).Items {
		if i.On {
			out = append(out, i.Value)
		}
	}
	return out
}

// Check finds what is missing, too long or not among the choices.
func (f *Form) Check() *Form {
	for _, x := range f.fields {
		switch {
		case x.Value == "" && !x.Optional && x.Type != "file" && x.Type != "select":
			f.Fail(x.Name, f.v.Or(f.key+"."+x.Name+".missing", f.v.T("form.missing", x.Label)))
		case x.MaxLength > 0 && utf8.RuneCountInString(x.Value) > x.MaxLength:
			f.Fail(x.Name, f.v.T("form.long", x.Label, x.MaxLength))
		case x.Type == "select" && !chosen(x.Choices):
			f.Fail(x.Name, f.v.Or(f.key+"."+x.Name+".missing", f.v.T("form.missing", x.Label)))
		}
	}
	for _, g := range f.groups {
		if !g.Many && !chosen(g.Items) {
			f.Fail(g.Name, f.v.Or(f.key+"."+g.Name+".missing", f.v.T("form.missing", g.Legend)))
		}
	}
	return f
}

func chosen(items []fds.Choice) bool {
	for _, i := range items {
		if i.On {
			return true
		}
	}
	return false
}

// Fail says at a field what is wrong and the way out, in words.
func (f *Form) Fail(name, text string) {
	for _, x := range f.fields {
		if x.Name == name {
			x.Error = text
		}
	}
	for _, g := range f.groups {
		if g.Name == name {
			g.Error = text
		}
	}
}

// FailWith says an error of a room below at a field.
func (f *Form) FailWith(name string, err error) { f.Fail(name, f.v.Explain(err)) }

// Errors is the summary above the form; nil when all is well.
func (f *Form) Errors() *fds.ErrorSummary {
	var s fds.ErrorSummary
	for _, i := range f.Items() {
		switch {
		case i.Field != nil && i.Field.Error != "":
			s.Errors = append(s.Errors, fds.Link{Href: "#" + i.Field.ID, Text: i.Field.Error})
		case i.Group != nil && i.Group.Error != "":
			s.Errors = append(s.Errors, fds.Link{Href: "#" + i.Group.ID, Text: i.Group.Error})
		}
	}
	return f.v.headed(s)
}

// OK reports whether no field has an error.
func (f *Form) OK() bool { return f.Errors() == nil }
