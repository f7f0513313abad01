package cases

import (
	"fmt"
	"net/url"
	"strings"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fds"
)

// item is one question on a page: a field, a group of choices or rows, with
// what is said beside it.
type item struct {
	ID      string // of the wrapper, for links
	Field   *fds.Field
	Group   *fds.Choices
	Rows    *rows
	Example string
	Cite    string
	// WhenField and WhenIs say for which answer of another field it is asked.
	WhenField, WhenIs string
	Theirs            string // what another wrote meanwhile
	TheirsBy          string
}

// rows is a small table to fill in.
type rows struct {
	ID, Name, Legend, Hint, Error, ErrorWord string
	Columns                                  []string
	Lines                                    []rowLine
	More                                     fds.Button
}

type rowLine struct {
	Label string
	Cells []fds.Field
}

// spareRows is how many empty rows stand ready.
const spareRows = 2

// items makes the questions of a page from the process, with what was
// answered. more names the field that was asked for more rows.
func (v *visit) items(fields []casework.Field, answers casework.Answers, more string) []item {
	var out []item
	for i := range fields {
		f := &fields[i]
		x := item{ID: "q-" + f.ID, Example: v.text(f.Example), Cite: f.Cite}
		if f.When != nil {
			x.WhenField, x.WhenIs = f.When.Field, strings.Join(f.When.Is, " ")
		}
		a := answers[f.ID]
		switch f.Kind {
		case casework.FieldChoices, casework.FieldChoice, casework.FieldYesNo:
			g := v.group(f, a)
			x.Group = &g
		case casework.FieldRows, casework.FieldPeople:
			x.Rows = v.rows(f, a, more == f.ID)
		default:
			g := v.control(f, "f-"+f.ID, f.ID, a.Text)
			x.Field = &g
		}
		out = append(out, x)
	}
	return out
}

// control is a field of one value.
func (v *visit) control(f *casework.Field, id, name, value string) fds.Field {
	c := fds.Field{ID: id, Name: name, Label: v.text(f.Label), Hint: v.text(f.Help), Value: value, Optional: f.Optional,
		ErrorWord: v.T("form.error"), OptionalText: v.T("form.optional"), Type: "text", Spellcheck: true}
	switch f.Kind {
	case casework.FieldText:
		c.Type, c.Rows, c.MaxLength = "area", 5, 20_000
		if f.Max > 0 {
			c.MaxLength = f.Max
		}
	case casework.FieldNumber:
		c.Type, c.Width, c.Spellcheck = "number", "short", false
		if f.Min != 0 || f.Max != 0 {
			c.Min = fmt.Sprint(f.Min)
		}
		if f.Max != 0 {
			c.Max = fmt.Sprint(f.Max)
		}
	case casework.FieldDate:
		c.Type, c.Width, c.Spellcheck = "date", "medium", false
	case casework.FieldChoice, casework.FieldYesNo:
		c.Type = "select"
		c.Choices = append([]fds.Choice{{}}, v.options(f, []string{value})...)
	default:
		c.MaxLength = 300
		if f.Max > 0 {
			c.MaxLength = f.Max
		}
	}
	return c
}

func (v *visit) options(f *casework.Field, on []string) []fds.Choice {
	options := f.Choices
	if f.Kind == casework.FieldYesNo {
		options = []casework.Option{{ID: casework.Yes, Text: casework.Text{DA: "Ja", EN: "Yes"}}, {ID: casework.No, Text: casework.Text{DA: "Nej", EN: "No"}}}
	}
	var out []fds.Choice
	for _, o := range options {
		c := fds.Choice{Value: o.ID, Text: v.text(o.Text), Hint: v.text(o.Help)}
		for _, x := range on {
			c.On = c.On || x == o.ID
		}
		out = append(out, c)
	}
	return out
}

func (v *visit) group(f *casework.Field, a casework.Answer) fds.Choices {
	on := a.Many
	if f.Kind != casework.FieldChoices {
		on = []string{a.Text}
	}
	legend := v.text(f.Label)
	if f.Optional {
		legend += " " + v.T("form.optional")
	}
	return fds.Choices{ID: "f-" + f.ID, Name: f.ID, Legend: legend, Hint: v.text(f.Help), ErrorWord: v.T("form.error"),
		Many: f.Kind == casework.FieldChoices, Items: v.options(f, on)}
}

func (v *visit) rows(f *casework.Field, a casework.Answer, more bool) *rows {
	legend := v.text(f.Label)
	if f.Optional {
		legend += " " + v.T("form.optional")
	}
	t := &rows{ID: "f-" + f.ID, Name: f.ID, Legend: legend, Hint: v.text(f.Help), ErrorWord: v.T("form.error"),
		More: fds.Button{Kind: "tertiary", Text: v.T("task.rows.more"), Icon: "plus", Name: "mere", Value: f.ID}}
	cols := f.RowColumns()
	for i := range cols {
		t.Columns = append(t.Columns, v.text(cols[i].Label))
	}
	n := len(a.Rows) + spareRows
	if more {
		n += 3
	}
	for i := range n {
		line := rowLine{Label: v.T("task.rows.line", i+1)}
		for k := range cols {
			col := &cols[k]
			value := ""
			if i < len(a.Rows) {
				value = a.Rows[i][col.ID]
			}
			name := fmt.Sprintf("%s.%d.%s", f.ID, i, col.ID)
			c := v.control(col, "f-"+strings.ReplaceAll(name, ".", "-"), name, value)
			c.Hint, c.Optional, c.OptionalText = "", true, ""
			if c.Type == "area" {
				c.Rows = 2
			}
			line.Cells = append(line.Cells, c)
		}
		t.Lines = append(t.Lines, line)
	}
	return t
}

// longestTable is the most rows that are read of one field.
const longestTable = 200

// answersOf reads what was posted to the fields of a page.
func answersOf(fields []casework.Field, in url.Values) casework.Answers {
	out := casework.Answers{}
	for i := range fields {
		f := &fields[i]
		switch f.Kind {
		case casework.FieldChoices:
			out[f.ID] = casework.Answer{Many: in[f.ID]}
		case casework.FieldRows, casework.FieldPeople:
			var a casework.Answer
			for n := range longestTable {
				row, there := map[string]string{}, false
				for _, col := range f.RowColumns() {
					val, ok := in[fmt.Sprintf("%s.%d.%s", f.ID, n, col.ID)]
					there = there || ok
					if ok && len(val) > 0 && strings.TrimSpace(val[0]) != "" {
						row[col.ID] = clean(val[0])
					}
				}
				if !there {
					break
				}
				if len(row) > 0 {
					a.Rows = append(a.Rows, row)
				}
			}
			out[f.ID] = a
		default:
			out[f.ID] = casework.Answer{Text: clean(in.Get(f.ID))}
		}
	}
	return out
}

// clean takes off blanks and a browser's line ends.
func clean(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
}

// fail says at the question what is missing or wrong.
func (v *visit) fail(items []item, m casework.Missing) {
	for i := range items {
		x := &items[i]
		switch {
		case x.Field != nil && x.Field.Name == m.Field && x.Field.Error == "":
			x.Field.Error = v.text(m.Text)
		case x.Group != nil && x.Group.Name == m.Field && x.Group.Error == "":
			x.Group.Error = v.text(m.Text)
		case x.Rows != nil && x.Rows.Name == m.Field && x.Rows.Error == "":
			x.Rows.Error = v.text(m.Text)
		}
	}
}
