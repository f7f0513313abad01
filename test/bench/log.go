package main

import (
	"context"
	"crypto/ed25519"
	"flag"
	"fmt"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/testcam"
)

var logUses = flag.Int("uses", 10_000_000, "how many uses the log holds that is searched")

// The log that is searched: six years of a large municipality.
const (
	logPeople  = 500
	logCameras = 5000
	logPlaces  = 500
	logWords   = 2000
	// logFirst keeps what is laid in clear of what the ledger appends.
	logFirst  = 1_000_000_000
	logBatch  = 100_000
	logAsks   = 40
	logGoal   = 300 // ms
	logViews  = 50
	logWrites = 400
)

var logEnd = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// measureLog searches ten million uses by each condition, by several, far back
// and for what is not there; and appends to the ledger while 50 people play
// footage of an engine on the same machine. -db names a PostgreSQL.
func measureLog(ctx context.Context, s *sheet) error {
	address := *portalDB
	if address == "" {
		address = "sqlite:" + filepath.Join(*work, "log.db")
	}
	d, err := db.Open(ctx, address)
	if err != nil {
		return err
	}
	defer d.Close()
	clk := clock.NewFake(logEnd)
	l, err := ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), clk, ledger.Named())
	if err != nil {
		return err
	}
	a, err := accesslog.Open(ctx, d, l, clk)
	if err != nil {
		return err
	}
	if err := layIn(ctx, d, *logUses); err != nil {
		return err
	}
	if err := searchAll(ctx, s, a); err != nil {
		return err
	}
	return appendWhilePlaying(ctx, s, d, l)
}

// layIn fills the tables in the database itself: what each use is follows from
// its number.
func layIn(ctx context.Context, d *db.DB, n int) error {
	var have int64
	if err := d.Read(ctx, func(tx *db.Tx) (err error) {
		have, err = db.One[int64](ctx, tx, "SELECT COALESCE(MAX(idx), ?) + 1 FROM access_use WHERE idx >= ?", logFirst-1, logFirst)
		return err
	}); err != nil {
		return err
	}
	step := int64(6*365*24*time.Hour/time.Microsecond) / int64(n)
	begin := logEnd.UnixMicro() - step*int64(n)
	begun := time.Now()
	text := func(number string) string { return "CAST(" + number + " AS TEXT)" }
	at := fmt.Sprintf("%d + (n - %d) * %d", begin, logFirst, step)
	// One in three is a look at footage; one in fifty was refused.
	const looks = "n % 3 = 0"
	number := "WITH RECURSIVE m(n) AS (SELECT CAST(? AS BIGINT) UNION ALL SELECT n + 1 FROM m WHERE n < ?) "
	word := func(k int) string { return "'ord' || " + text(fmt.Sprintf("n * %d %% %d", 31+2*k, logWords)) }
	person, camera, place := text(fmt.Sprintf("n * 7919 %% %d", logPeople)), text(fmt.Sprintf("n * 104729 %% %d", logCameras)), text(fmt.Sprintf("n * 104729 %% %d", logPlaces))
	for from := have; from < logFirst+int64(n); from += logBatch {
		to := min(from+logBatch, logFirst+int64(n)) - 1
		err := d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, number+`INSERT INTO access_use (idx, at, controller, kind, entry, person, name, about, place, cameras, matter, since, until, why, refused, address, terms, what)
				SELECT n, `+at+`, 'lindeby', CASE WHEN `+looks+` THEN 'footage' WHEN n % 3 = 1 THEN 'read' WHEN n % 30 = 2 THEN 'search' WHEN n % 300 = 5 THEN 'rights' ELSE 'login' END, 'view.opened',
				'person-' || `+person+`, 'Navn Nummer ' || `+person+`, '', 'sted-' || `+place+`, CASE WHEN `+looks+` THEN 'kamera-' || `+camera+` ELSE '' END,
				CASE WHEN `+looks+` THEN 'H-' || `+text("n % 100000")+` ELSE '' END, CASE WHEN `+looks+` THEN `+at+` - 3600000000 ELSE 0 END, CASE WHEN `+looks+` THEN `+at+` - 1800000000 ELSE 0 END,
				CASE WHEN `+looks+` THEN 'Hærværk ved indgangen, ' || `+word(0)+` || ' ' || `+word(1)+` ELSE '' END, CASE WHEN n % 50 = 0 THEN 'access.role' ELSE '' END, '10.1.2.3', '', '/sager' FROM m`, from, to); err != nil {
				return err
			}
			for _, mark := range []string{"'c:kamera-' || " + camera, "'w:hærværk'", "'w:' || " + word(0), "'w:' || " + word(1), "'w:' || " + text("n % 100000")} {
				if _, err := tx.Exec(ctx, number+"INSERT INTO access_mark (controller, mark, at, idx) SELECT 'lindeby', "+mark+", "+at+", n FROM m WHERE "+looks+" ON CONFLICT DO NOTHING", from, to); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, number+"INSERT INTO access_person (controller, person, name, idx) SELECT 'lindeby', 'person-' || "+person+", 'Navn Nummer ' || "+person+", n FROM m WHERE n < ? + 1000 ON CONFLICT DO NOTHING", from, to, from)
			return err
		})
		if err != nil {
			return err
		}
		if done := to + 1 - logFirst; done%1_000_000 == 0 {
			fmt.Fprintf(os.Stderr, "  %d uses laid in after %s\n", done, time.Since(begun).Round(time.Second))
		}
	}
	return nil
}

// searchAll measures each sort of search, with other values each time.
func searchAll(ctx context.Context, s *sheet, a *accesslog.Log) error {
	chance := mrand.New(mrand.NewPCG(3, 4))
	day := func(back int) time.Time { return logEnd.AddDate(0, 0, -back) }
	person := func() string { return fmt.Sprintf("person-%d", chance.IntN(logPeople)) }
	camera := func() string { return fmt.Sprintf("kamera-%d", chance.IntN(logCameras)) }
	for _, c := range []struct {
		what string
		make func() accesslog.Query
	}{
		{"newest", func() accesslog.Query { return accesslog.Query{} }},
		{"who", func() accesslog.Query { return accesslog.Query{People: []string{person()}} }},
		{"ten people", func() accesslog.Query {
			var q accesslog.Query
			for range 10 {
				q.People = append(q.People, person())
			}
			return q
		}},
		{"camera", func() accesslog.Query { return accesslog.Query{Camera: camera()} }},
		{"place", func() accesslog.Query { return accesslog.Query{Place: fmt.Sprintf("sted-%d", chance.IntN(logPlaces))} }},
		{"period", func() accesslog.Query {
			n := chance.IntN(2000)
			return accesslog.Query{From: day(n + 30), To: day(n)}
		}},
		{"kind", func() accesslog.Query { return accesslog.Query{Kind: accesslog.Rights} }},
		{"refused", func() accesslog.Query { return accesslog.Query{Refused: true} }},
		{"incident", func() accesslog.Query { return accesslog.Query{Matter: fmt.Sprintf("H-%d", chance.IntN(100000)/3*3)} }},
		{"word", func() accesslog.Query { return accesslog.Query{Text: fmt.Sprintf("ord%d", chance.IntN(logWords))} }},
		{"two words, one in every purpose", func() accesslog.Query {
			return accesslog.Query{Text: fmt.Sprintf("hærværk ord%d", chance.IntN(logWords))}
		}},
		{"word that is nowhere", func() accesslog.Query { return accesslog.Query{Text: "zebra"} }},
		{"who and camera", func() accesslog.Query { return accesslog.Query{People: []string{person()}, Camera: camera()} }},
		{"who, refused, a month", func() accesslog.Query {
			n := chance.IntN(2000)
			return accesslog.Query{People: []string{person()}, Refused: true, From: day(n + 30), To: day(n)}
		}},
		{"kind and place", func() accesslog.Query {
			return accesslog.Query{Kind: accesslog.Footage, Place: fmt.Sprintf("sted-%d", chance.IntN(logPlaces))}
		}},
		{"two broad, never together", func() accesslog.Query {
			return accesslog.Query{Kind: accesslog.Admin, People: []string{person()}}
		}},
		{"broad and hardly ever together", func() accesslog.Query {
			return accesslog.Query{Kind: accesslog.Rights, Refused: true, Text: "hærværk"}
		}},
		{"minutes at a camera", func() accesslog.Query {
			n := chance.IntN(2000)
			return accesslog.Query{Camera: camera(), Minutes: [2]time.Time{day(n + 1), day(n)}}
		}},
		{"deep, page 100,000", func() accesslog.Query {
			return accesslog.Query{After: accesslog.Place{At: day(1000 + chance.IntN(500)).UnixMicro(), Index: logFirst}}
		}},
		{"deep, of a camera", func() accesslog.Query {
			return accesslog.Query{Camera: camera(), After: accesslog.Place{At: day(1000 + chance.IntN(500)).UnixMicro(), Index: logFirst}}
		}},
	} {
		var took []time.Duration
		found, short := 0, 0
		for range logAsks {
			q := c.make()
			q.Controller = "lindeby"
			begun := time.Now()
			f, err := a.Find(ctx, q)
			if err != nil {
				return fmt.Errorf("%s: %w", c.what, err)
			}
			took = append(took, time.Since(begun))
			found += len(f.Uses)
			if f.Short {
				short++
			}
		}
		slices.Sort(took)
		ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
		s.most("log: "+c.what+": median", ms(took[len(took)/2]), logGoal, "ms")
		s.note("  longest, found on average, said to be unfinished", "%.1f ms, %.1f, %d of %d", ms(took[len(took)-1]), float64(found)/logAsks, short, logAsks)
	}
	return nil
}

// appendWhilePlaying measures a look's entry, with all that belongs to it,
// while people play footage.
func appendWhilePlaying(ctx context.Context, s *sheet, d *db.DB, l *ledger.Log) error {
	row, err := oneRow(ctx, d)
	if err != nil {
		return err
	}
	s.note("a transaction that changes one row: median", "%.3f ms", row.Seconds()*1000)
	alone, err := appendSome(ctx, d, l)
	if err != nil {
		return err
	}
	s.note("ledger: append of a look, nobody playing: median", "%.3f ms", alone.Seconds()*1000)
	lib, err := newLibrary(ctx, "played")
	if err != nil {
		return err
	}
	var all []moment
	for i := range logViews {
		all = append(all, moment{readCamera(i % readCameras), readEnd.Add(-time.Duration(i+60) * time.Minute)})
	}
	if err := lib.record(ctx, all, testcam.School, readSegment); err != nil {
		return err
	}
	return lib.served(ctx, func(_ string, api *engineapi.Client) error {
		play, cancel := context.WithCancel(ctx)
		var g sync.WaitGroup
		defer func() { cancel(); g.Wait() }()
		var shown atomic.Int64
		failed := make(chan error, logViews)
		for i, m := range all {
			g.Go(func() {
				if err := lib.play(play, api, m, i, &shown); err != nil && play.Err() == nil {
					failed <- err
				}
			})
		}
		time.Sleep(3 * time.Second) // all are under way
		row, err := oneRow(ctx, d)
		if err != nil {
			return err
		}
		s.note(fmt.Sprintf("a transaction that changes one row while %d play: median", logViews), "%.3f ms", row.Seconds()*1000)
		before, begun := shown.Load(), time.Now()
		took, err := appendSome(ctx, d, l)
		if err != nil {
			return err
		}
		select {
		case err := <-failed:
			return fmt.Errorf("a viewer: %w", err)
		default:
		}
		s.note("  seconds of footage sent per second meanwhile", "%.1f to %d viewers", float64(shown.Load()-before)/time.Since(begun).Seconds(), logViews)
		s.most(fmt.Sprintf("ledger: append of a look while %d play: median", logViews), took.Seconds()*1000, 1, "ms")
		return nil
	})
}

// appendSome appends looks, a transaction each, as opening footage does.
func appendSome(ctx context.Context, d *db.DB, l *ledger.Log) (median time.Duration, err error) {
	return some(func(i int) error {
		return d.Write(ctx, func(tx *db.Tx) error {
			_, err := l.Append(ctx, tx, logEnd.Add(time.Duration(i)*time.Second), "view.opened", map[string]any{
				"viewing": "00112233445566778899aabbccddeeff", "controller": "lindeby", "person": fmt.Sprintf("person-%d", i%logPeople), "name": "Navn Nummer 7", "camera": fmt.Sprintf("kamera-%d", i%logCameras),
				"location": "sted-7", "from": logEnd.Add(-time.Hour), "to": logEnd, "purpose": "Rude knust ved indgangen til hallen", "reference": "4100-70121-00417-26", "address": "10.1.2.3"})
			return err
		})
	})
}

// oneRow is the least that a transaction takes here and now.
func oneRow(ctx context.Context, d *db.DB) (median time.Duration, err error) {
	return some(func(int) error {
		return d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE access_through SET id = 1 WHERE id = 1")
			return err
		})
	})
}

// some is the median time of f, done again and again.
func some(f func(i int) error) (median time.Duration, err error) {
	var took []time.Duration
	for i := range logWrites {
		time.Sleep(10 * time.Millisecond) // people do not come one upon the other
		begun := time.Now()
		if err := f(i); err != nil {
			return 0, err
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

// play asks for ten seconds of footage every ten seconds, as a player does.
func (l *library) play(ctx context.Context, api *engineapi.Client, m moment, i int, shown *atomic.Int64) error {
	t := &permit.Ticket{
		Head:   permit.Head{V: 1, ID: permit.NewID(), Controller: controller, Engine: engineID, Issued: l.clock.Now(), By: "bench"},
		Person: fmt.Sprintf("viewer-%d", i), Purpose: "bench", Case: "bench", From: readEnd.Add(-29 * 24 * time.Hour), To: readEnd, Expires: readEnd.Add(time.Hour), Text: "bench", Cameras: []string{m.camera},
	}
	signed, err := permit.Sign(t, l.signer)
	if err != nil {
		return err
	}
	const piece = 2 * time.Second
	for at := time.Duration(0); ; at = (at + piece) % readSegment {
		begun := time.Now()
		body, err := api.Fragments(ctx, engineapi.FragmentQuery{Camera: m.camera, From: m.at.Add(at), To: m.at.Add(at + piece)}, engineapi.Pass{Statement: signed.Encode(), Whence: "bench"})
		if err != nil {
			return err
		}
		r := engineapi.NewFrameReader(body)
		for {
			f, err := r.Next()
			if err != nil || f.Kind == engineapi.FrameEnd {
				break
			}
		}
		if err := body.Close(); err != nil {
			return err
		}
		shown.Add(int64(piece / time.Second))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(piece - time.Since(begun)):
		}
	}
}
