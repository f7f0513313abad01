package incident_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/req"
)

func TestBookmarksBelongToTheIncidentAndDieWithIt(t *testing.T) {
	req.Shows(t, "VIEW-3", "LOG-1")
	each(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		i := b.ready("indgang", "port")
		at := start.Add(-3 * time.Hour)
		later, err := b.Mark(ctx, i.ID, incident.Bookmark{Cameras: []string{"port", "indgang"}, From: at.Add(time.Minute), To: at.Add(2 * time.Minute), Words: " To løber mod porten \r\n"}, jonas)
		must(t, err)
		first, err := b.Mark(ctx, i.ID, incident.Bookmark{Cameras: []string{"indgang"}, From: at, To: at}, birthe)
		must(t, err)
		all, err := b.Bookmarks(ctx, "lindeby", i.ID)
		must(t, err)
		if len(all) != 2 || all[0].ID != first.ID || !all[0].Moment() || all[1].Moment() || all[1].Words != "To løber mod porten" || all[1].Name != "Jonas Lund" || len(all[1].Cameras) != 2 || all[1].Cameras[0] != "indgang" {
			t.Fatalf("%+v", all)
		}
		if other, err := b.Bookmarks(ctx, "kadence", i.ID); err != nil || len(other) != 0 {
			t.Errorf("another controller reads %d: %v", len(other), err)
		}
		first.Words, first.To = "Her brydes ruden", at.Add(5*time.Second)
		must(t, b.Remark(ctx, i.ID, first, jonas))
		must(t, b.Unmark(ctx, i.ID, later.ID, birthe))
		if all, err = b.Bookmarks(ctx, "lindeby", i.ID); err != nil || len(all) != 1 || all[0].Words != "Her brydes ruden" || all[0].Name != "Birthe Kjær" {
			t.Errorf("%+v %v", all, err)
		}
		// What was written of people is in no entry, since it goes with the incident.
		entries, err := b.log.Find(ctx, ledger.Filter{Kinds: []string{"incident.marked", "incident.remarked", "incident.unmarked"}})
		must(t, err)
		if len(entries) != 4 {
			t.Errorf("%d entries", len(entries))
		}
		for _, e := range entries {
			if bytes.Contains(e.Body, []byte("løber")) || bytes.Contains(e.Body, []byte("brydes")) {
				t.Errorf("the ledger keeps %s", e.Body)
			}
		}
		_, err = b.SayNoCase(ctx, i.ID, "Ruden var revnet i forvejen", jonas)
		must(t, err)
		_, err = b.Close(ctx, i.ID, "Anmeldt, og optagelserne er set", jonas)
		must(t, err)
		if all, err = b.Bookmarks(ctx, "lindeby", i.ID); err != nil || len(all) != 0 {
			t.Errorf("%d outlive the incident: %v", len(all), err)
		}
		_, err = b.Mark(ctx, i.ID, first, jonas)
		b.refused(err, "incident.closed", "after it closed")

		// And with the incident's row.
		gone := b.ready("indgang")
		_, err = b.Mark(ctx, gone.ID, incident.Bookmark{Cameras: []string{"indgang"}, From: at, To: at}, jonas)
		must(t, err)
		must(t, b.db.Write(ctx, func(tx *db.Tx) error {
			for _, q := range []string{`DELETE FROM incident_scopes WHERE incident = ?`, `DELETE FROM incidents WHERE id = ?`} {
				if _, err := tx.Exec(ctx, q, gone.ID); err != nil {
					return err
				}
			}
			return nil
		}))
		must(t, b.db.Read(ctx, func(tx *db.Tx) error {
			n, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM incident_bookmarks`)
			if n != 0 {
				t.Errorf("%d outlive the row", n)
			}
			return err
		}))
	})
}

func TestABookmarkStaysWithinWhatTheIncidentNames(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		i := b.ready("indgang")
		at := start.Add(-3 * time.Hour)
		for what, c := range map[string]struct {
			mark incident.Bookmark
			key  string
		}{
			"no camera":         {incident.Bookmark{From: at, To: at}, "look.camera"},
			"another camera":    {incident.Bookmark{Cameras: []string{"indgang", "port"}, From: at, To: at}, "look.camera"},
			"before":            {incident.Bookmark{Cameras: []string{"indgang"}, From: at.Add(-time.Hour - time.Second), To: at}, "look.interval"},
			"after":             {incident.Bookmark{Cameras: []string{"indgang"}, From: at, To: at.Add(time.Hour + time.Second)}, "look.interval"},
			"turned":            {incident.Bookmark{Cameras: []string{"indgang"}, From: at, To: at.Add(-time.Second)}, "bookmark.turned"},
			"a person's number": {incident.Bookmark{Cameras: []string{"indgang"}, From: at, To: at, Words: "010190-1234"}, "text.cpr"},
		} {
			_, err := b.Mark(t.Context(), i.ID, c.mark, jonas)
			b.refused(err, c.key, what)
		}
		fine := incident.Bookmark{Cameras: []string{"indgang"}, From: at, To: at}
		_, err := b.Mark(t.Context(), i.ID, fine, amira)
		b.refused(err, "incident.unknown", "of another controller")
		b.refused(b.Remark(t.Context(), i.ID, fine, jonas), "bookmark.unknown", "one that is not there")
		b.refused(b.Unmark(t.Context(), i.ID, "x", jonas), "bookmark.unknown", "one that is not there")
		b.book.fails = true
		if _, err := b.Mark(t.Context(), i.ID, fine, jonas); err == nil {
			t.Error("it is made without an entry")
		}
		b.book.fails = false
		for n := range incident.MostBookmarks {
			_, err := b.Mark(t.Context(), i.ID, fine, jonas)
			if err != nil {
				t.Fatalf("the %dth: %v", n, err)
			}
		}
		_, err = b.Mark(t.Context(), i.ID, fine, jonas)
		b.refused(err, "bookmark.many", "one more than there is room for")
	})
}

// One grant is for all the cameras of a look, or there is none.
func TestOneGrantIsForAllCamerasOfALook(t *testing.T) {
	req.Shows(t, "VIEW-1", "VIEW-3")
	each(t, func(t *testing.T, b *bench) {
		i := b.ready("indgang", "port", "torv")
		l := look("indgang", access.GroundCrime)
		l.Cameras = []string{"port", "indgang"}
		g, err := b.Look(t.Context(), i.ID, l, jonas)
		must(t, err)
		if len(g.Cameras) != 2 {
			t.Errorf("it is for %v", g.Cameras)
		}
		again, err := b.Look(t.Context(), i.ID, look("port", access.GroundCrime), jonas)
		must(t, err)
		if again.ID != g.ID {
			t.Error("a part of it needs another grant")
		}
		l.Cameras = append(l.Cameras, "torv") // seen on another ground
		_, err = b.Look(t.Context(), i.ID, l, jonas)
		b.refused(err, "look.ground", "one of another class among them")
		l.Cameras = nil
		_, err = b.Look(t.Context(), i.ID, l, jonas)
		b.refused(err, "look.camera", "no camera")
		all, err := b.Grants.Of(t.Context(), "lindeby", i.ID)
		if err != nil || len(all) != 1 {
			t.Errorf("%d grants: %v", len(all), err)
		}
		if g.Allows(grant.Use{Controller: "lindeby", Person: "jonas", Camera: "torv", From: l.From, To: l.To, Now: b.clk.Now()}) == nil {
			t.Error("it lets the other class be seen")
		}
	})
}

func TestBookmarksSuggestWhatIsNeeded(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 21, 1, minute, 0, 0, time.UTC) }
	s := incident.Scope{Version: 1, Cameras: []string{"gaard", "hal", "indgang"}, From: at(0), To: at(40)}
	mark := func(from, to int, cameras ...string) incident.Bookmark {
		return incident.Bookmark{Cameras: cameras, From: at(from), To: at(to)}
	}
	for _, c := range []struct {
		name     string
		marks    []incident.Bookmark
		cameras  string
		from, to int
	}{
		{"none", nil, "gaard hal indgang", 0, 40},
		{"a moment", []incident.Bookmark{mark(10, 10, "hal")}, "hal", 9, 11},
		{"two, of two cameras", []incident.Bookmark{mark(20, 25, "indgang"), mark(10, 12, "hal", "indgang")}, "indgang hal", 9, 26},
		{"at the edges", []incident.Bookmark{mark(0, 40, "hal")}, "hal", 0, 40},
		{"of a camera that is named no more", []incident.Bookmark{mark(10, 12, "torv")}, "gaard hal indgang", 0, 40},
	} {
		got := s.Around(c.marks)
		if strings.Join(got.Cameras, " ") != c.cameras || !got.From.Equal(at(c.from)) || !got.To.Equal(at(c.to)) {
			t.Errorf("%s: %v from %s to %s", c.name, got.Cameras, got.From, got.To)
		}
	}
}
