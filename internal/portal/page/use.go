package page

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/identity"
)

// Looking is logged here, for every screen: before a page with personal data is
// made, before a search is answered, before a list is sent as a file, the
// ledger has it. A ledger that does not answer lets nobody look.

// impersonal are the acts whose pages hold no personal data, or nobody's but
// one's own, or write an entry of their own. A page of any other act is logged.
var impersonal = []access.Act{
	access.Public, access.Own, access.SeeCameras, access.View, access.Stop, access.Restart, access.SeeHealth, access.SeeDeletions,
	access.OpenCase, access.SeeRegister, access.EditRegister, access.KeepSigns, access.SeeRules, access.EditRules, access.AskLive, access.ApproveLive,
}

// The parameters that every list has.
const (
	searchParam = "q"
	formatParam = "format"
)

// used enters what is about to be read, if it is to be entered.
func (v *Visit) used() error {
	o := v.object
	if v.Person.ID == "" || v.R.Method != http.MethodGet && v.R.Method != http.MethodHead {
		return nil
	}
	q := v.R.URL.Query()
	var kind string
	terms := strings.TrimSpace(q.Get(searchParam))
	switch format := q.Get(formatParam); {
	case format != "":
		kind = "data.exported"
	case terms != "":
		kind = "data.searched"
	case !slices.Contains(impersonal, v.Route.Act):
		kind = "data.read"
	default:
		return nil
	}
	body := map[string]any{"act": string(v.Route.Act), "path": v.R.URL.Path, "camera": o.Camera, "location": o.Location, "case": v.matter()}
	if terms != "" {
		body["terms"] = short(terms)
	}
	if v.R.URL.RawQuery != "" {
		body["path"] = v.R.URL.Path + "?" + short(v.R.URL.RawQuery)
	}
	return v.Used(kind, body)
}

// Used enters that the person has used personal data: kind is the ledger's,
// body what it says beside [Visit.Entry]. What the same session has read at the
// same address within [sameReading] is one reading.
func (v *Visit) Used(kind string, body map[string]any) error {
	return v.usedWithin(sameReading, kind, body)
}

// calendarReading is how long a calendar that was fetched stays fetched:
// programs ask for it every few minutes.
const calendarReading = 24 * time.Hour

// Subscribed enters that a person's own calendar was fetched, for whom the
// address speaks.
func (v *Visit) Subscribed(p identity.Person) error {
	here := *v
	here.Person = access.Person{ID: p.ID, Controller: p.Controller}
	here.Session.Person = p
	return here.usedWithin(calendarReading, "data.read", map[string]any{"act": "calendar", "path": "/kalender"})
}

func (v *Visit) usedWithin(same time.Duration, kind string, body map[string]any) error {
	key := v.Session.ID + "\n" + v.Person.ID + "\n" + kind + "\n" + v.R.URL.RequestURI()
	if v.Site.readings.again(key, v.Now, same) {
		return nil
	}
	err := v.Site.DB.Write(v.Ctx, func(tx *db.Tx) error {
		_, err := v.Site.Ledger.Append(v.Ctx, tx, v.Now, kind, v.Entry(body))
		return err
	})
	if err == nil {
		v.Site.readings.add(key, v.Now)
	}
	return err
}

// matter is the case or incident that the address names.
func (v *Visit) matter() string {
	for _, name := range []string{"sag", "haendelse", "incident"} {
		if id := v.R.PathValue(name); id != "" {
			return id
		}
	}
	return ""
}

// longestAsked is how many bytes of what was asked for an entry tells.
const longestAsked = 600

func short(s string) string {
	if len(s) > longestAsked {
		s = s[:longestAsked]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// sameReading is how long a page that was read stays read: it may refresh
// itself, and people go back and forth.
const sameReading = 5 * time.Minute

// readings remembers what was entered just now.
type readings struct {
	mu   sync.Mutex
	seen map[string]time.Time
}

// mostReadings bounds what is remembered; forgetting makes one entry more.
const mostReadings = 20_000

func (r *readings) again(key string, now time.Time, same time.Duration) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.seen[key]
	return ok && now.Sub(at) < same && !now.Before(at)
}

func (r *readings) add(key string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil || len(r.seen) >= mostReadings {
		r.seen = map[string]time.Time{}
	}
	r.seen[key] = now
}

// Accesslog is the log of who looked.
func (s *Site) Accesslog() *accesslog.Log { return s.accesslog }
