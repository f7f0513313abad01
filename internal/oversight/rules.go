package oversight

import (
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/clock"
)

// Rule is an alarm: what it hits is reviewed. Its words are the texts
// review.rule.<id> and review.rule.<id>.text, where {0} is the limit.
type Rule struct {
	ID string
	// Limit is the default of its number; 0: it has none.
	Limit int
	find  func(h *hunt)
}

// rules in the order in which they are shown.
var rules = []Rule{
	{"no-matter", 0, (*hunt).noMatter},
	{"hours", 0, (*hunt).hours},
	{"own-name", 0, (*hunt).ownName},
	{"own-unit", 0, (*hunt).ownUnit},
	{"colleague", 0, (*hunt).colleague},
	{"tie", 0, (*hunt).tie},
	{"burst", 20, (*hunt).burst},
	{"again", 5, (*hunt).again},
	{"other-unit", 0, (*hunt).otherUnit},
	{"before-deletion", 24, (*hunt).beforeDeletion},
	{"tries", 3, (*hunt).tries},
}

// Rules lists the alarms.
func Rules() []Rule { return slices.Clone(rules) }

// graves are the kinds of entry that are always reviewed, by what they are; an
// entry that ends in "." is all that begin so. The words are review.grave.<what>.
var graves = []struct{ entry, what string }{
	{"live.begun", "live"}, {"live.alone", "emergency"},
	{"evidence.", "export"}, {"export.", "export"}, {"log.handed", "export"}, {"case.exported", "export"},
	{"release.issued", "unlock"},
	{"authorisation.approved", "rights"}, {"authorisation.carried-out", "rights"}, {"authorisation.confirmed", "rights"}, {"storage.approved", "rights"},
	{"account.created", "rights"}, {"account.changed", "rights"}, {"holder.begun", "rights"}, {"designation.begun", "rights"}, {"reset.done", "rights"}, {"deputy.", "rights"},
	{"log.keep", "log"}, {"review.settings", "log"},
	{"restore.", "restore"}, {"backup.restored", "restore"},
	{"clock.", "clock"}, {"time-check.issued", "clock"},
}

// Graves lists what makes a use grave, in the order in which it is shown.
func Graves() []string {
	out := []string{"admin"}
	for _, g := range graves {
		if !slices.Contains(out, g.what) {
			out = append(out, g.what)
		}
	}
	return out
}

// grave says what makes an entry grave; "": nothing.
func grave(entry string) string {
	for _, g := range graves {
		if g.entry == entry || strings.HasSuffix(g.entry, ".") && strings.HasPrefix(entry, g.entry) {
			return g.what
		}
	}
	return ""
}

// Facts are what the rules know beside the log, of one controller.
type Facts struct {
	Unit    map[string]string   // of a place: its administration
	Place   map[string]string   // of a camera
	Belongs map[string][]string // units that a person works for; nobody who is not in it is elsewhere
	Manages map[string][]string // places that a person is the manager of
	Admins  map[string]bool     // people who run the platform
	Names   map[string]string   // of people
	Ties    map[string][]string // places that a person lives or works at
	// Approvers are who let a person look at a place ("person\nplace").
	Approvers map[string][]string
	Keeps     map[string]time.Duration // how long a camera's footage is kept
}

// unit is the unit that a use belongs to; "" for none.
func (f Facts) unit(u accesslog.Use) string {
	if u.Place != "" {
		return f.Unit[u.Place]
	}
	for _, c := range u.Cameras.List() {
		if unit := f.Unit[f.Place[c]]; unit != "" {
			return unit
		}
	}
	return ""
}

// places are those that a use is of.
func (f Facts) places(u accesslog.Use) (out []string) {
	for _, c := range u.Cameras.List() {
		if p := f.Place[c]; p != "" {
			out = append(out, p)
		}
	}
	if u.Place != "" {
		out = append(out, u.Place)
	}
	return out
}

// class is the class of lots that a use is in; "" for none: what was refused,
// the ends of looks, acts in cases.
func class(u accesslog.Use) string {
	switch {
	case u.Person == "" || u.Refused != "" || u.Entry == "view.closed":
		return ""
	case u.Kind == accesslog.Footage || u.Kind == accesslog.Still:
		return ClassLook
	case u.Kind == accesslog.Read || u.Kind == accesslog.Search || u.Kind == accesslog.Download:
		return ClassData
	}
	return ""
}

// looked reports whether a use is of pictures, given or refused.
func looked(u accesslog.Use) bool {
	return u.Kind == accesslog.Footage && u.Entry != "view.closed" || u.Kind == accesslog.Still || u.Kind == accesslog.Live
}

// hunt looks for alarms in the uses of a period, which stand by index.
type hunt struct {
	uses  []accesslog.Use
	facts Facts
	set   Settings
	rule  Rule
	hits  map[int64][]string
}

// alarms is which rules hit which uses.
func alarms(uses []accesslog.Use, f Facts, s Settings) map[int64][]string {
	h := &hunt{uses: uses, facts: f, set: s, hits: map[int64][]string{}}
	for _, r := range rules {
		if !slices.Contains(s.Off, r.ID) {
			h.rule = r
			r.find(h)
		}
	}
	return h.hits
}

func (h *hunt) hit(u accesslog.Use) {
	if !slices.Contains(h.hits[u.Index], h.rule.ID) {
		h.hits[u.Index] = append(h.hits[u.Index], h.rule.ID)
	}
}

func (h *hunt) limit() int { return h.set.Limit(h.rule) }

// each hits every use that fits.
func (h *hunt) each(fits func(u accesslog.Use) bool) {
	for _, u := range h.uses {
		if u.Person != "" && fits(u) {
			h.hit(u)
		}
	}
}

// noMatter: footage looked at without a case or incident.
func (h *hunt) noMatter() {
	h.each(func(u accesslog.Use) bool {
		return class(u) == ClassLook && u.Kind == accesslog.Footage && u.Matter == ""
	})
}

// hours: looks and searches when nobody is at work.
func (h *hunt) hours() {
	h.each(func(u accesslog.Use) bool {
		d := u.At.In(clock.Denmark())
		if workday(u.At) && d.Hour() >= h.set.Begins && d.Hour() < h.set.Stops {
			return false
		}
		return class(u) == ClassLook || class(u) == ClassData && u.Kind != accesslog.Read
	})
}

// ownName: a search for one's own last name, which is that of the family too.
func (h *hunt) ownName() {
	h.each(func(u accesslog.Use) bool {
		names := strings.Fields(strings.ToLower(u.Name))
		if u.Kind != accesslog.Search || len(names) == 0 {
			return false
		}
		return slices.Contains(lettered(u.Terms), names[len(names)-1])
	})
}

func lettered(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r < 'a' && r != '-' || r > 'z' && r < 0x80 })
}

// ownUnit: pictures of a place that the person is the manager of, whose
// employees are the person's own.
func (h *hunt) ownUnit() {
	h.each(func(u accesslog.Use) bool {
		return looked(u) && slices.ContainsFunc(h.facts.places(u), func(p string) bool { return slices.Contains(h.facts.Manages[u.Person], p) })
	})
}

// colleague: pictures looked at in a case or incident that only others have
// written in, and searches for a colleague's name.
func (h *hunt) colleague() {
	wrote := map[string]map[string]bool{}
	for _, u := range h.uses {
		if u.Kind == accesslog.Edit && u.Matter != "" && u.Person != "" {
			if wrote[u.Matter] == nil {
				wrote[u.Matter] = map[string]bool{}
			}
			wrote[u.Matter][u.Person] = true
		}
	}
	h.each(func(u accesslog.Use) bool {
		if u.Kind == accesslog.Search {
			terms := lettered(u.Terms)
			for id, name := range h.facts.Names {
				parts := strings.Fields(strings.ToLower(name))
				if id != u.Person && len(parts) > 1 && slices.Contains(terms, parts[0]) && slices.Contains(terms, parts[len(parts)-1]) {
					return true
				}
			}
			return false
		}
		by := wrote[u.Matter]
		return class(u) == ClassLook && u.Matter != "" && len(by) > 0 && !by[u.Person]
	})
}

// tie: pictures of where the person lives or works, where that is on record.
func (h *hunt) tie() {
	h.each(func(u accesslog.Use) bool {
		return looked(u) && slices.ContainsFunc(h.facts.places(u), func(p string) bool { return slices.Contains(h.facts.Ties[u.Person], p) })
	})
}

// burst: more looks or searches in an hour than the limit. The one that is too
// many is hit, and then it is counted anew.
func (h *hunt) burst() {
	h.within(time.Hour, h.limit(), func(u accesslog.Use) bool {
		return class(u) == ClassLook || class(u) == ClassData && u.Kind != accesslog.Read
	}, false)
}

// tries: so many refused tries in a day.
func (h *hunt) tries() {
	h.within(24*time.Hour, h.limit()-1, func(u accesslog.Use) bool { return u.Refused != "" && u.Kind != accesslog.Login }, true)
}

// within hits the use that makes more than limit within a span.
func (h *hunt) within(span time.Duration, limit int, counts func(accesslog.Use) bool, refused bool) {
	last := map[string][]time.Time{}
	for _, u := range h.uses {
		if u.Person == "" || !counts(u) || (u.Refused != "") != refused {
			continue
		}
		list := append(last[u.Person], u.At)
		for len(list) > 0 && u.At.Sub(list[0]) >= span {
			list = list[1:]
		}
		if len(list) > limit {
			h.hit(u)
			list = nil
		}
		last[u.Person] = list
	}
}

// again: the same camera so often by the same person.
func (h *hunt) again() {
	n := map[string]int{}
	for _, u := range h.uses {
		if class(u) != ClassLook {
			continue
		}
		for _, c := range u.Cameras.List() {
			key := u.Person + "\n" + c
			if n[key]++; n[key] == h.limit() {
				h.hit(u)
			}
		}
	}
}

// otherUnit: cameras and places of units that the person does not work for,
// refused tries too.
func (h *hunt) otherUnit() {
	h.each(func(u accesslog.Use) bool {
		of, known := h.facts.Belongs[u.Person]
		unit := h.facts.unit(u)
		return known && unit != "" && (looked(u) || class(u) != "") && !slices.Contains(of, unit)
	})
}

// beforeDeletion: footage looked at so few hours before it was deleted that
// nobody could look after.
func (h *hunt) beforeDeletion() {
	h.each(func(u accesslog.Use) bool {
		return class(u) == ClassLook && u.Since > 0 && slices.ContainsFunc(u.Cameras.List(), func(c string) bool {
			keep, ok := h.facts.Keeps[c]
			left := u.From().Add(keep).Sub(u.At)
			return ok && left >= 0 && left < time.Duration(h.limit())*time.Hour
		})
	})
}

// admin reports whether a use is a try of somebody who runs the platform to get
// at pictures.
func (f Facts) admin(u accesslog.Use) bool {
	return f.Admins[u.Person] && (looked(u) || u.Refused == "access.it")
}

// barred are who may not review a use: whoever did it, let it be done or
// approved it, and whom it was for.
func (f Facts) barred(u accesslog.Use, named []string) []string {
	out := append([]string{u.Person}, named...)
	for _, p := range f.places(u) {
		out = append(out, f.Approvers[u.Person+"\n"+p]...)
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return s == "" })
}
