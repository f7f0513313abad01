package archive

import (
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// early sends pictures that the network delivers ahead of their time, so that
// the segment's end lies by so much after the next one's start.
func (c *cam) early(d, by time.Duration) {
	c.k.t.Helper()
	for ; d > c.every; d -= c.every {
		if err := c.frame(); err != nil {
			c.k.t.Fatalf("write: %v", err)
		}
	}
	if err := c.r.Write(c.sample()); err != nil {
		c.k.t.Fatalf("write: %v", err)
	}
	c.k.clk.Advance(c.every - by)
}

// unsummed counts the kept segments that no run of their own rules covers.
func (k *kit) unsummed() int64 {
	k.t.Helper()
	return k.count(`SELECT COUNT(*) FROM segment WHERE state = 0 AND NOT EXISTS (SELECT 1 FROM run WHERE run.camera = segment.camera
		AND run.stream = segment.stream AND run.permit = segment.permit AND run.class = segment.class
		AND run.keep_us = segment.due_us - segment.start_us AND run.start_us <= segment.start_us AND run.end_us >= segment.end_us)`)
}

// TestADeletionTakesNothingFromItsNeighboursRun lets segments of three permits
// overlap by the jitter of arrival, and deletes those in the middle first.
func TestADeletionTakesNothingFromItsNeighboursRun(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-3")
	for name, by := range map[string]time.Duration{
		"some milliseconds": 4 * time.Millisecond, "nearly a picture": 490 * time.Millisecond, "nothing": 0,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := sqlite(t)
			for i, of := range []struct {
				keep  time.Duration
				class permit.Class
				d     time.Duration
			}{
				{14 * day, permit.ClassOther, 10 * time.Second},
				{day, permit.ClassSafety, time.Second}, // shorter than what counts as a gap
				{day, permit.ClassSafety, 10 * time.Second},
				{7 * day, permit.ClassCrime, time.Second},
				{2 * day, permit.ClassCrime, 10 * time.Second},
			} {
				r := rulesFor("cam-1", of.keep)
				r.Permit, r.Class = permit.ID(strings.Repeat("0"+string(rune('1'+i)), 16)), of.class
				c := k.cam(r)
				c.early(of.d, by)
				c.cut()
				k.settle()
			}
			if n := k.count("SELECT COUNT(*) FROM segment"); n != 5 {
				t.Fatalf("%d segments", n)
			}
			if n := k.count(`SELECT COUNT(*) FROM segment s JOIN segment e ON e.start_us > s.start_us AND e.start_us < s.end_us`); by > 0 && n != 4 {
				t.Fatalf("%d overlap: the test shows nothing", n)
			}
			for _, at := range []struct {
				age  time.Duration
				gone int
				left int64
			}{{day, 2, 3}, {2 * day, 1, 2}, {7 * day, 1, 1}} {
				k.at(start.Add(at.age + time.Minute))
				if s := k.sweep(); s.Condemned != at.gone || s.Failed != 0 {
					t.Fatalf("after %v: %+v", at.age, s)
				}
				if n := k.unsummed(); n != 0 {
					t.Errorf("after %v the summary leaves out %d of %d segments", at.age, n, at.left)
				}
				if n := k.count("SELECT COUNT(*) FROM run"); n != at.left {
					t.Errorf("after %v: %d stretches, not %d", at.age, n, at.left)
				}
				k.sound()
			}
			runs, err := k.a.Runs(k.ctx(), []string{"cam-1"}, start, start.Add(time.Hour))
			if err != nil || len(runs) != 1 || !runs[0].To.Equal(start.Add(10*time.Second)) {
				t.Errorf("runs %+v, %v", runs, err)
			}
		})
	}
}

// TestACheckFindsAShortenedRun: what the summary leaves out is found, however
// little it is.
func TestACheckFindsAShortenedRun(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-3")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", 14*day))
	c.record(10 * time.Second)
	c.cut()
	k.settle()
	k.sound()
	for _, q := range []string{"UPDATE run SET end_us = end_us - 1", "UPDATE run SET end_us = end_us + 1, start_us = start_us + 1"} {
		if err := k.d.Write(k.ctx(), func(tx *db.Tx) error {
			_, err := tx.Exec(k.ctx(), q)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got := k.checked(DepthIndex, false); len(got) != 1 || got[0] != FoundRun {
			t.Errorf("after %s: %v", q, got)
		}
	}
}
