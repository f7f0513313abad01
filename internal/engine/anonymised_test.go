package engine_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/anonymise"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// anonymising gives an engine the program that makes copies.
func anonymising(t *testing.T) func(*engine.Config) {
	t.Helper()
	path := enginetest.Anonymiser(t)
	return func(c *engine.Config) { c.Anonymiser = path }
}

// pastOf is past with an engine of one's own.
func pastOf(t *testing.T, length time.Duration, change func(*engine.Config)) (s *enginetest.Site, from, to time.Time) {
	t.Helper()
	s = enginetest.New(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC), change)
	halt := s.Run(12)
	c := s.Camera(testcam.Tiny)
	s.Connect("cam", c)
	s.Allow("cam")
	from = s.Now()
	s.Recorded("cam", length)
	to = s.Now()
	c.Close()
	s.State("cam", engineapi.StateLost)
	halt()
	s.Fake.Advance(2*permit.LiveAge + 30*time.Second)
	return s, from.Truncate(time.Second), to.Truncate(time.Second)
}

// until waits for a copy to come to a state.
func until(t *testing.T, s *enginetest.Site, id string, want engineapi.AnonymisedState) (c engineapi.Anonymised) {
	t.Helper()
	enginetest.Until(t, "copy "+string(want), func() bool {
		var err error
		if c, err = s.Client.Anonymised(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if c.State == engineapi.AnonymisedFailed && want != engineapi.AnonymisedFailed {
			told := ""
			if c.Film != nil {
				told = string(c.Film.Check)
			}
			t.Fatalf("it failed: %s %.2000s", c.Cause, told)
		}
		return c.State == want
	})
	return c
}

func TestACopyIsFoundCorrectedCoveredAndChecked(t *testing.T) {
	t.Parallel()
	req.Shows(t, "EVID-8", "KEEP-6")
	s, from, to := pastOf(t, 75*time.Second, anonymising(t))
	order := s.Order(from, to, "cam")
	pass := s.Pass(order)
	q := engineapi.FragmentQuery{Camera: "cam", From: from, To: to}
	if _, err := s.Client.Anonymise(t.Context(), "copy-1", q, false, s.Pass(s.Ticket(from, to, "cam"))); fault.Key(err) != "statement.kind" {
		t.Errorf("under a ticket: %v", err)
	}
	if _, err := s.Client.Anonymise(t.Context(), "copy-1", q, false, pass); err != nil {
		t.Fatal(err)
	}
	c := until(t, s, "copy-1", engineapi.AnonymisedEditing)
	if c.Frames < 500 || c.Width != 320 || !c.Reduced || c.Until.Before(to) {
		t.Errorf("found %+v", c)
	}
	b, err := s.Client.AnonymisedFindings(t.Context(), "copy-1", pass)
	if err != nil {
		t.Fatal(err)
	}
	p, err := anonymise.Read(b)
	if err != nil || len(p.Findings.Chunks) < 2 {
		t.Fatalf("findings: %v, %d pieces", err, len(p.Findings.Chunks))
	}
	if got := pictures(t, s, pass, engineapi.PicturesQuery{First: c.Frames - 20, Count: 30, Width: 160}); got != 20 {
		t.Errorf("%d of the last 20 pictures", got)
	}
	if got := pictures(t, s, pass, engineapi.PicturesQuery{First: len(p.Findings.Chunks[0].Times) - 3, Count: 6, Width: 160}); got != 6 {
		t.Errorf("%d of 6 pictures over a border", got)
	}
	fix := []anonymise.Correction{{Act: anonymise.Draw, Fragment: "h1", Frame: 10, To: 60, Box: &anonymise.Box{X: 1000, Y: 1000, W: 1500, H: 4000}}, {Act: anonymise.Judge, Fragment: "h1", Verdict: anonymise.Kept}}
	list, err := json.Marshal(fix)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = s.Client.AnonymisedCorrect(t.Context(), "copy-1", 0, list, pass); err != nil || c.Revision != 1 || c.Kept != 1 {
		t.Fatalf("corrected: %+v, %v", c, err)
	}
	if _, err := s.Client.AnonymisedCorrect(t.Context(), "copy-1", 0, list, pass); fault.Key(err) != "anonymised.changed" {
		t.Errorf("over another's work: %v", err)
	}
	if _, err := s.Client.AnonymisedFilm(t.Context(), "copy-1", "", pass); fault.Key(err) != "anonymised.state" {
		t.Errorf("a film before it is made: %v", err)
	}
	if _, err := s.Client.AnonymisedCover(t.Context(), "copy-1", pass); err != nil {
		t.Fatal(err)
	}
	c = until(t, s, "copy-1", engineapi.AnonymisedDone)
	if c.Film == nil || !c.Film.Passed || c.Film.Frames != c.Frames || c.Film.Revision != 1 {
		t.Fatalf("film %+v of %d", c.Film, c.Frames)
	}
	f, err := s.Client.AnonymisedFilm(t.Context(), "copy-1", "bytes=4-11", pass)
	if err != nil {
		t.Fatal(err)
	}
	part, err := io.ReadAll(f.Body)
	if err != nil || f.Code != 206 || !strings.HasPrefix(string(part), "ftyp") {
		t.Errorf("a range: %d %q %v", f.Code, part, err)
	}
	sealed(t, s)

	// What was approved is not changed by the way, and the right to it ends.
	if c, err = s.Client.AnonymisedCorrect(t.Context(), "copy-1", 1, []byte("[]"), pass); err != nil || c.Film != nil || c.State != engineapi.AnonymisedEditing {
		t.Errorf("corrected after: %+v, %v", c, err)
	}
	s.Fake.Advance(order.Expires.Sub(s.Now()) + time.Second)
	if _, err := s.Client.AnonymisedFindings(t.Context(), "copy-1", pass); fault.Key(err) != "ticket.expired" {
		t.Errorf("after the order's end: %v", err)
	}
	// Its footage's time comes: all of it goes, and is proved.
	s.Fake.Advance(40 * 24 * time.Hour)
	enginetest.Until(t, "the copy is gone", func() bool {
		_, err := s.Client.Anonymised(t.Context(), "copy-1")
		return fault.Is(err, fault.NotFound)
	})
	enginetest.Until(t, "its deletion is in the ledger", func() bool {
		e, err := s.Client.LedgerFind(t.Context(), engineapi.LedgerFilter{From: from, To: s.Now().Add(time.Hour), Kinds: []string{"offspring.deleted"}, Limit: 10})
		return err == nil && len(e) == 1
	})
	enginetest.Until(t, "nothing of it is left", func() bool {
		left, err := filepath.Glob(filepath.Join(s.Dir, "archive", "offspring", "*"))
		return err == nil && len(left) == 0
	})
}

// pictures counts pictures that decode.
func pictures(t *testing.T, s *enginetest.Site, p engineapi.Pass, q engineapi.PicturesQuery) (n int) {
	t.Helper()
	in, err := s.Client.AnonymisedPictures(t.Context(), "copy-1", q, p)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	r := engineapi.NewFrameReader(in)
	for {
		f, err := r.Next()
		if errors.Is(err, io.EOF) || err == nil && f.Kind == engineapi.FrameEnd {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		if img, err := jpeg.Decode(bytes.NewReader(f.Data)); err != nil || img.Bounds().Dx() > q.Width {
			t.Fatalf("picture %d: %v", n, err)
		}
		n++
	}
}

// sealed looks into every file that a copy left: none is in the clear.
func sealed(t *testing.T, s *enginetest.Site) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(s.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, "offspring") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, clear := range []string{"ftyp", "moof", "\xff\xd8\xff", `"fragments"`, `"frame"`} {
			if bytes.Contains(b, []byte(clear)) && len(b) < 1<<20 {
				t.Errorf("%s holds %q", path, clear)
			}
		}
		return nil
	})
	if err != nil || files < 4 {
		t.Errorf("%d files, %v", files, err)
	}
}

func TestACopyGoesOnAfterACrashAndAStop(t *testing.T) {
	t.Parallel()
	req.Shows(t, "EVID-8")
	s, from, to := pastOf(t, 12*time.Second, anonymising(t))
	pass := s.Pass(s.Order(from, to, "cam"))
	q := engineapi.FragmentQuery{Camera: "cam", From: from, To: to}
	enginetest.Until(t, "the footage is closed", func() bool {
		_, err := s.Client.Anonymise(t.Context(), "copy-1", q, false, pass)
		return err == nil
	})
	if c, err := s.Client.AnonymisedStop(t.Context(), "copy-1"); err != nil || c.State != engineapi.AnonymisedStopped && c.State != engineapi.AnonymisedEditing {
		t.Fatalf("stopped: %+v, %v", c, err)
	}
	if _, err := s.Client.Anonymise(t.Context(), "copy-1", q, false, pass); err != nil {
		t.Fatal(err)
	}
	s.Stop()
	s.Open()
	until(t, s, "copy-1", engineapi.AnonymisedEditing)
	if err := s.Client.AnonymisedRemove(t.Context(), "copy-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Client.Anonymised(t.Context(), "copy-1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("removed: %v", err)
	}
}

func TestWithoutTheProgramItIsSaid(t *testing.T) {
	t.Parallel()
	s, from, to := pastOf(t, 6*time.Second, func(c *engine.Config) { c.Anonymiser = "/nowhere/vidne-anonymise" })
	_, err := s.Client.Anonymise(t.Context(), "copy-1", engineapi.FragmentQuery{Camera: "cam", From: from, To: to}, false, s.Pass(s.Order(from, to, "cam")))
	if fault.Key(err) != "anonymise.missing" {
		t.Errorf("without the program: %v", err)
	}
	id, err := s.Client.Identity(t.Context())
	if err != nil || !strings.Contains(strings.Join(id.Lacks, " "), "vidne-anonymise") {
		t.Errorf("lacks %v, %v", id.Lacks, err)
	}
}
