package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// past is a site whose cameras recorded for a while, long enough ago to be
// looked at without a live ticket.
func past(t *testing.T, length time.Duration, clips map[string]string, change ...func(*testcam.Options)) (s *enginetest.Site, from, to time.Time) {
	t.Helper()
	s = enginetest.New(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	factor := 6.0
	for _, clip := range clips {
		if clip == testcam.Tiny {
			factor = 12
		}
	}
	halt := s.Run(factor)
	var cams []*testcam.Camera
	for name, clip := range clips {
		c := s.Camera(clip, change...)
		cams = append(cams, c)
		s.Connect(name, c)
		s.Allow(name)
	}
	from = s.Now()
	for name := range clips {
		s.Recorded(name, length)
	}
	to = s.Now()
	for _, c := range cams {
		c.Close()
	}
	for name := range clips { // what was on its way is written by then
		s.State(name, engineapi.StateLost)
	}
	halt()
	s.Fake.Advance(2*permit.LiveAge + 30*time.Second)
	return s, from.Truncate(time.Second), to.Truncate(time.Second)
}

func query(name string, from, to time.Time) engineapi.FragmentQuery {
	return engineapi.FragmentQuery{Camera: name, From: from, To: to}
}

func TestFootageIsGivenOutOnATicketAndLoggedFirst(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LOG-1", "VIEW-1")
	s, from, to := past(t, 12*time.Second, map[string]string{"cam": testcam.Small})
	ticket := s.Ticket(from, to, "cam")
	frames, err := s.Frames(query("cam", from, to), s.Pass(ticket))
	if err != nil {
		t.Fatal(err)
	}
	var film bytes.Buffer
	init := 0
	for _, f := range frames {
		switch f.Kind {
		case engineapi.FrameInit:
			init++
			if !strings.HasPrefix(f.Codec, "avc1.") || f.Width != 640 || f.Base.IsZero() || f.Text != "Anna Berg" {
				t.Errorf("init %+v", f.FragmentHeader)
			}
			if init == 1 {
				film.Write(f.Data)
			}
		case engineapi.FrameFragment:
			film.Write(f.Data)
			if f.End.After(to) {
				t.Errorf("a fragment ends %s, the interval %s", f.End, to)
			}
		}
	}
	if end := frames[len(frames)-1]; end.Kind != engineapi.FrameEnd || end.Cause != "" {
		t.Errorf("the last frame is %+v", end.FragmentHeader)
	}
	path := filepath.Join(t.TempDir(), "film.mp4")
	if err := os.WriteFile(path, film.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := len(numbers(t, path)); n < 100 {
		t.Errorf("%d pictures", n)
	}
	opened := s.Ledger("viewing.opened")
	if len(opened) != 1 {
		t.Fatalf("%d viewings in the ledger", len(opened))
	}
	var body struct {
		Camera, Person, Purpose, Case, Whence string
		Statement                             permit.ID
		From, To                              time.Time
	}
	if err := json.Unmarshal(opened[0].Body, &body); err != nil {
		t.Fatal(err)
	}
	if body.Camera != "cam" || body.Person != "p-7" || body.Purpose != "Hærværk" || body.Case != "2026-117" || body.Whence != "10.1.2.3" ||
		body.Statement != ticket.ID || !body.From.Equal(from) || !body.To.Equal(to) {
		t.Errorf("the ledger says %s", opened[0].Body)
	}
}

func TestTicketsThatDoNotFitShowNothingAndAreLogged(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LOG-1", "VIEW-1", "VIEW-2")
	s, from, to := past(t, 6*time.Second, map[string]string{"cam": testcam.Tiny, "other": testcam.Tiny})
	now := s.Now()
	good := s.Ticket(from, to, "cam")
	altered := s.Sign(good)
	altered = bytes.Replace(altered, []byte(`"sig":"`), []byte(`"sig":"AAAA`), 1)
	stranger, err := permit.Sign(s.Ticket(from, to, "cam"), enginetest.Signer(t, 7))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := s.Ticket(from, to, "cam")
	elsewhere.Engine = "engine-2"
	foreign := s.Ticket(from, to, "cam")
	foreign.Controller = "another"
	expired := s.Ticket(from, to, "cam")
	expired.Issued, expired.Expires = now.Add(-2*time.Hour), now.Add(-time.Hour)
	wide := s.Ticket(from.Add(-time.Hour), now.Add(time.Hour), "cam")
	old := s.Live("cam")
	young := now.Add(-permit.LiveAge + time.Second)
	for name, x := range map[string]struct {
		key string
		p   engineapi.Pass
		q   engineapi.FragmentQuery
	}{
		"another camera":               {"ticket.camera", s.Pass(good), query("other", from, to)},
		"a camera that is not":         {"camera.unknown", s.Pass(good), query("nowhere", from, to)},
		"before the interval":          {"ticket.interval", s.Pass(good), query("cam", from.Add(-time.Second), to)},
		"after the interval":           {"ticket.interval", s.Pass(good), query("cam", from, to.Add(time.Second))},
		"expired":                      {"ticket.expired", s.Pass(expired), query("cam", from, to)},
		"altered":                      {"statement.form", engineapi.Pass{Statement: altered}, query("cam", from, to)},
		"a stranger's signature":       {"statement.key", engineapi.Pass{Statement: stranger.Encode()}, query("cam", from, to)},
		"another engine's":             {"statement.engine", s.Pass(elsewhere), query("cam", from, to)},
		"another controller's":         {"statement.controller", s.Pass(foreign), query("cam", from, to)},
		"younger than five minutes":    {"ticket.live", s.Pass(wide), query("cam", from, young)},
		"the future":                   {"ticket.live", s.Pass(wide), query("cam", from, now.Add(time.Minute))},
		"old footage on a live ticket": {"ticket.old", s.Pass(old), query("cam", from, to)},
		"an export order for looking":  {"statement.kind", s.Pass(s.Order(from, to, "cam")), query("cam", from, to)},
		"a still order for looking":    {"statement.kind", s.Pass(s.Still("cam")), query("cam", from, to)},
		"a permit for looking":         {"statement.kind", s.Pass(&permit.Stop{Head: s.Head(), Cameras: []string{"cam"}, Reason: "x"}), query("cam", from, to)},
		"no statement but something":   {"statement.form", engineapi.Pass{Statement: []byte("let me in")}, query("cam", from, to)},
	} {
		before := len(s.Ledger("viewing.refused"))
		frames, err := s.Frames(x.q, x.p)
		shown := 0
		for _, f := range frames {
			if len(f.Data) > 0 {
				shown++
			}
		}
		if shown > 0 {
			t.Errorf("%s: %d frames of footage", name, shown)
		}
		if fault.Key(err) != x.key {
			t.Errorf("%s: %v, want %s", name, err, x.key)
		}
		if after := len(s.Ledger("viewing.refused")); after != before+1 {
			t.Errorf("%s: the refusal is not in the ledger", name)
		}
	}
	if _, err := s.Frames(query("cam", from, to), s.Pass(good)); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

// Anything younger than five minutes is live, whatever door it goes out by.
func TestNoPathGivesOutWhatIsLive(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-2", "REC-1")
	s := enginetest.New(t, time.Time{})
	s.Install("cam", testcam.Small)
	s.Recorded("cam", 3*time.Second)
	now := s.Now()
	from, to := now.Add(-time.Minute).Truncate(time.Second), now.Truncate(time.Second)
	wide := s.Pass(s.Ticket(now.Add(-time.Hour), now.Add(time.Hour), "cam"))
	if _, err := s.Frames(query("cam", from, to), wide); fault.Key(err) != "ticket.live" {
		t.Errorf("the open segment: %v", err)
	}
	keys := query("cam", from, to)
	keys.Keys = true
	if _, err := s.Frames(keys, wide); fault.Key(err) != "ticket.live" {
		t.Errorf("key frames: %v", err)
	}
	if _, err := s.Client.Still(t.Context(), engineapi.StillQuery{Camera: "cam", At: to.Add(-time.Second)}, wide); fault.Key(err) != "ticket.live" {
		t.Errorf("a still: %v", err)
	}
	order := s.Pass(s.Order(now.Add(-time.Hour), now.Add(time.Hour), "cam"))
	asked := engineapi.ExportQuery{Camera: "cam", From: from, To: to}
	if _, err := s.Client.Original(t.Context(), asked, order, io.Discard, io.Discard); fault.Key(err) != "ticket.live" {
		t.Errorf("an original: %v", err)
	}
	if _, err := s.Client.ViewingCopy(t.Context(), asked, order, io.Discard); fault.Key(err) != "ticket.live" {
		t.Errorf("a viewing copy: %v", err)
	}
	// With a live ticket it flows, and goes on flowing.
	ctx, cancel := context.WithTimeout(t.Context(), enginetest.Patience)
	defer cancel()
	// Its bytes as they are stored never do: they carry nobody's name.
	live := engineapi.FragmentQuery{Camera: "cam", From: now.Add(-2 * time.Second), To: now.Add(time.Hour)}
	if _, err := s.Client.Fragments(ctx, live, s.Pass(s.Live("cam"))); fault.Key(err) != "live.transcode" {
		t.Errorf("live without a name in the picture: %v", err)
	}
	live.H264 = true
	body, err := s.Client.Fragments(ctx, live, s.Pass(s.Live("cam")))
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	r := engineapi.NewFrameReader(body)
	for last := now; last.Sub(now) < 4*time.Second; {
		f, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if f.Kind == engineapi.FrameFragment {
			last = f.End
			if !f.Transcoded {
				t.Fatal("a live picture goes out as it is stored")
			}
		}
	}
}

// cut reads a stream until it ends, and says how long after since that was.
func cut(t *testing.T, body io.ReadCloser, since <-chan time.Time) (engineapi.Cause, time.Duration) {
	t.Helper()
	defer body.Close()
	r := engineapi.NewFrameReader(body)
	var end engineapi.Cause
	for {
		f, err := r.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				end = "broken"
			}
			break
		}
		if f.Kind == engineapi.FrameEnd {
			end = f.Cause
		}
	}
	return end, time.Since(<-since)
}

func TestAStopExpiryAndRevocationCutWhatFlows(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-4", "GOV-2")
	s := enginetest.New(t, time.Time{})
	s.Install("cam", testcam.Tiny)
	s.Recorded("cam", 2*time.Second)
	open := func(l *permit.Live) io.ReadCloser {
		now := s.Now()
		body, err := s.Client.Fragments(t.Context(), engineapi.FragmentQuery{Camera: "cam", From: now.Add(-time.Second), To: now.Add(time.Hour), H264: true}, s.Pass(l))
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	check := func(what string, cause engineapi.Cause, body io.ReadCloser, since <-chan time.Time) {
		got, took := cut(t, body, since)
		if got != cause || took > time.Second {
			t.Errorf("%s: ended as %q after %s", what, got, took)
		}
	}
	since := make(chan time.Time, 1)

	body := open(s.Live("cam"))
	stop := &permit.Stop{Head: s.Head(), Cameras: []string{"cam"}, Reason: "Ikke godkendt"}
	said := make(chan struct{}, 2)
	go func() { since <- time.Now(); s.Say(stop); said <- struct{}{} }()
	check("stop", engineapi.CauseStopped, body, since)
	<-said
	s.Say(&permit.Restart{Head: s.Head(), Stop: stop.ID, Reason: "Godkendt"})

	short := s.Live("cam")
	short.Expires = s.Now().Add(2 * time.Second)
	body = open(short)
	since <- short.Expires
	check("expiry", "ticket.expired", body, since)

	taken := s.Live("cam")
	body = open(taken)
	go func() {
		since <- time.Now()
		s.Say(&permit.Revocation{Head: s.Head(), Permit: taken.ID, Reason: "Trukket tilbage"})
		said <- struct{}{}
	}()
	check("revocation", "ticket.revoked", body, since)
	<-said
	s.Until("all three are in the ledger", func() bool { return len(s.Ledger("viewing.cut")) == 3 })
}
