package access

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"iter"
	"regexp"
	"strings"
	"sync"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"

	"vidne.dk/vidne/internal/fault"
)

//go:embed policies/*.cedar policies/schema.cedarschema
var policies embed.FS

// Policy is one policy as it stands in its file.
type Policy struct {
	ID   string // @id
	File string
	// Danish and English are the comment above it.
	Danish, English string
	Text            string
	// Forbids says that it takes away, Why what is told then.
	Forbids bool
	Why     string
	// otherwise is the reason when it would have been this one that let somebody,
	// but for its conditions.
	otherwise string
	policy    *cedar.Policy
}

// list is policies in the order of their files, as Cedar asks for them.
type list []*Policy

// All implements [cedar.PolicyIterator].
func (l list) All() iter.Seq2[cedar.PolicyID, *cedar.Policy] {
	return func(yield func(cedar.PolicyID, *cedar.Policy) bool) {
		for _, p := range l {
			if !yield(cedar.PolicyID(p.ID), p.policy) {
				return
			}
		}
	}
}

// book is the policies, read once.
type book struct {
	all     list
	byID    map[string]*Policy
	of      map[Act]list // those whose scope takes the act in, in order
	scopes  map[string]*cedar.Policy
	actions map[types.EntityUID]types.Entity
	roles   map[Role]types.EntityUID
}

var read = sync.OnceValues(func() (*book, error) {
	files, err := fs.Sub(policies, "policies")
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	return readBook(files)
})

// Ready says whether the policies can be read and hold against their schema.
// The program does not start with others; [May] refuses everything then.
func Ready() error {
	_, err := read()
	return err
}

// Policies lists the policies in their order.
func Policies() ([]Policy, error) {
	b, err := read()
	if err != nil {
		return nil, err
	}
	var out []Policy
	for _, p := range b.all {
		out = append(out, *p)
	}
	return out, nil
}

const actionType = "Action"

// readBook reads and checks policies and schema.
func readBook(files fs.FS) (b *book, err error) {
	defer fault.Wrap(&err, "policies")
	b = &book{byID: map[string]*Policy{}, of: map[Act]list{}, scopes: map[string]*cedar.Policy{}, actions: map[types.EntityUID]types.Entity{}, roles: map[Role]types.EntityUID{}}
	text, err := fs.ReadFile(files, "schema.cedarschema")
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	var s schema.Schema
	if err := s.UnmarshalCedar(text); err != nil {
		return nil, fault.As(fault.Invalid, "", err)
	}
	resolved, err := s.Resolve()
	if err != nil {
		return nil, fault.As(fault.Invalid, "", err)
	}
	for uid, a := range resolved.Actions {
		b.actions[uid] = a.Entity
	}
	for _, r := range Roles() {
		b.roles[r] = types.NewEntityUID("Role", types.String(r))
	}
	names, err := fs.Glob(files, "*.cedar")
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	check := validate.New(resolved, validate.WithStrict())
	for _, name := range names {
		if err := b.readFile(files, name, check); err != nil {
			return nil, err
		}
	}
	for _, a := range Acts() {
		if _, ok := b.actions[uidOf(a)]; !ok {
			return nil, fault.New(fault.Invalid, "", "the schema has no action %q", a)
		}
		for _, p := range b.all {
			if b.takesIn(p, a) {
				b.of[a] = append(b.of[a], p)
			}
		}
	}
	return b, nil
}

// roleNames finds the roles that a policy names: the library does not hold
// them against the schema.
var roleNames = regexp.MustCompile(`Role::"([^"]*)"`)

func uidOf(a Act) types.EntityUID { return types.NewEntityUID(actionType, types.String(a)) }

func (b *book) readFile(files fs.FS, name string, check *validate.Validator) error {
	source, err := fs.ReadFile(files, name)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	found, err := cedar.NewPolicyListFromBytes(name, source)
	if err != nil {
		return fault.New(fault.Invalid, "", "%s: %v", name, err)
	}
	for _, m := range roleNames.FindAllSubmatch(source, -1) {
		if _, ok := b.roles[Role(m[1])]; !ok {
			return fault.New(fault.Invalid, "", "%s: there is no role %q", name, m[1])
		}
	}
	for _, c := range found {
		notes := c.Annotations()
		p := &Policy{ID: string(notes["id"]), File: name, Forbids: c.Effect() == cedar.Forbid, Why: string(notes["why"]), otherwise: string(notes["otherwise"]), policy: c}
		where := fmt.Sprintf("%s:%d", name, c.Position().Line)
		switch {
		case p.ID == "" || b.byID[p.ID] != nil:
			return fault.New(fault.Invalid, "", "%s: a policy needs an @id of its own", where)
		case p.Forbids != (p.Why != ""):
			return fault.New(fault.Invalid, "", "%s: who forbids says @why, and nobody else", where)
		}
		if err := check.Policy(p.ID, (*ast.Policy)(c.AST())); err != nil {
			return fault.New(fault.Invalid, "", "%s: %v", where, err)
		}
		if p.Text, p.Danish, p.English, err = words(string(source), c.Position().Offset); err != nil {
			return fault.New(fault.Invalid, "", "%s: %v", where, err)
		}
		if b.scopes[p.ID], err = bare(c); err != nil {
			return fault.New(fault.Internal, "", "%s: %v", where, err)
		}
		b.all, b.byID[p.ID] = append(b.all, p), p
	}
	return nil
}

// words cuts a policy and the comment above it, Danish first, out of its file.
func words(source string, offset int) (text, danish, english string, err error) {
	end := strings.Index(source[offset:], ";")
	if end < 0 {
		return "", "", "", fault.New(fault.Invalid, "", "no end")
	}
	text = source[offset : offset+end+1]
	above := strings.TrimRight(source[:offset], " \n")
	if i := strings.LastIndex(above, "\n\n"); i >= 0 {
		above = above[i+2:]
	}
	lines := strings.Split(above, "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "// ") || !strings.HasPrefix(lines[1], "// ") {
		return "", "", "", fault.New(fault.Invalid, "", "a policy has two lines above it, Danish and English")
	}
	return text, strings.TrimPrefix(lines[0], "// "), strings.TrimPrefix(lines[1], "// "), nil
}

// bare is a policy without its conditions, that lets: what it would be about.
func bare(p *cedar.Policy) (*cedar.Policy, error) {
	data, err := p.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return nil, err
	}
	parts["conditions"], parts["effect"] = json.RawMessage(`[]`), json.RawMessage(`"permit"`)
	if data, err = json.Marshal(parts); err != nil {
		return nil, err
	}
	out := &cedar.Policy{}
	return out, out.UnmarshalJSON(data)
}

// takesIn says whether a policy is about an act at all, whoever asks: those
// that are not need not be asked.
func (b *book) takesIn(p *Policy, a Act) bool {
	scope := b.scopes[p.ID]
	people := []Person{{}, {ID: "x"}}
	for _, r := range Roles() {
		people = append(people, Person{ID: "x", Roles: []Role{r}})
	}
	for _, who := range people {
		if b.matches(scope, who, a) {
			return true
		}
	}
	return false
}

// matches says whether the scope of a policy takes in who asks and for what.
func (b *book) matches(scope *cedar.Policy, p Person, a Act) bool {
	q := b.question(p, Object{})
	req := q.request(a)
	yes, _ := cedar.Authorize(list{{ID: "scope", policy: scope}}, &q, req)
	return yes == cedar.Allow
}
