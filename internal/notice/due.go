package notice

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// What falls due at a place.
const (
	DueReport  = "report"  // somebody said that something is wrong
	DueHang    = "hang"    // something is recorded, and no sign says so where it must
	DueMend    = "mend"    // a sign is missing or torn
	DueStale   = "stale"   // a sign says something else than the page does now
	DueCheck   = "check"   // a sign is to be looked at
	DueConfirm = "confirm" // the page is to be gone through
	DueTell    = "tell"    // members and customers are not told otherwise (D 3.4)
)

// Dues are what falls due, the worst first.
func Dues() []string {
	return []string{DueReport, DueHang, DueMend, DueStale, DueCheck, DueConfirm, DueTell}
}

// Due (frist) is something to be done about a place's signs or its page.
type Due struct {
	Location string
	Kind     string    // see [Dues]
	Thing    string    // the sign or report; empty: the place's
	Words    string    // where it hangs, or what lacks: a constant such as [Before]
	At       time.Time // when it is to be done, or was
}

// Late reports whether it should have been done.
func (d Due) Late(now time.Time) bool { return !now.Before(d.At) }

// Due is when the page is to be gone through.
func (p *Page) Due() time.Time {
	return cmp.Or(p.Confirmed, p.First, p.Published).Add(ConfirmEvery)
}

// Printed is what stands on a sign of the format and can come to be untrue: two
// that are equal say the same. What changes more often stands on the page alone.
func (c *Content) Printed(format string) string {
	says := struct {
		Who, Contact, DPO string
		Kinds             []string
		Days              int
		Sound             bool
		Live              string   `json:",omitempty"`
		Areas             []string `json:",omitempty"`
		Suppliers         []string `json:",omitempty"`
	}{Who: c.Who, Contact: c.Contact, DPO: c.DPO, Kinds: c.Kinds(), Days: c.Days(), Sound: c.Sound()}
	if format == Poster || format == Text {
		says.Live, says.Areas, says.Suppliers = c.Live, c.Names(), c.Suppliers
	}
	b, err := json.Marshal(says)
	if err != nil {
		return "" // of strings and numbers it always can
	}
	return string(b)
}

// Names are the areas' names, each once.
func (c *Content) Names() (out []string) {
	for _, a := range c.Areas {
		if a.Name != "" && !slices.Contains(out, a.Name) {
			out = append(out, a.Name)
		}
	}
	return out
}

// printed is what a sign says that is printed now; empty while nothing is.
func (r *Room) printed(s Sign) string {
	if p, ok := r.Of(s.Controller, s.Location); ok && p.Records() {
		return p.Printed(s.Format)
	}
	return ""
}

// Due is everything to be done about a controller's signs and pages, what is to
// be done first first. It takes two queries however many places there are.
func (r *Room) Due(ctx context.Context, controller string) (out []Due, err error) {
	signs, err := r.Signs(ctx, controller, "")
	if err != nil {
		return nil, err
	}
	reports, err := r.Reports(ctx, controller, "")
	if err != nil {
		return nil, err
	}
	at := map[string][]Sign{}
	for _, s := range signs {
		at[s.Location] = append(at[s.Location], s)
	}
	for _, x := range reports {
		out = append(out, Due{x.Location, DueReport, x.ID, x.Where, x.At})
	}
	pages := map[string]*Page{}
	for _, p := range *r.pages.Load() {
		if p.Controller == controller {
			pages[p.Location] = p
			out = append(out, p.lacks(at[p.Location])...)
		}
	}
	for _, s := range signs {
		d := Due{s.Location, DueCheck, s.ID, s.Words, s.Due()}
		if s.Wrong() {
			d.Kind = DueMend
		}
		out = append(out, d)
		if p := pages[s.Location]; p != nil && p.Records() && s.Printed != "" && s.Printed != p.Printed(s.Format) {
			out = append(out, Due{s.Location, DueStale, s.ID, s.Words, p.Published})
		}
	}
	slices.SortFunc(out, func(a, b Due) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Location, b.Location), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Thing, b.Thing), strings.Compare(a.Words, b.Words))
	})
	return out, nil
}

// lacks is what a place with these signs must have and has not, and when its
// page is to be gone through.
func (p *Page) lacks(signs []Sign) (out []Due) {
	if p.Ended {
		return nil
	}
	out = append(out, Due{p.Location, DueConfirm, "", "", p.Due()})
	if !p.Records() {
		return out
	}
	since := cmp.Or(p.First, p.Published)
	for _, place := range []string{AtEntrance, Before} {
		if !slices.ContainsFunc(signs, func(s Sign) bool { return s.Place == place }) {
			out = append(out, Due{p.Location, DueHang, "", place, since})
		}
	}
	if !p.Public && !slices.ContainsFunc(signs, func(s Sign) bool { return s.Format == Poster || s.Format == Text }) {
		out = append(out, Due{p.Location, DueTell, "", "", since})
	}
	return out
}

// Spot is where a sign is on a drawing of a case: ten-thousandths of its width
// and height, as the spots of internal/plan.
type Spot struct {
	Case, Drawing string
	X, Y          int
}

// whole is the width and height of a drawing in its own measure.
const whole = 10_000

// Place records where on a drawing a sign hangs: fault.Invalid sign.spot. That
// the drawing is one of its place's is for whoever shows it.
func (r *Room) Place(ctx context.Context, id string, at Spot, who Who) (Sign, error) {
	return r.step(ctx, id, "sign.placed", who, func(s *Sign, _ time.Time) (map[string]any, error) {
		if at.Case == "" || at.Drawing == "" || at.X < 0 || at.Y < 0 || at.X > whole || at.Y > whole {
			return nil, bad("sign.spot")
		}
		s.Spot = at
		return map[string]any{"case": at.Case, "drawing": at.Drawing, "x": at.X, "y": at.Y, "words": s.Words}, nil
	})
}
