package casework

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/tomlfile"
)

// checker looks for what is wrong with a process in meaning.
type checker struct {
	p     *Process
	lines *tomlfile.Lines
	wrong []error
	ids   map[string]bool // of what is being listed
	// fields of the application, and those of steps, which no two may share
	fields map[string]*Field
}

func (p *Process) key() string { return fmt.Sprintf("process %s version %d", p.ID, p.Version) }

// check says everything that is wrong, in the order of the kinds of thing.
func (p *Process) check(lines *tomlfile.Lines) error {
	c := &checker{p: p, lines: lines, fields: map[string]*Field{}}
	c.head()
	c.bodies()
	c.tasks()
	c.annexes()
	c.steps()
	if len(c.wrong) == 0 { // a graph of what is there
		c.graph()
	}
	c.policy()
	c.rights()
	c.live()
	c.holds()
	return errors.Join(c.wrong...)
}

func (c *checker) fail(path []any, format string, args ...any) {
	c.wrong = append(c.wrong, c.lines.Errorf(path, format, args...))
}

func at(path ...any) []any { return path }

func below(path []any, more ...any) []any { return append(slices.Clone(path), more...) }

// id wants a good id that nothing of the same list has.
func (c *checker) id(path []any, id string) {
	switch {
	case !isID(id):
		c.fail(below(path, "id"), "%q is no id: letters a to z, digits, hyphens and dots", id)
	case c.ids[id]:
		c.fail(below(path, "id"), "%q is there twice", id)
	}
	c.ids[id] = true
}

func isID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}

func (c *checker) text(path []any, t Text) {
	if strings.TrimSpace(t.DA) == "" {
		c.fail(path, "the Danish words are missing")
	}
}

// oneOf wants a word of a closed list.
func (c *checker) oneOf(path []any, is string, all ...string) {
	if !slices.Contains(all, is) {
		c.fail(path, "%q is none of %s", is, strings.Join(all, ", "))
	}
}

// body wants a body that is there.
func (c *checker) body(path []any, id string) {
	if _, ok := c.p.Body(id); !ok {
		c.fail(path, "there is no body %q", id)
	}
}

func (c *checker) head() {
	p := c.p
	c.ids = map[string]bool{}
	c.id(nil, p.ID)
	c.text(at("name"), p.Name)
	c.text(at("about"), p.About)
	if p.Version < 1 {
		c.fail(at("version"), "versions begin at 1")
	}
	if p.InForce.IsZero() {
		c.fail(at("in_force"), "the day from which new cases use it is missing")
	}
	if len(p.For) == 0 {
		c.fail(at("for"), "no kind of controller can use it")
	}
	for i, k := range p.For {
		c.oneOf(at("for", i), k, "municipality", "authority", "business", "housing", "sports", "association")
	}
	c.ids = map[string]bool{}
	for i, ph := range p.Phases {
		c.id(at("phases", i), ph.ID)
		c.text(at("phases", i, "name"), ph.Name)
	}
}

func (c *checker) bodies() {
	c.ids = map[string]bool{}
	ofCase := 0
	for i, b := range c.p.Bodies {
		path := at("bodies", i)
		c.id(path, b.ID)
		c.text(below(path, "name"), b.Name)
		c.oneOf(below(path, "scope"), string(b.Scope), string(ScopeController), string(ScopeAdministration), string(ScopeLocation), string(ScopeCase))
		if b.Scope == ScopeCase {
			ofCase++
		}
		if b.Escalate != "" {
			c.body(below(path, "escalate"), b.Escalate)
		}
		if b.Escalate == b.ID {
			c.fail(below(path, "escalate"), "nobody is told of their own lateness")
		}
	}
	if ofCase != 1 {
		c.fail(at("bodies"), "one body is the applicant (scope %q), not %d", ScopeCase, ofCase)
	}
}

func (c *checker) tasks() {
	for i := range c.p.Tasks {
		for j := range c.p.Tasks[i].Fields {
			c.fields[c.p.Tasks[i].Fields[j].ID] = &c.p.Tasks[i].Fields[j]
		}
	}
	seen := map[string]bool{} // fields, over all tasks
	tasks := map[string]bool{}
	means := map[string]bool{}
	for i := range c.p.Tasks {
		t := &c.p.Tasks[i]
		path := at("tasks", i)
		c.ids = tasks
		c.id(path, t.ID)
		c.text(below(path, "title"), t.Title)
		c.oneOf(below(path, "kind"), t.Kind, TaskFields, TaskCameras, TaskHours, TaskAnnexes, TaskDrawings, TaskScreening)
		if t.Kind == TaskFields && len(t.Fields) == 0 {
			c.fail(path, "a task without fields")
		}
		for j, n := range t.Elements {
			if n < 1 || n > 16 {
				c.fail(below(path, "elements", j), "the elements of H 2.3 A are 1 to 16")
			}
		}
		c.when(path, t.When, c.fields)
		for j := range t.Fields {
			c.ids = seen
			f := &t.Fields[j]
			c.field(below(path, "fields", j), f, c.fields)
			if f.Means == MeansDone || f.Means != "" && means[f.Means] {
				c.fail(below(path, "fields", j, "means"), "%q is for one field, and %q for fields of steps", f.Means, MeansDone)
			}
			means[f.Means] = true
		}
	}
}

// field checks one; known are those that its When can ask.
func (c *checker) field(path []any, f *Field, known map[string]*Field) {
	c.id(path, f.ID)
	c.text(below(path, "label"), f.Label)
	c.oneOf(below(path, "kind"), string(f.Kind), string(FieldLine), string(FieldText), string(FieldNumber), string(FieldDate), string(FieldYesNo),
		string(FieldChoice), string(FieldChoices), string(FieldRows), string(FieldPeople))
	if f.Means != "" {
		c.oneOf(below(path, "means"), f.Means, Meanings()...)
	}
	if f.Max != 0 && f.Max < f.Min {
		c.fail(below(path, "max"), "at most %d and at least %d", f.Max, f.Min)
	}
	if chooses := f.Kind == FieldChoice || f.Kind == FieldChoices; chooses != (len(f.Choices) > 0) {
		c.fail(below(path, "choices"), "a choice has answers, and nothing else has")
	}
	if (f.Kind == FieldRows) != (len(f.Columns) > 0) {
		c.fail(below(path, "columns"), "rows have columns, and nothing else has")
	}
	outer := c.ids
	c.ids = map[string]bool{}
	for i, o := range f.Choices {
		c.id(below(path, "choices", i), o.ID)
		c.text(below(path, "choices", i, "text"), o.Text)
	}
	c.ids = map[string]bool{}
	for i := range f.Columns {
		k := f.Columns[i].Kind
		if k == FieldRows || k == FieldPeople || k == FieldChoices || f.Columns[i].When != nil {
			c.fail(below(path, "columns", i, "kind"), "a column is one plain answer")
			continue
		}
		c.field(below(path, "columns", i), &f.Columns[i], nil)
	}
	c.ids = outer
	c.when(path, f.When, known)
	if f.When != nil && f.When.Field == f.ID {
		c.fail(below(path, "when"), "the field asks itself")
	}
}

// when wants a field that is asked, and answers that it can have.
func (c *checker) when(path []any, w *When, known map[string]*Field) {
	if w == nil {
		return
	}
	path = below(path, "when")
	f, ok := known[w.Field]
	if !ok {
		c.fail(below(path, "field"), "there is no field %q", w.Field)
		return
	}
	if len(w.Is) == 0 {
		c.fail(path, "no answer makes it hold")
	}
	for i, is := range w.Is {
		var good bool
		switch f.Kind {
		case FieldYesNo:
			good = is == Yes || is == No
		case FieldChoice, FieldChoices:
			good = f.chooses(is)
		default:
			c.fail(below(path, "field"), "%q is no choice and not yes or no", w.Field)
			return
		}
		if !good {
			c.fail(below(path, "is", i), "%q is no answer to %q", is, w.Field)
		}
	}
}

func (c *checker) annexes() {
	c.ids = map[string]bool{}
	for i := range c.p.Annexes {
		a := &c.p.Annexes[i]
		path := at("annexes", i)
		c.id(path, a.ID)
		c.text(below(path, "title"), a.Title)
		c.when(path, a.When, c.fields)
		if len(a.Accept) == 0 {
			c.fail(path, "no kind of file is accepted")
		}
		for j, k := range a.Accept {
			c.oneOf(below(path, "accept", j), k, "pdf", "png", "jpeg", "docx", "xlsx", "odt", "txt")
		}
	}
	c.ids = map[string]bool{}
	for i, d := range c.p.Documents {
		c.id(at("documents", i), d.ID)
		c.text(at("documents", i, "title"), d.Title)
	}
}

func (c *checker) policy() {
	p, o := &c.p.Policy, at("policy")
	for _, x := range []struct {
		name   string
		bodies []string
	}{{"withdraw", p.Withdraw}, {"close", p.Close}, {"adjust", p.Adjust}} {
		if len(x.bodies) == 0 {
			c.fail(below(o, x.name), "nobody may")
		}
		for i, b := range x.bodies {
			c.body(below(o, x.name, i), b)
		}
	}
	if p.RetentionNormal < 1 || p.RetentionNormal > 30 {
		c.fail(below(o, "retention_normal"), "1 to 30 days")
	}
	c.oneOf(below(o, "dispute_copy"), p.DisputeCopy, "always", "request")
	c.oneOf(below(o, "polcam"), p.Polcam, "all", "law")
	c.oneOf(below(o, "widen"), p.Widen, WidenFrame, WidenNever)
	if p.PolcamDays < 1 {
		c.fail(below(o, "polcam_days"), "at least one day")
	}
	for i, k := range p.PoliceApproval {
		if !isID(k) {
			c.fail(below(o, "police_approval", i), "%q is no kind of place", k)
		}
	}
	for i, d := range p.Warn {
		if d < 1 {
			c.fail(below(o, "warn", i), "days ahead are 1 or more")
		}
	}
}

// The values of [Policy.Widen].
const (
	WidenFrame = "frame"
	WidenNever = "never"
)
