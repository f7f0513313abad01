package oversight

import (
	"slices"
	"testing"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/req"
)

// at is a moment of a Tuesday at work, in Danish time.
func at(h, m int) time.Time { return time.Date(2026, 9, 15, h, m, 0, 0, clock.Denmark()) }

// Each rule hits what it is for, and not what lies just beside it.
func TestEachRuleHitsItsOwn(t *testing.T) {
	req.Shows(t, "LOG-3")
	f := Facts{Unit: map[string]string{"skole": "boern", "vej": "teknik"}, Place: map[string]string{"k1": "skole", "k2": "vej"}, Belongs: map[string][]string{"jonas": {"boern"}}, Manages: map[string][]string{"birthe": {"skole"}},
		Names: map[string]string{"jonas": "Jonas Lund", "karen": "Karen Holm"}, Ties: map[string][]string{"hanne": {"skole"}}, Keeps: map[string]time.Duration{"k1": 14 * 24 * time.Hour}, Admins: map[string]bool{"soeren": true}}
	look := func(when time.Time, person string, change func(*accesslog.Use)) accesslog.Use {
		u := accesslog.Use{At: when, Kind: accesslog.Footage, Entry: "view.opened", Person: person, Name: f.Names[person], Place: "skole", Cameras: "k1", Matter: "H-1", Since: when.Add(-48 * time.Hour).UnixMicro(), Until: when.Add(-47 * time.Hour).UnixMicro()}
		if change != nil {
			change(&u)
		}
		return u
	}
	search := func(terms string) func(*accesslog.Use) {
		return func(u *accesslog.Use) {
			u.Kind, u.Entry, u.Terms, u.Cameras, u.Matter, u.Since = accesslog.Search, "data.searched", terms, "", "", 0
		}
	}
	wrote := accesslog.Use{At: at(8, 0), Kind: accesslog.Edit, Entry: "incident.opened", Person: "karen", Matter: "H-9"}
	refused := func(u *accesslog.Use) { u.Entry, u.Refused = "view.refused", "access.ground" }
	many := func(n int, step time.Duration, change func(*accesslog.Use)) (out []accesslog.Use) {
		for i := range n {
			out = append(out, look(at(9, 0).Add(time.Duration(i)*step), "jonas", change))
		}
		return out
	}
	for name, c := range map[string]struct {
		rule string
		uses []accesslog.Use
		hits int
	}{
		"no case":                    {"no-matter", []accesslog.Use{look(at(9, 0), "jonas", func(u *accesslog.Use) { u.Matter = "" }), look(at(9, 0), "jonas", nil)}, 1},
		"evening":                    {"hours", []accesslog.Use{look(at(18, 0), "jonas", nil), look(at(17, 59), "jonas", nil), look(at(6, 59), "jonas", nil), look(at(7, 0), "jonas", nil)}, 2},
		"weekend":                    {"hours", []accesslog.Use{look(at(10, 0).AddDate(0, 0, 4), "jonas", nil), look(at(10, 0).AddDate(0, 0, 3), "jonas", nil)}, 1},
		"Christmas":                  {"hours", []accesslog.Use{look(time.Date(2026, 12, 25, 10, 0, 0, 0, clock.Denmark()), "jonas", nil), look(time.Date(2026, 12, 28, 10, 0, 0, 0, clock.Denmark()), "jonas", nil)}, 1},
		"Whit Monday":                {"hours", []accesslog.Use{look(time.Date(2026, 5, 25, 10, 0, 0, 0, clock.Denmark()), "jonas", nil), look(time.Date(2026, 5, 26, 10, 0, 0, 0, clock.Denmark()), "jonas", nil)}, 1},
		"own name":                   {"own-name", []accesslog.Use{look(at(9, 0), "jonas", search("mette LUND")), look(at(9, 0), "jonas", search("lunden")), look(at(9, 0), "karen", search("lund"))}, 1},
		"own unit":                   {"own-unit", []accesslog.Use{look(at(9, 0), "birthe", nil), look(at(9, 0), "jonas", nil), look(at(9, 0), "birthe", func(u *accesslog.Use) { u.Place, u.Cameras = "vej", "k2" })}, 1},
		"a colleague's incident":     {"colleague", []accesslog.Use{wrote, look(at(9, 0), "jonas", func(u *accesslog.Use) { u.Matter = "H-9" }), look(at(9, 0), "karen", func(u *accesslog.Use) { u.Matter = "H-9" }), look(at(9, 0), "jonas", nil)}, 1},
		"a colleague's name":         {"colleague", []accesslog.Use{look(at(9, 0), "jonas", search("karen holm")), look(at(9, 0), "jonas", search("karen")), look(at(9, 0), "karen", search("karen holm"))}, 1},
		"home":                       {"tie", []accesslog.Use{look(at(9, 0), "hanne", nil), look(at(9, 0), "jonas", nil)}, 1},
		"twenty in an hour":          {"burst", many(20, time.Minute, nil), 0},
		"twenty-one in an hour":      {"burst", many(21, time.Minute, nil), 1},
		"forty-two in an hour":       {"burst", many(42, time.Minute, nil), 2},
		"twenty-one in two hours":    {"burst", many(21, 5*time.Minute, nil), 0},
		"the same camera four times": {"again", many(4, time.Hour/2, nil), 0},
		"the same camera five times": {"again", many(9, time.Hour/2, nil), 1},
		"another unit's camera":      {"other-unit", []accesslog.Use{look(at(9, 0), "jonas", func(u *accesslog.Use) { u.Place, u.Cameras = "vej", "k2" }), look(at(9, 0), "jonas", nil), look(at(9, 0), "karen", func(u *accesslog.Use) { u.Place = "vej" })}, 1},
		"refused at another unit":    {"other-unit", []accesslog.Use{look(at(9, 0), "jonas", func(u *accesslog.Use) { refused(u); u.Place, u.Cameras = "vej", "k2" })}, 1},
		"just before deletion": {"before-deletion", []accesslog.Use{
			look(at(9, 0), "jonas", func(u *accesslog.Use) {
				u.Since = u.At.Add(-14*24*time.Hour + 23*time.Hour).UnixMicro()
				u.Until = u.Since + 1
			}),
			look(at(9, 0), "jonas", func(u *accesslog.Use) {
				u.Since = u.At.Add(-14*24*time.Hour + 25*time.Hour).UnixMicro()
				u.Until = u.Since + 1
			})}, 1},
		"two refused":                      {"tries", many(2, time.Hour, refused), 0},
		"three refused":                    {"tries", many(3, time.Hour, refused), 1},
		"three refused, and looks between": {"tries", slices.Concat(many(2, time.Hour, refused), many(5, time.Minute, nil)), 0},
	} {
		for i := range c.uses {
			c.uses[i].Index = int64(i + 1)
		}
		n := 0
		for _, hit := range alarms(c.uses, f, Usual()) {
			if slices.Contains(hit, c.rule) {
				n++
			}
		}
		if n != c.hits {
			t.Errorf("%s: %s hits %d, not %d", name, c.rule, n, c.hits)
		}
		set := Usual()
		set.Off = []string{c.rule}
		for _, hit := range alarms(c.uses, f, set) {
			if slices.Contains(hit, c.rule) {
				t.Errorf("%s: %s hits although it is off", name, c.rule)
			}
		}
	}
	if !f.admin(look(at(9, 0), "soeren", refused)) || f.admin(look(at(9, 0), "jonas", refused)) {
		t.Error("who runs the platform is not told from others")
	}
}

// Deadlines in working days, and when periods end.
func TestDaysOfWork(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 12, 0, 0, 0, clock.Denmark()) }
	for _, c := range []struct {
		from time.Time
		n    int
		want time.Time // the first moment after
	}{
		{day(2026, 9, 14), 5, time.Date(2026, 9, 22, 0, 0, 0, 0, clock.Denmark())},   // Monday to Monday
		{day(2026, 9, 18), 1, time.Date(2026, 9, 22, 0, 0, 0, 0, clock.Denmark())},   // Friday to Monday
		{day(2026, 4, 1), 1, time.Date(2026, 4, 8, 0, 0, 0, 0, clock.Denmark())},     // over Easter
		{day(2026, 12, 23), 1, time.Date(2026, 12, 29, 0, 0, 0, 0, clock.Denmark())}, // over Christmas
	} {
		if got := afterWorkdays(c.from, c.n); !got.Equal(c.want) {
			t.Errorf("%d days after %s: %s, not %s", c.n, c.from, got.In(clock.Denmark()), c.want)
		}
	}
	for from, want := range map[time.Time]time.Time{
		time.Date(2026, 10, 24, 12, 0, 0, 0, clock.Denmark()): time.Date(2026, 10, 26, 0, 0, 0, 0, clock.Denmark()), // over the end of summer time
		time.Date(2026, 9, 14, 0, 0, 0, 0, clock.Denmark()):   time.Date(2026, 9, 21, 0, 0, 0, 0, clock.Denmark()),
	} {
		if got := Week.ends(from); !got.Equal(want) {
			t.Errorf("a week from %s ends %s", from, got.In(clock.Denmark()))
		}
	}
	if got := Month.ends(day(2026, 12, 5)); !got.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, clock.Denmark())) || quarterOf(got) != "2026-Q4" {
		t.Errorf("December ends %s, in %s", got, quarterOf(got))
	}
}
