package notice

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// Page (oplysningsside) is what the public page of a location says. It is data:
// the words around it come from [Words].
type Page struct {
	Code       string `json:"code"`
	Controller string `json:"controller"`
	Location   string `json:"location"`
	Content
	Version   int       `json:"version"`        // rises by one with each content
	First     time.Time `json:"first,omitzero"` // when version 1 was published
	Published time.Time `json:"published"`
	Confirmed time.Time `json:"confirmed,omitzero"` // by who answers for the place
	By        string    `json:"by,omitempty"`       // who confirmed; never shown to the public
}

// Content is what a page says: when it changes, there is a new version.
type Content struct {
	Name      string   `json:"name"`
	Address   string   `json:"address"`
	Who       string   `json:"who"` // the controller
	Contact   string   `json:"contact"`
	DPO       string   `json:"dpo"`
	Public    bool     `json:"public"` // an authority: art. 6(1)(e), else (f)
	Live      string   `json:"live"`   // see [Config].Live
	Suppliers []string `json:"suppliers"`
	Discloses []string `json:"discloses"` // grounds of the law's data
	Areas     []Area   `json:"areas"`
	Ended     bool     `json:"ended"` // the place is shut
	// Cameras is how many hang there, with permits or not: those that were taken
	// into use, may record or once might, or that a recorder knows. One that is
	// applied for is none, also when its picture was tested (H 2.2 B).
	Cameras  int               `json:"cameras"`
	Position register.Position `json:"position,omitzero"`
}

// Area is cameras that record alike.
type Area struct {
	Name    string       `json:"name"`    // as it is called in the register; empty: the place
	Purpose string       `json:"purpose"` // as it was approved
	Kind    string       `json:"kind"`    // "crime", "safety", "other"
	Class   permit.Class `json:"class"`   // by law, which says whether any of it may be kept longer
	Basis   string       `json:"basis"`
	Hours   permit.Hours `json:"hours"`
	Days    int          `json:"days"` // until deletion, at most
	Sound   bool         `json:"sound"`
	Cameras int          `json:"cameras"`
}

// Records reports whether anything may be recorded.
func (c *Content) Records() bool { return len(c.Areas) > 0 }

// Sound reports whether any area records sound.
func (c *Content) Sound() bool {
	return slices.ContainsFunc(c.Areas, func(a Area) bool { return a.Sound })
}

// Longer reports whether any of it may be kept past its time: footage of §§ 2 a
// and 2 c never is (L § 4 d stk. 3), nor that of other purposes.
func (c *Content) Longer() bool {
	return slices.ContainsFunc(c.Areas, func(a Area) bool { return a.Class == permit.ClassCrime })
}

// Days is the longest until deletion.
func (c *Content) Days() (most int) {
	for _, a := range c.Areas {
		most = max(most, a.Days)
	}
	return most
}

// Kinds are the purposes, each once.
func (c *Content) Kinds() (out []string) {
	for _, k := range []string{"crime", "safety", "other"} {
		if slices.ContainsFunc(c.Areas, func(a Area) bool { return a.Kind == k }) {
			out = append(out, k)
		}
	}
	return out
}

// Bases are the provisions, each once.
func (c *Content) Bases() (out []string) {
	for _, a := range c.Areas {
		if !slices.Contains(out, a.Basis) {
			out = append(out, a.Basis)
		}
	}
	return out
}

func (c *Content) same(o Content) bool {
	a, aerr := json.Marshal(c)
	b, berr := json.Marshal(o)
	return aerr == nil && berr == nil && string(a) == string(b)
}

// contents finds what the pages of a controller's locations are to say now, by
// location.
func (r *Room) contents(ctx context.Context, c register.Controller) (map[string]Content, error) {
	places, err := r.c.Register.Locations(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	cameras, _, err := r.c.Register.Cameras(ctx, register.Query{Controller: c.ID})
	if err != nil {
		return nil, err
	}
	live, err := r.c.Live(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	suppliers, err := r.suppliers(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	rules, now := r.c.Law.At(r.c.Clock.Now()), r.c.Clock.Now()
	public := slices.ContainsFunc(rules.Controllers(), func(k law.Kind) bool { return k.ID == c.Kind && k.Public })
	out := map[string]Content{}
	for _, l := range places {
		names, err := r.areaNames(ctx, c.ID, l.ID)
		if err != nil {
			return nil, err
		}
		k := Content{Name: l.Name, Address: l.Address, Who: c.Name, Contact: c.Contact, DPO: c.DPO, Public: public, Live: live,
			Suppliers: suppliers[l.ID], Ended: !l.Shut.IsZero(), Discloses: []string{}, Areas: []Area{}, Position: l.Position}
		for _, cam := range cameras {
			if cam.Location != l.ID || k.Ended {
				continue
			}
			a, ok, err := r.area(ctx, cam, now)
			if err != nil {
				return nil, err
			}
			if !ok {
				if hangs, err := r.hangs(ctx, cam); err != nil {
					return nil, err
				} else if hangs {
					k.Cameras++
				}
				continue
			}
			k.Cameras++
			a.Name = cmp.Or(names[cam.Area], a.Name)
			if b, known := rules.Basis(cam.BasisID); known {
				for _, d := range b.Disclose {
					if !slices.Contains(k.Discloses, d) {
						k.Discloses = append(k.Discloses, d)
					}
				}
			}
			k.add(a)
		}
		slices.Sort(k.Discloses)
		slices.SortFunc(k.Areas, func(a, b Area) int { return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.key(), b.key())) })
		out[l.ID] = k
	}
	return out, nil
}

// hangs reports whether a camera that may not record is there none the less.
func (r *Room) hangs(ctx context.Context, cam register.Camera) (bool, error) {
	if !cam.Commissioned.IsZero() {
		return true, nil
	}
	had, err := r.c.Issuer.Records(ctx, issuer.Filter{Camera: cam.ID, Kinds: []permit.Kind{permit.KindPermit, permit.KindCamera}, Limit: 1})
	return len(had) > 0, err
}

func (r *Room) areaNames(ctx context.Context, controller, location string) (map[string]string, error) {
	areas, err := r.c.Register.Areas(ctx, controller, location)
	names := map[string]string{}
	for _, a := range areas {
		names[a.ID] = a.Name
	}
	return names, err
}

// area is what the permit in force lets a camera do; false: there is none.
func (r *Room) area(ctx context.Context, cam register.Camera, now time.Time) (a Area, ok bool, err error) {
	rec, err := r.c.Issuer.Standing(ctx, cam.ID, "main")
	if fault.Is(err, fault.NotFound) {
		return a, false, nil
	}
	if err != nil {
		return a, false, err
	}
	st, err := rec.Statement()
	if err != nil {
		return a, false, err
	}
	p, is := st.(*permit.Permit)
	if !is || now.Before(p.ValidFrom) || !now.Before(p.ValidTo) {
		return a, false, nil
	}
	const day = 24
	return Area{Name: cam.Place, Purpose: cam.Purpose, Kind: cmp.Or(cam.PurposeKind, string(p.Class)), Class: p.Class, Basis: p.Basis, Hours: p.Hours, Days: (p.RetentionHours + day - 1) / day, Sound: p.Sound, Cameras: 1}, true, nil
}

func (a Area) key() string {
	a.Cameras = 0
	b, err := json.Marshal(a)
	if err != nil {
		return ""
	}
	return string(b)
}

// add counts a camera among those that record alike.
func (c *Content) add(a Area) {
	for i := range c.Areas {
		if c.Areas[i].key() == a.key() {
			c.Areas[i].Cameras++
			return
		}
	}
	c.Areas = append(c.Areas, a)
}

// suppliers are those whose agreement runs, by location.
func (r *Room) suppliers(ctx context.Context, controller string) (map[string][]string, error) {
	all, err := r.c.Register.Agreements(ctx, controller, "", "")
	if err != nil {
		return nil, err
	}
	now, out, names := r.c.Clock.Now(), map[string][]string{}, map[string]string{}
	for _, a := range all {
		if now.Before(a.Starts) || !a.Ends.IsZero() && !now.Before(a.Ends) {
			continue
		}
		if names[a.Supplier] == "" {
			s, err := r.c.Register.Supplier(ctx, controller, a.Supplier)
			if err != nil {
				return nil, err
			}
			names[a.Supplier] = s.Name
		}
		for _, l := range a.Locations {
			if !slices.Contains(out[l], names[a.Supplier]) {
				out[l] = append(out[l], names[a.Supplier])
			}
		}
	}
	for _, list := range out {
		slices.Sort(list)
	}
	return out, nil
}
