package staff

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// Notice (underretning) is one version of what those who work at a location are
// told. It is data: the words around it are the reader's.
type Notice struct {
	Controller string
	Location   string
	Version    int
	Made       time.Time
	Content
}

// Content is what a notice says: when it changes, there is a new version, and
// the receipts of the old one do not count.
type Content struct {
	Name    string `json:"name"`    // of the place
	Address string `json:"address"` // of the place
	Who     string `json:"who"`     // the controller
	Contact string `json:"contact"`
	DPO     string `json:"dpo"`
	Public  bool   `json:"public"`  // an authority: art. 6(1)(e), else (f)
	Council bool   `json:"council"` // a municipality: six weeks, and the agreement on control measures
	Live    string `json:"live"`    // see [Config].Live
	// Cases are those that it tells of, and Reasons why, case by case.
	Cases   []string `json:"cases"`
	Reasons []Reason `json:"reasons"`
	Areas   []Area   `json:"areas"`
}

// Reason is why a case was approved, in the words that were applied with (H 8:
// the operational reasons).
type Reason struct {
	Purpose   string `json:"purpose"`
	Tried     string `json:"tried,omitempty"` // one a line
	Necessity string `json:"necessity,omitempty"`
}

// Area is cameras that surveil alike.
type Area struct {
	Name  string       `json:"name"` // as it is called in the register; empty: the place
	Kind  string       `json:"kind"` // of purpose: "crime", "safety", "other"
	Basis string       `json:"basis"`
	Hours permit.Hours `json:"hours"` // without single dates
	// Closed says that it also records on the place's closing days.
	Closed  bool `json:"closed"`
	Days    int  `json:"days"` // until deletion, at most; 0: nothing is recorded
	Sound   bool `json:"sound"`
	Cameras int  `json:"cameras"`
}

// Watches reports whether anything is approved or recorded there at all.
func (c Content) Watches() bool { return len(c.Areas) > 0 }

// Days is the longest until deletion.
func (c Content) Days() (most int) {
	for _, a := range c.Areas {
		most = max(most, a.Days)
	}
	return most
}

// Sound reports whether any area records sound.
func (c Content) Sound() bool {
	return slices.ContainsFunc(c.Areas, func(a Area) bool { return a.Sound })
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null" // types of ours, which all have a JSON form
	}
	return string(b)
}

// contents finds what the notices of a controller's locations are to say now, by
// location; a place where nothing is approved has none.
func (r *Room) contents(ctx context.Context, c register.Controller) (map[string]Content, error) {
	live, err := r.c.Live(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	places, err := r.c.Register.Locations(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	base := Content{Who: c.Name, Contact: c.Contact, DPO: c.DPO, Live: live, Cases: []string{}, Reasons: []Reason{}, Areas: []Area{}}
	for _, k := range r.c.Law.At(r.c.Clock.Now()).Controllers() {
		if k.ID == c.Kind {
			base.Public, base.Council = k.Public, k.Council
		}
	}
	watched, err := r.watched(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	out := map[string]Content{}
	for _, l := range places {
		if len(watched[l.ID]) == 0 || !l.Shut.IsZero() {
			continue
		}
		areas, err := r.c.Register.Areas(ctx, c.ID, l.ID)
		if err != nil {
			return nil, err
		}
		k := base
		k.Name, k.Address, k.Areas = l.Name, l.Address, nil
		for _, w := range watched[l.ID] {
			if i := slices.IndexFunc(areas, func(a register.Area) bool { return a.ID == w.area }); i >= 0 {
				w.Name = areas[i].Name
			}
			k.add(w)
		}
		slices.SortFunc(k.Areas, func(a, b Area) int {
			return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(asJSON(a), asJSON(b)))
		})
		out[l.ID] = k
	}
	return out, nil
}

// camera is what one camera does, and by which case.
type camera struct {
	Area
	area   string // id in the register
	plan   string
	reason Reason
}

func (c *Content) add(w camera) {
	if w.plan != "" && !slices.Contains(c.Cases, w.plan) {
		c.Cases = append(slices.Clone(c.Cases), w.plan)
		if !slices.Contains(c.Reasons, w.reason) {
			c.Reasons = append(slices.Clone(c.Reasons), w.reason)
		}
	}
	for i, a := range c.Areas {
		if a.Cameras = 1; asJSON(a) == asJSON(w.Area) {
			c.Areas[i].Cameras++
			return
		}
	}
	c.Areas = append(c.Areas, w.Area)
}

// watched is what a controller's cameras do, by location: what approved cases
// say, and of cameras without one what their permit says.
func (r *Room) watched(ctx context.Context, controller string) (map[string][]camera, error) {
	var plans []dossier.Plan
	if r.c.Plans != nil {
		var err error
		if plans, err = r.c.Plans(ctx, controller); err != nil {
			return nil, err
		}
	}
	cameras, _, err := r.c.Register.Cameras(ctx, register.Query{Controller: controller})
	if err != nil {
		return nil, err
	}
	out := map[string][]camera{}
	for _, cam := range cameras {
		known := false
		for _, p := range plans {
			i := slices.IndexFunc(p.Cameras, func(w casework.Wanted) bool { return w.Camera == cam.ID })
			if i < 0 {
				continue
			}
			t, w := p.Terms[i], p.Cameras[i]
			c := camera{plan: p.Case, area: cmp.Or(w.Area, cam.Area), reason: Reason{p.Purpose, strings.Join(p.Tried, "\n"), p.Necessity},
				Area: watch(cmp.Or(w.PurposeKind, string(t.Class)), t.Basis, t.Hours, t.RetentionHours, t.Sound)}
			c.Name = cmp.Or(cam.Place, w.Name)
			out[cam.Location], known = append(out[cam.Location], c), true
		}
		if known {
			continue
		}
		p, ok, err := r.standing(ctx, cam.ID)
		if err != nil {
			return nil, err
		}
		if ok {
			c := camera{area: cam.Area, Area: watch(cmp.Or(cam.PurposeKind, string(p.Class)), p.Basis, p.Hours, p.RetentionHours, p.Sound)}
			c.Name = cmp.Or(cam.Place, cam.Name)
			out[cam.Location] = append(out[cam.Location], c)
		}
	}
	return out, nil
}

func watch(kind, basis string, h permit.Hours, keep int, sound bool) Area {
	const day = 24
	a := Area{Kind: kind, Basis: basis, Hours: h, Closed: len(h.Dates) > 0, Days: (keep + day - 1) / day, Sound: sound, Cameras: 1}
	a.Hours.Dates = []permit.Date{} // the calendar moves on each year; that changes no terms
	return a
}

// standing is the permit in force for a camera; false: there is none.
func (r *Room) standing(ctx context.Context, cam string) (*permit.Permit, bool, error) {
	rec, err := r.c.Issuer.Standing(ctx, cam, "main")
	if fault.Is(err, fault.NotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	st, err := rec.Statement()
	if err != nil {
		return nil, false, err
	}
	p, ok := st.(*permit.Permit)
	return p, ok && r.c.Clock.Now().Before(p.ValidTo), nil
}

// publish makes a new version of the notices that have something else to say.
func (r *Room) publish(ctx context.Context, c register.Controller) error {
	is, err := r.contents(ctx, c)
	if err != nil {
		return err
	}
	var was map[string]Notice
	if err := r.c.DB.Read(ctx, func(tx *db.Tx) (err error) {
		was, err = r.newest(ctx, tx, c.ID)
		return err
	}); err != nil {
		return err
	}
	for location := range was {
		if _, still := is[location]; !still && was[location].Watches() {
			k := was[location].Content // nothing is surveilled there any more
			k.Cases, k.Reasons, k.Areas = []string{}, []Reason{}, []Area{}
			is[location] = k
		}
	}
	for location, k := range is {
		old, made := was[location]
		if made && asJSON(old.Content) == asJSON(k) {
			continue
		}
		n := Notice{Controller: c.ID, Location: location, Version: old.Version + 1, Made: r.now(), Content: k}
		err := r.c.DB.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO staff_notices (controller, location, version, made, content) VALUES (?, ?, ?, ?, ?)`,
				n.Controller, n.Location, n.Version, n.Made, asJSON(n.Content)); err != nil {
				return err
			}
			return r.enter(ctx, tx, "staff.notice", location, system(c.ID), map[string]any{"version": n.Version, "content": n.Content})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

type noticeRow struct {
	Location string
	Version  int
	Made     time.Time
	Content  string
}

func (n noticeRow) read(controller string) (Notice, error) {
	out := Notice{Controller: controller, Location: n.Location, Version: n.Version, Made: n.Made}
	if err := json.Unmarshal([]byte(n.Content), &out.Content); err != nil {
		return out, fault.As(fault.Corrupt, "staff.content", err)
	}
	return out, nil
}

// newest are a controller's newest notices, by location.
func (r *Room) newest(ctx context.Context, tx *db.Tx, controller string) (map[string]Notice, error) {
	rows, err := db.All[noticeRow](ctx, tx, `SELECT location, version, made, content FROM staff_notices n WHERE controller = ?
		AND version = (SELECT MAX(m.version) FROM staff_notices m WHERE m.controller = n.controller AND m.location = n.location)`, controller)
	out := map[string]Notice{}
	for _, row := range rows {
		n, err := row.read(controller)
		if err != nil {
			return nil, err
		}
		out[n.Location] = n
	}
	return out, err
}

// Notice is one version of a location's; 0 is the newest. None is NotFound
// "staff.notice".
func (r *Room) Notice(ctx context.Context, controller, location string, version int) (n Notice, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		row, err := db.One[noticeRow](ctx, tx, `SELECT location, version, made, content FROM staff_notices WHERE controller = ? AND location = ? AND (? = 0 OR version = ?) ORDER BY version DESC LIMIT 1`,
			controller, location, version, version)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "staff.notice", "%s has no notice %d", location, version)
		}
		if err == nil {
			n, err = row.read(controller)
		}
		return err
	})
	return n, err
}
