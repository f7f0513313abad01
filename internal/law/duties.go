package law

import "slices"

// Reasons to keep footage past the limit (§ 4 c stk. 5).
const (
	HoldCrime   = "crime"   // a crime that was reported
	HoldDispute = "dispute" // the controller's handling of a concrete dispute
	HoldSharing = "sharing" // processing under § 4 c stk. 2
)

// Duty (pligt) is one thing that follows, or does not, and why.
type Duty struct {
	ID    string // "signs.private"
	Holds bool   // false: it does not follow, and Why says so
	Title Text
	Why   Text
	Rule  string
	Cite  string
}

// Duties is what follows from a basis in a situation.
type Duties struct {
	Class     string // legal class of the footage: crime, safety, other
	Polcam    Duty   // register with the police (§ 2 e)
	Signs     Duty   // §§ 3, 3 a
	Inform    Duty   // each person (§ 3 b)
	Consent   Duty   // of the person or of whoever disposes of the place (penal code § 264 a)
	Licence   Duty   // what somebody outside must have said
	Retention Duty
	Days      int // longest retention
	Hold      Duty
	Holds     []string // reasons for a hold past the limit; empty: none
	Disclose  []Duty   // footage may be handed on so, and not otherwise
	Grounds   []string // the same, as Ground constants
	Never     []Duty   // what somebody might think is allowed, and is not
	Process   Duty     // grounds on which footage may be used at all (§ 4 d stk. 1)
}

// All are the duties in the order in which they are told, those that do not
// hold among them.
func (d Duties) All() []Duty {
	list := []Duty{d.Licence, d.Consent, d.Polcam, d.Signs, d.Inform, d.Retention, d.Hold, d.Process}
	list = slices.Concat(list, d.Disclose, d.Never)
	return slices.DeleteFunc(list, func(x Duty) bool { return x.ID == "" })
}

// Duties are those of a basis in a situation; the zero value for a basis that
// is not in force.
func (r Rules) Duties(basis string, s Situation) Duties {
	b, ok := r.Basis(basis)
	if !ok {
		return Duties{}
	}
	place, _ := r.Place(s.Place)
	kind, _ := r.controller(s.Controller)
	d := Duties{
		Class:   b.class(s.Purpose),
		Days:    r.Days(limitRetention),
		Polcam:  r.duty("polcam.voluntary", false),
		Signs:   r.signs(b, place, kind),
		Inform:  r.duty("inform", true),
		Process: Duty{},
	}
	if place.Traffic {
		d.Polcam = r.duty("polcam", true)
	}
	if place.Workplace {
		d.Inform = r.duty("inform.staff", true)
	}
	if place.Closed {
		d.Consent = r.duty("consent", true)
	}
	if b.Licence != "" {
		id := "licence." + b.Licence
		if b.Licence == LicenceDiscussion && b.Veto {
			id = "licence.veto"
		}
		d.Licence = r.duty(id, true)
	}
	if !b.Recording {
		d.Days = 0
		d.Retention = r.duty("retention.none", true)
		return d
	}
	d.Retention = r.duty("retention."+d.Class, true)
	r.afterwards(&d, b, kind)
	return d
}

// afterwards is what may be done with footage.
func (r Rules) afterwards(d *Duties, b Basis, kind Kind) {
	business := kind.ID == "business"
	for _, h := range b.Hold {
		if d.Class != ClassOther && (h != HoldSharing || business) {
			d.Holds = append(d.Holds, h)
		}
	}
	switch {
	case d.Class == ClassSafety:
		d.Hold = r.duty("hold.safety", false)
	case len(d.Holds) == 0:
		d.Hold = r.duty("hold.never", false)
	case len(d.Holds) == 1:
		d.Hold = r.duty("hold.police", true)
	default:
		d.Hold = r.duty("hold.crime", true)
	}
	if len(b.Process) > 0 {
		d.Process = r.duty("process.safety", true)
	}
	for _, g := range b.Disclose {
		if g == GroundBusiness && (!business || d.Class != ClassCrime) {
			continue
		}
		d.Grounds = append(d.Grounds, g)
		d.Disclose = append(d.Disclose, r.duty("disclose."+g, true))
	}
	switch {
	case len(d.Grounds) == 1 && d.Grounds[0] == GroundPolice:
		d.Never = append(d.Never, r.duty("never.but-police", false))
	case d.Class == ClassSafety:
		d.Never = append(d.Never, r.duty("never.safety", false))
	case !slices.Contains(d.Grounds, GroundBusiness):
		d.Never = append(d.Never, r.duty("never.business", false))
	}
}

// signs is the duty of § 3 (private controllers) or § 3 a (authorities).
func (r Rules) signs(b Basis, p Place, k Kind) Duty {
	switch {
	case !p.Access && !p.Workplace && !p.Traffic:
		return r.duty("signs.no-access", false)
	case k.Public:
		return r.duty("signs.public", true)
	case p.ID == "vehicle" && b.ID == "2-1-2":
		return r.duty("signs.transport", false)
	case !b.Recording:
		return r.duty("signs.live", false)
	default:
		return r.duty("signs.private", true)
	}
}

func (b Basis) class(purpose string) string {
	switch {
	case b.Class != classByPurpose:
		return b.Class
	case purpose == PurposeCrime:
		return ClassCrime
	default:
		return ClassOther
	}
}

func (r Rules) duty(id string, holds bool) Duty {
	say, _ := find(r.book.Duties, func(s Saying) bool { return s.ID == id })
	return Duty{ID: id, Holds: holds, Title: say.Title, Why: say.Text, Rule: say.Rule, Cite: r.cite(say.Rule)}
}

// RestsOn are the ids of the rules that act through a basis: itself, those of
// the duties that hold wherever it can be used, and those that act with these.
func (r Rules) RestsOn(basis string) []string {
	b, ok := r.Basis(basis)
	if !ok {
		return nil
	}
	rules := map[string]bool{basis: true}
	for _, c := range b.Controllers {
		for _, p := range b.Places {
			for _, purpose := range b.Purposes {
				d := r.Duties(basis, Situation{Controller: c, Place: p, Purpose: purpose, Recording: b.Recording})
				for _, x := range d.All() {
					if x.Holds {
						rules[x.Rule] = true
					}
				}
			}
		}
	}
	for _, x := range r.All() {
		if slices.ContainsFunc(x.With, func(id string) bool { return id == withAll || rules[id] }) {
			rules[x.ID] = true
		}
	}
	return sorted(rules)
}

// ActsThrough is, for each rule, the ids of the bases through which it acts.
func (r Rules) ActsThrough() map[string][]string {
	acts := map[string][]string{}
	for _, b := range r.Bases() {
		for _, rule := range r.RestsOn(b.ID) {
			acts[rule] = append(acts[rule], b.ID)
		}
	}
	return acts
}

// MayProcess says whether footage of a basis may be looked at, locked or
// exported for a reason: for §§ 2 a and 2 c only on express consent, or to
// promote the safety of those in the area (§ 4 d stk. 1, LAW-14). The reason is
// stated in words every time.
func (r Rules) MayProcess(basis string, why Reason) []Finding {
	b, ok := r.Basis(basis)
	switch {
	case !ok:
		return []Finding{at(r.finding("basis.unknown", Refuse), "basis")}
	case len(b.Process) > 0 && !slices.Contains(b.Process, why.Ground):
		return []Finding{at(r.finding("process.safety", Refuse), "ground")}
	case blank(why.Statement):
		return []Finding{at(r.finding("process.statement", Refuse), "statement")}
	}
	return nil
}

// Reason (begrundelse) is why somebody uses footage.
type Reason struct {
	Ground    string // a Ground constant, or the purpose's
	Statement string // in their own words
}

// MayDisclose says whether footage of a basis may be handed on on a ground
// (§ 4 c stk. 1-2, § 4 d stk. 2, § 2 stk. 4).
func (r Rules) MayDisclose(basis string, s Situation, ground string) []Finding {
	d := r.Duties(basis, s)
	if slices.Contains(d.Grounds, ground) {
		return nil
	}
	f := at(r.finding("disclose", Refuse), "ground")
	if len(d.Never) > 0 {
		f.Text, f.Rule, f.Cite = d.Never[0].Why, d.Never[0].Rule, d.Never[0].Cite
	}
	f.Basis = basis
	return []Finding{f}
}

// MayFund says whether a controller may pay for surveillance under a basis:
// a municipality for that of housing organisations (§ 2 b).
func (r Rules) MayFund(controller, basis string) []Finding {
	if k, _ := r.controller(controller); k.Council && basis == "2-2" {
		return nil
	}
	return []Finding{r.finding("fund", Refuse)}
}
