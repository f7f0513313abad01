package viewing

import (
	"net/http"
	"slices"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/register"
)

// motion hands on where the pictures of a camera changed, in an opened period.
func (p *Screens) motion(v *visit) error {
	from, to, err := millis(v.R)
	if err != nil {
		return err
	}
	camera := v.R.URL.Query().Get("kamera")
	q, err := p.ticketFor(v, camera, from, to)
	if err != nil {
		return err
	}
	m, err := p.Engine.Motion(v.Ctx, camera, from, to, engineapi.Pass{Statement: q.Ticket, Whence: v.Whence()})
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, m)
}

// bookmarkJSON is a bookmark as the room's script knows it; times in
// milliseconds.
type bookmarkJSON struct {
	ID      string   `json:"id"`
	Cameras []string `json:"cameras"`
	Where   []string `json:"where"` // the cameras' names: they may be others than those that are open
	From    int64    `json:"from"`
	To      int64    `json:"to"`
	Words   string   `json:"words"`
	Name    string   `json:"name"` // of who made it
}

// bookmarks hands on the incident's, of the cameras and the time that the
// grant covers.
func (p *Screens) bookmarks(v *visit) error {
	if err := v.alive(v.Ctx); err != nil {
		return err
	}
	all, err := p.Incidents.Bookmarks(v.Ctx, v.viewing.Controller, v.viewing.Incident)
	if err != nil {
		return err
	}
	out := []bookmarkJSON{}
	for _, b := range all {
		if v.mayMark(b) == nil {
			where, err := p.names(v, b.Cameras)
			if err != nil {
				return err
			}
			out = append(out, bookmarkJSON{b.ID, b.Cameras, where, b.From.UnixMilli(), b.To.UnixMilli(), b.Words, b.Name})
		}
	}
	return v.JSON(http.StatusOK, out)
}

// names are those of cameras, in their order.
func (p *Screens) names(v *visit, cameras []string) (out []string, err error) {
	known, _, err := p.Register.Cameras(v.Ctx, register.Query{Controller: v.viewing.Controller, IDs: append([]string{}, cameras...), Removed: true})
	for _, id := range cameras {
		name := id
		if i := slices.IndexFunc(known, func(c register.Camera) bool { return c.ID == id }); i >= 0 {
			name = known[i].Name
		}
		out = append(out, name)
	}
	return out, err
}

// mayMark says whether the grant covers a bookmark.
func (v *visit) mayMark(b incident.Bookmark) error {
	to := b.To
	if b.Moment() {
		to = b.From.Add(time.Millisecond)
	}
	for _, c := range b.Cameras {
		if err := v.grant.Allows(v.use(c, b.From, to)); err != nil {
			return err
		}
	}
	return nil
}

// postedMark is the bookmark that was sent: fra, til, kamera, ord.
func (v *visit) postedMark() (b incident.Bookmark, err error) {
	in, err := v.Posted()
	if err != nil {
		return b, err
	}
	if err := v.alive(v.Ctx); err != nil {
		return b, err
	}
	if b.From, err = stillOf(v.R, "fra"); err != nil {
		return b, err
	}
	if b.To, err = stillOf(v.R, "til"); err != nil {
		return b, err
	}
	b.ID, b.Cameras, b.Words = v.R.PathValue("bogmaerke"), in["kamera"], in.Get("ord")
	return b, v.mayMark(b)
}

// mark makes a bookmark in the incident.
func (p *Screens) mark(v *visit) error {
	b, err := v.postedMark()
	if err != nil {
		return err
	}
	if _, err := p.Incidents.Mark(v.Ctx, v.viewing.Incident, b, v.who()); err != nil {
		return err
	}
	return p.bookmarks(v)
}

// remark changes one, which the grant must cover as it stands and as it will.
func (p *Screens) remark(v *visit) error {
	b, err := v.postedMark()
	if err == nil {
		err = p.marked(v, b.ID)
	}
	if err != nil {
		return err
	}
	if err := p.Incidents.Remark(v.Ctx, v.viewing.Incident, b, v.who()); err != nil {
		return err
	}
	return p.bookmarks(v)
}

// unmark takes one away.
func (p *Screens) unmark(v *visit) error {
	id := v.R.PathValue("bogmaerke")
	err := v.alive(v.Ctx)
	if err == nil {
		err = p.marked(v, id)
	}
	if err != nil {
		return err
	}
	if err := p.Incidents.Unmark(v.Ctx, v.viewing.Incident, id, v.who()); err != nil {
		return err
	}
	return p.bookmarks(v)
}

// marked refuses a bookmark that is not there, or that the grant does not
// cover.
func (p *Screens) marked(v *visit, id string) error {
	all, err := p.Incidents.Bookmarks(v.Ctx, v.viewing.Controller, v.viewing.Incident)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(b incident.Bookmark) bool { return b.ID == id })
	if i < 0 {
		return fault.New(fault.NotFound, "bookmark.unknown", "no bookmark %.40q", id)
	}
	return v.mayMark(all[i])
}

// coverage hands on what the viewing's cameras recorded and why not, without
// any picture, of what the grant covers.
func (p *Screens) coverage(v *visit) error {
	from, to, err := millis(v.R)
	if err != nil {
		return err
	}
	if err := v.alive(v.Ctx); err != nil {
		return err
	}
	for _, c := range v.viewing.Cameras {
		if err := v.covered(v.Ctx, c, from, to); err != nil {
			return err
		}
	}
	c, err := p.Engine.Coverages(v.Ctx, v.viewing.Cameras, from, to)
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, c)
}
