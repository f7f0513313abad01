package page

import (
	"slices"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/fds"
)

// UseRow is one use of footage or of personal data in words.
type UseRow struct {
	Href      string // of the whole of it
	Time, ISO string
	Who       string
	WhoHref   string // all that they did
	Kind      string
	Badge     fds.Badge
	What      string
	Things    []fds.Link // cameras and places, with the way to their own log
	Minutes   string
	Matter    string
	Why       string
	Refused   string // the reason of the refusal, in words
	About     string
	Terms     string
	Address   string
}

// UseWords puts uses into words.
type UseWords struct {
	v *Visit
	// camera and place name things by id.
	camera, place func(id string) string
}

// logPath is the page of the log of who looked.
const logPath = "/tilsyn/log"

// UseWords is what puts uses into words on this visit. Names of cameras and
// places are those of today.
func (v *Visit) UseWords() UseWords {
	return UseWords{v,
		remembered(func(id string) string {
			if c, err := v.Site.Register.Camera(v.Ctx, v.Person.Controller, id); err == nil {
				return c.Where + ": " + c.Name
			}
			return id
		}),
		remembered(func(id string) string {
			if l, err := v.Site.Register.Location(v.Ctx, v.Person.Controller, id); err == nil {
				return l.Name
			}
			return id
		})}
}

// SampleUseWords are those of a story, which asks no database.
func (v *Visit) SampleUseWords(camera, place func(id string) string) UseWords {
	return UseWords{v, camera, place}
}

func remembered(f func(string) string) func(string) string {
	known := map[string]string{}
	return func(id string) string {
		if _, ok := known[id]; !ok {
			known[id] = f(id)
		}
		return known[id]
	}
}

// Camera names a camera.
func (w UseWords) Camera(id string) string { return w.camera(id) }

// Place names a place.
func (w UseWords) Place(id string) string { return w.place(id) }

// mostThings is how many cameras one row names.
const mostThings = 3

// Row is a use in words.
func (w UseWords) Row(u accesslog.Use) UseRow {
	v := w.v
	r := UseRow{Href: logPath + "/" + strconv.FormatInt(u.Index, 10), Time: v.DateTimeSeconds(u.At), ISO: v.ISO(u.At), Who: u.Name, What: w.What(u), Kind: v.T("use.kind." + string(u.Kind)),
		Matter: u.Matter, Why: v.Why(u), About: u.About, Terms: u.Terms, Address: u.Address, Minutes: v.Minutes(u)}
	if u.Person != "" {
		r.WhoHref = logPath + "?hvem=" + u.Person
	} else if r.Who = v.T("history.system"); u.Kind == accesslog.Login {
		r.Who = v.T("use.nobody")
	}
	r.Badge = fds.Badge{Text: r.Kind}
	if r.What == r.Kind {
		r.What = "" // the badge says it
	}
	if u.Refused != "" {
		r.Badge = fds.Badge{Tone: fds.Warning, Text: v.T("use.refused")}
		r.Refused = v.Refusal(u)
	}
	cameras := u.Cameras.List()
	for _, id := range cameras[:min(len(cameras), mostThings)] {
		r.Things = append(r.Things, fds.Link{Href: logPath + "?kamera=" + id, Text: w.camera(id)})
	}
	if more := len(cameras) - mostThings; more > 0 {
		r.Things = append(r.Things, fds.Link{Href: r.Href, Text: v.N("use.more", int64(more))})
	}
	if len(cameras) == 0 && u.Place != "" {
		r.Things = append(r.Things, fds.Link{Href: logPath + "?sted=" + u.Place, Text: w.place(u.Place)})
	}
	return r
}

// Why is why somebody did it: their own words, or those of the lawful reason
// that a statement names.
func (v *Visit) Why(u accesslog.Use) string {
	if u.Kind == accesslog.Evidence {
		return v.Or("hold."+u.Why, u.Why)
	}
	return u.Why
}

// What says what was done, in a few words.
func (w UseWords) What(u accesslog.Use) string {
	v := w.v
	text := v.Or("use.entry."+u.Entry, v.T("use.kind."+string(u.Kind)))
	switch u.Kind {
	case accesslog.Read, accesslog.Search, accesslog.Download:
		if u.What != "" {
			text += ": " + u.What
		}
	}
	return text
}

// Refusal is why a use was refused, in words.
func (v *Visit) Refusal(u accesslog.Use) string {
	if u.Refused == "" {
		return ""
	}
	return v.Or("fault."+u.Refused, v.Or("why."+u.Refused, v.T("use.refused.why", u.Refused)))
}

// Minutes is the footage that a use was of: "21. november 2026 kl. 10.00-10.20".
func (v *Visit) Minutes(u accesslog.Use) string {
	if u.Since == 0 {
		return ""
	}
	from, to := u.From(), u.To()
	if v.Date(from) == v.Date(to) {
		return v.DateTime(from) + "–" + v.Clock(to)
	}
	return v.DateTime(from) + " – " + v.DateTime(to)
}

// Lookers is who looked at a camera's footage or at a place's, for its page.
// Whoever may read the log reads names and reasons; to others it says when,
// and that it was.
type Lookers struct {
	Words
	Rows  []UseRow
	Named bool
	All   string // the whole of it, in the log; empty for who may not read it
}

// mostLookers is how many looks an object's page shows.
const mostLookers = 8

// Lookers finds who looked last: at a camera, or at a place when camera is
// empty.
func (v *Visit) Lookers(camera, place string) (Lookers, error) {
	q := accesslog.Query{Controller: v.Person.Controller, Camera: camera, Place: place}
	all := logPath + "?kamera=" + camera
	if camera == "" {
		all = logPath + "?sted=" + place
	}
	var uses []accesslog.Use
	for _, k := range []accesslog.Kind{accesslog.Footage, accesslog.Still, accesslog.Live, accesslog.Evidence} {
		q.Kind, q.Limit = k, 2*mostLookers
		f, err := v.Site.accesslog.Find(v.Ctx, q)
		if err != nil {
			return Lookers{}, err
		}
		uses = append(uses, f.Uses...)
	}
	slices.SortStableFunc(uses, func(a, b accesslog.Use) int { return b.At.Compare(a.At) })
	return v.LookersOf(uses, v.UseWords(), all), nil
}

// LookersOf is [Visit.Lookers] of uses that were found.
func (v *Visit) LookersOf(uses []accesslog.Use, w UseWords, all string) Lookers {
	out := Lookers{Words: v.Words, Named: v.May(access.SeeLog, access.Object{})}
	for _, u := range uses {
		if u.Entry == "view.closed" || len(out.Rows) == mostLookers {
			continue
		}
		r := w.Row(u)
		if !out.Named {
			r = UseRow{Time: v.DateTime(u.At), ISO: r.ISO, Who: v.T("use.somebody"), Kind: r.Kind, Badge: r.Badge, Minutes: r.Minutes}
		}
		out.Rows = append(out.Rows, r)
	}
	if out.Named && len(out.Rows) > 0 {
		out.All = all
	}
	return out
}

// Links lead on to the whole of it.
func (l Lookers) Links() []fds.Link { return []fds.Link{{Href: l.All, Text: l.T("lookers.all")}} }

// SampleLookers is who looked, for stories.
func (v *Visit) SampleLookers() Lookers {
	use := func(ago time.Duration, u accesslog.Use) accesslog.Use {
		u.At, u.Controller, u.Address = v.Now.Add(-ago), v.Person.Controller, "192.0.2.17"
		return u
	}
	from := v.Now.Add(-30 * time.Hour).UnixMicro()
	same := func(id string) string { return id }
	return v.LookersOf([]accesslog.Use{
		use(4*time.Minute, accesslog.Use{Kind: accesslog.Footage, Entry: "view.opened", Person: "p-2", Name: "Jonas Lund", Since: from, Until: from + 1_800_000_000, Why: "Rude knust i hovedindgangen."}),
		use(50*time.Hour, accesslog.Use{Kind: accesslog.Footage, Entry: "view.refused", Person: "p-7", Name: "Søren Krogh", Refused: "access.it"}),
		use(70*time.Hour, accesslog.Use{Kind: accesslog.Still, Entry: "still.ordered", Person: "p-3", Name: "Karen Holm", Why: "placement"}),
	}, v.SampleUseWords(same, same), logPath)
}
