package attack

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

// shows are the kinds of entries without which no picture is given out, or that
// give the right to one.
var shows = []string{"view.opened", "grant.given", "live.asked", "live.begun", "live.shown", "live.answered", "angle.checked"}

func (s *site) shown() (n int) {
	for _, kind := range shows {
		n += s.entries(kind)
	}
	return n
}

// Whoever runs the platform walks every route: with the role alone, designated
// beside it, with every role that there is, and by the sealed account. The
// cameras' pictures are behind none of them.
func TestSuperAdministratorReachesNoFootage(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-3", "VIEW-1", "VIEW-2")
	s := newSite(t)
	// The administrator who is designated does not get the right in the first place.
	for _, login := range []string{"it-og-udpeget", "it-og-alt"} {
		if _, err := s.rights.InForce(t.Context(), home, s.people[login].ID, home+"-skole"); !fault.Is(err, fault.Denied) {
			t.Errorf("%s is given a right to look: %v", login, err)
		}
	}
	before, walked := s.shown(), 0
	looks := url.Values{"grund": {"Afspilleren virker ikke og skal efterses"}, "sted": {home + "-skole"}, "aarsag": {"danger"}, "ord": {"Fejlsøgning af afspilleren"}, "minutter": {"10"}, "svar": {"ja"}, "ground": {"crime"}}
	for k, v := range hour(home) {
		looks[k] = v
	}
	for _, r := range s.routes {
		method, at := fill(r.Pattern, s.things[home])
		if strings.HasSuffix(at, "/log-ud") || strings.HasSuffix(at, "/laas") {
			continue
		}
		for k, who := range []string{"it-og-alt", "noedkonto", "it", "it-og-udpeget"} {
			if k > 1 && r.Act != access.View && r.Act != access.AskLive && r.Act != access.ApproveLive {
				break // the first may all that these may
			}
			for i, accept := range []string{"application/json", "text/html", "video/mp4", "multipart/x-mixed-replace"} {
				if i > 0 && r.Act != access.View && r.Act != access.AskLive {
					break
				}
				walked++
				target, in := at, looks
				if method == http.MethodGet {
					target, in = at+"?fra=1795252200000&til=1795255800000&"+looks.Encode(), nil
				}
				w := s.do(who, method, target, in, func(r *http.Request) { r.Header.Set("Accept", accept) })
				kind := w.Header().Get("Content-Type")
				if (r.Act == access.View || r.Act == access.AskLive || r.Act == access.ApproveLive) && w.Code < 400 {
					t.Errorf("%s as %s: %d to %s", r.Pattern, who, w.Code, w.Header().Get("Location"))
				}
				if strings.HasPrefix(kind, "video/") || strings.HasPrefix(kind, "multipart/") || strings.Contains(kind, "octet-stream") && strings.Contains(at, "/afspilning") || strings.HasPrefix(kind, "image/") && !strings.Contains(at, "/tegninger/") && !strings.Contains(at, "/plan/") {
					t.Errorf("%s as %s gives %s", r.Pattern, who, kind)
				}
				if method != http.MethodGet {
					break
				}
			}
		}
	}
	if after := s.shown(); after != before {
		t.Errorf("%d times something was opened", after-before)
	}
	if walked < 400 {
		t.Errorf("only %d were walked", walked)
	}
}

// An account that becomes IT's while it looks loses what it has at once.
func TestSuperAdministratorWhoLookedBefore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	room := "/afspilning/" + s.things[home]["{viewing}"]
	if w := s.do("alt", "GET", room, nil); w.Code != http.StatusOK {
		t.Fatalf("one's own viewing: %d", w.Code)
	}
	fatal(t, s.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE accounts SET roles = ? WHERE id = ?`, `["operator","it"]`, s.people["alt"].ID)
		return err
	}))
	for _, what := range []string{"", "/billeder?fra=1&til=2", "/daekning?fra=1&til=2"} {
		if w := s.do("alt", "GET", room+what, nil); w.Code != http.StatusForbidden && w.Code != http.StatusNotFound {
			t.Errorf("%s%s as IT: %d", room, what, w.Code)
		}
	}
}

// ticket is the one under which the engine gives a viewing's pictures.
func (s *site) ticket(viewing string) (signed []byte) {
	s.t.Helper()
	type row struct{ Ticket []byte }
	fatal(s.t, s.db.Read(s.t.Context(), func(tx *db.Tx) error {
		r, err := db.One[row](s.t.Context(), tx, `SELECT ticket FROM periods WHERE viewing = ?`, viewing)
		signed = r.Ticket
		return err
	}))
	return signed
}

// pictures asks the engine, past the portal, and says why it refuses.
func (s *site) pictures(ticket []byte, camera string, from, to time.Time) string {
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	in, err := s.engine.Fragments(ctx, engineapi.FragmentQuery{Camera: camera, From: from, To: to}, engineapi.Pass{Statement: ticket, Whence: "192.0.2.66"})
	if err == nil {
		_, err = io.Copy(io.Discard, in)
		_ = in.Close()
	}
	return fault.Key(err)
}

// Whoever got hold of a ticket uses it at the engine itself: altered, for
// another camera, for another time, and when it has run out, with every clock
// that the engine reads turned back.
func TestTicketStolen(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-1")
	s := newSite(t)
	s.all() // the engine has all that is signed
	ticket := s.ticket(s.things[home]["{viewing}"])
	from, to := today(10, 0), today(11, 0)
	if key := s.pictures(ticket, home+"-1", from, to); strings.HasPrefix(key, "ticket.") || strings.HasPrefix(key, "statement.") {
		t.Fatalf("the ticket is refused while it stands: %s", key)
	}
	if key := s.pictures(ticket, foreign+"-1", from, to); key != "ticket.camera" && key != "statement.controller" {
		t.Errorf("another camera: %q", key)
	}
	if key := s.pictures(ticket, home+"-1", from.Add(-time.Minute), to); key != "ticket.interval" {
		t.Errorf("another time: %q", key)
	}
	for i := range ticket { // every bit of it counts
		if i%97 != 0 {
			continue
		}
		bad := append([]byte(nil), ticket...)
		bad[i] ^= 1
		if key := s.pictures(bad, home+"-1", from, to); key == "" || !strings.HasPrefix(key, "statement.") && !strings.HasPrefix(key, "ticket.") && !strings.HasPrefix(key, "engineapi.") && !strings.HasPrefix(key, "pass.") {
			t.Errorf("with bit %d turned: %q", i, key)
		}
	}
	now := s.clk.Now()
	s.clk.Advance(5 * time.Hour)
	if key := s.pictures(ticket, home+"-1", from, to); key != "ticket.expired" {
		t.Errorf("when it has run out: %q", key)
	}
	for _, back := range []time.Duration{0, time.Minute, 24 * time.Hour, 365 * 24 * time.Hour} {
		s.clk.SetWall(now.Add(-back))
		if key := s.pictures(ticket, home+"-1", from, to); key != "ticket.expired" {
			t.Errorf("with the clock turned back to %v before it was given: %q", back, key)
		}
	}
}

// The same clock turned back gives nobody at the portal their session or their
// viewing back.
func TestClockTurnedBackRevivesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	room := "/afspilning/" + s.things[home]["{viewing}"]
	ask := room + "/billeder?fra=1795252200000&til=1795255800000"
	now := s.clk.Now()
	s.clk.Advance(5 * time.Hour)
	if w := s.do("alt", "GET", "/min-side", nil); w.Code != http.StatusUnauthorized {
		t.Errorf("the session lasts: %d", w.Code)
	}
	s.clk.SetWall(now.Add(time.Minute))
	if w := s.do("alt", "GET", "/min-side", nil); w.Code != http.StatusUnauthorized {
		t.Errorf("a session that was over is not, with the clock turned back: %d", w.Code)
	}
	s.logIn("alt")
	w := s.do("alt", "GET", ask, nil, func(r *http.Request) { r.Header.Set("Accept", "application/json") })
	if w.Code == http.StatusOK {
		t.Errorf("pictures with the clock turned back: %d", w.Code)
	}
}
