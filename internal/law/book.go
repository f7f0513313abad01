package law

import (
	"slices"
	"time"
)

// Book (lovsamling) is every version of every rule that is known.
type Book struct {
	Sources     []Source
	Rules       []Rule  // provisions that are no basis
	Bases       []Basis // provisions that allow surveillance
	Places      []Place
	Controllers []Kind
	Activities  []Kind
	Territories []Kind
	Limits      []Limit
	Decrees     []Decree
	Findings    []Saying
	Duties      []Saying
	Polcam      []PolcamChange
}

// Source (kilde) is where a rule is written.
type Source struct {
	ID   string
	Name Text
	Cite string // "LBK nr. 182 af 24/02/2023"
	Link string // where to read it; may be empty
	Read Text   // what was read for this book, and what was not
}

// Rule (regel) is one version of one provision.
type Rule struct {
	ID     string // "2d", "4c-4": stable across versions
	Cite   string // "tv-overvågningsloven § 4 c, stk. 4"
	Title  Text
	Says   Text   // what it says, in plain words of ours
	Source string // id
	From   time.Time
	To     time.Time `json:",omitzero"` // first moment at which it is no longer in force; zero: none
	// With are ids of rules or bases: wherever one of them acts this one does too.
	// "all" is every basis.
	With []string
	// Unverified says what of this version could not be checked in the source;
	// empty where all was.
	Unverified Text
	// Amendments are changes of the provision that are known and not yet, or
	// not verifiably, part of this version. They are shown beside it.
	Amendments []Amendment
}

// InForce reports whether the version was in force at t.
func (r Rule) InForce(t time.Time) bool {
	return !t.Before(r.From) && (r.To.IsZero() || t.Before(r.To))
}

// Amendment (ændring) is what a later act does to a provision.
type Amendment struct {
	Source string
	Cite   string    // "LOV nr. 665 af 11/06/2024 § 6"
	From   time.Time `json:",omitzero"` // zero: the day of effect is not verified
	Says   Text
}

// Basis (hjemmel) is one version of a provision that allows surveillance.
type Basis struct {
	Rule
	Controllers []string // kinds that can rest on it
	Activities  []string // empty: any
	Places      []string
	Purposes    []string
	Conditions  []Condition
	Recording   bool     // false: never to be recorded (§ 2 stk. 1 nr. 4)
	Licence     string   // one of the Licence constants, or empty
	Years       int      // longest police permit
	Veto        bool     // the police director's refusal or postponement blocks (§ 2 c stk. 2)
	Class       string   // legal class of footage, or "purpose": by the purpose
	Process     []string // grounds on which footage may be used at all; empty: those of its purpose
	Disclose    []string // grounds on which footage may be handed on
	Hold        []string // reasons to keep past the limit: "crime", "dispute", "sharing"; empty: none
}

// Condition (betingelse) is a sentence that is affirmed, camera by camera.
type Condition struct {
	ID   string
	Text Text
	Cite string
	// Hard says that it is about how things are, not about an assessment: no
	// reason helps where it is not so.
	Hard   bool
	Places []string // kinds of place at which it is asked; empty: all
}

// Place (stedtype) is a kind of place, with what the law asks about it.
type Place struct {
	ID        string
	Name      Text
	Help      Text
	Traffic   bool   // benyttes til almindelig færdsel (§ 1)
	Access    bool   // der er almindelig adgang (§§ 3, 3 a)
	Workplace bool   // arbejdsplads (§§ 3, 3 a)
	Closed    bool   // ikke frit tilgængeligt (straffeloven § 264 a)
	Forbidden string // id of the rule that forbids it; empty: none
}

// Kind is a kind of controller, of activity, or a territory.
type Kind struct {
	ID   string
	Name Text
	// Public says of a controller that it is a public authority, Council that
	// it is a municipality.
	Public, Council bool
	// Outside says of a territory that the law does not hold there (§ 7).
	Outside bool
}

// Limit (grænse) is a number that a rule sets, in days.
type Limit struct {
	ID   string
	Days int
	Rule string
}

// PolcamChange (ændring) is a kind of change of what is registered in POLCAM, and
// whether the law wants it registered (§ 2 e stk. 2: substantial ones).
type PolcamChange struct {
	ID          string // a kind of internal/register
	Rule        string
	Substantial bool
	Why         Text
	Cite        string `toml:"-"` // of the rule, filled when asked for
}

// Decree (bekendtgørelse) is rules that the minister or the king set under the
// law: temporary ones that open a basis, or one that puts the law in force in
// a territory.
type Decree struct {
	ID        string
	Name      Text
	Cite      string
	Basis     string // that it opens
	Territory string // that it puts the law in force in
	From, To  time.Time
}

// Saying is the words of a finding or of a duty.
type Saying struct {
	ID    string
	Rule  string
	Title Text // of a duty
	Text  Text // what is so; of a duty: why
	Do    Text // of a finding: what to do
}

// At is the rules that are in force at t.
func (b *Book) At(t time.Time) Rules { return Rules{book: b, at: t} }

// Rules are the rules of one moment. The zero value is not usable; they come
// from [Book.At].
type Rules struct {
	book *Book
	at   time.Time
}

// Time is the moment.
func (r Rules) Time() time.Time { return r.at }

// Bases are those in force, in the order of the book.
func (r Rules) Bases() []Basis {
	return slices.DeleteFunc(slices.Clone(r.book.Bases), func(b Basis) bool { return !b.InForce(r.at) })
}

// Basis is the version in force of a basis.
func (r Rules) Basis(id string) (Basis, bool) {
	return find(r.book.Bases, func(b Basis) bool { return b.ID == id && b.InForce(r.at) })
}

// All are the rules in force, bases among them, in the order of the book.
func (r Rules) All() []Rule {
	var list []Rule
	for _, x := range r.book.Rules {
		if x.InForce(r.at) {
			list = append(list, x)
		}
	}
	for _, b := range r.Bases() {
		list = append(list, b.Rule)
	}
	return list
}

// Rule is the version in force of a rule, a basis or not.
func (r Rules) Rule(id string) (Rule, bool) {
	if b, ok := r.Basis(id); ok {
		return b.Rule, true
	}
	return find(r.book.Rules, func(x Rule) bool { return x.ID == id && x.InForce(r.at) })
}

// Versions are all versions of a rule, the oldest first.
func (b *Book) Versions(id string) []Rule {
	var list []Rule
	for _, x := range b.Rules {
		if x.ID == id {
			list = append(list, x)
		}
	}
	for _, x := range b.Bases {
		if x.ID == id {
			list = append(list, x.Rule)
		}
	}
	slices.SortFunc(list, func(x, y Rule) int { return x.From.Compare(y.From) })
	return list
}

// Place is a kind of place.
func (r Rules) Place(id string) (Place, bool) {
	return find(r.book.Places, func(p Place) bool { return p.ID == id })
}

// Places are all kinds of place, those that are forbidden among them.
func (r Rules) Places() []Place { return slices.Clone(r.book.Places) }

// Controllers are the kinds of controller.
func (r Rules) Controllers() []Kind { return slices.Clone(r.book.Controllers) }

// Activities are the kinds of business that § 2 stk. 1 tells apart.
func (r Rules) Activities() []Kind { return slices.Clone(r.book.Activities) }

// Territories are the parts of the realm.
func (r Rules) Territories() []Kind { return slices.Clone(r.book.Territories) }

// Source is where a rule is written.
func (r Rules) Source(id string) (Source, bool) {
	return find(r.book.Sources, func(s Source) bool { return s.ID == id })
}

// Days is a limit in days; 0 for one that the book does not have, which [Read]
// refuses for those that are asked for here.
func (r Rules) Days(limit string) int {
	l, _ := find(r.book.Limits, func(l Limit) bool { return l.ID == limit })
	return l.Days
}

// PolcamChanges are the kinds of change of what is registered in POLCAM.
func (r Rules) PolcamChanges() []PolcamChange {
	list := slices.Clone(r.book.Polcam)
	for i := range list {
		list[i].Cite = r.cite(list[i].Rule)
	}
	return list
}

// Substantial reports whether the law wants a kind of change registered in
// POLCAM. A kind that the book does not know is.
func (r Rules) Substantial(change string) bool {
	x, ok := find(r.book.Polcam, func(x PolcamChange) bool { return x.ID == change })
	return !ok || x.Substantial
}

// Decrees are those in force.
func (r Rules) Decrees() []Decree {
	return slices.DeleteFunc(slices.Clone(r.book.Decrees), func(d Decree) bool {
		return r.at.Before(d.From) || !d.To.IsZero() && !r.at.Before(d.To)
	})
}

func (r Rules) controller(id string) (Kind, bool) {
	return find(r.book.Controllers, func(k Kind) bool { return k.ID == id })
}

// cite is the citation of a rule; of one that is not in force, of its newest
// version.
func (r Rules) cite(id string) string {
	if x, ok := r.Rule(id); ok {
		return x.Cite
	}
	if all := r.book.Versions(id); len(all) > 0 {
		return all[len(all)-1].Cite
	}
	return ""
}

// find words of a finding: severity is the code's, words are the book's.
// Args are pairs of "{name}" and value.
func (r Rules) finding(id string, s Severity, args ...string) Finding {
	say, _ := find(r.book.Findings, func(s Saying) bool { return s.ID == id })
	return Finding{ID: id, Rule: say.Rule, Cite: r.cite(say.Rule), Severity: s, Text: say.Text.fill(args), Do: say.Do.fill(args)}
}

func find[T any](list []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i], true
	}
	var none T
	return none, false
}
