package engine_test

import (
	"testing"
	"time"

	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

func TestNothingIsRecordedWithoutAPermit(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-1", "CASE-12")
	s := enginetest.New(t, time.Time{})
	with, without := s.Camera(testcam.Tiny), s.Camera(testcam.Tiny)
	s.Connect("with", with)
	s.Connect("without", without)
	s.Allow("with")
	s.Recorded("with", 3*time.Second)
	if got := s.Of("without"); got.State != engineapi.StateNoPermit || got.Cause != engineapi.CauseNoPermit {
		t.Errorf("without a permit it is %s (%s)", got.State, got.Cause)
	}
	if n := s.Seconds("without"); n != 0 {
		t.Errorf("%v seconds without a permit", n)
	}
	if r := without.Requests(); len(r) != 0 {
		t.Errorf("a camera without a permit was asked %q", r)
	}
	// Every segment names its permit, in the ledger too.
	for _, e := range s.Ledger("segment.sealed") {
		if len(e.Body) == 0 {
			t.Error("a segment without a body")
		}
	}
	if len(s.Ledger("statement.permit")) != 1 || len(s.Ledger("statement.camera")) != 2 {
		t.Error("statements are not in the ledger")
	}
}

// window is an hours pattern of one minute a day.
func window(from, to string) permit.Hours {
	h := enginetest.Always()
	for i := range h.Week {
		h.Week[i] = permit.Spans{{From: from, To: to}}
	}
	return h
}

// The camera's pictures carry their own numbers, and it logs when it sent
// which: what lies in the archive is held against that, to the picture.
func TestHoursAreKeptToThePicture(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-1", "REC-2")
	open := time.Date(2026, 6, 1, 14, 30, 0, 0, time.UTC) // 16:30 in Copenhagen
	shut := open.Add(time.Minute)
	s := enginetest.New(t, open.Add(-14*time.Second))
	const factor = 7
	halt := s.Run(factor)
	cam := s.Camera(testcam.Small)
	s.Connect("cam", cam)
	s.Allow("cam", func(p *permit.Permit) { p.Hours = window("16:30", "16:31") })
	s.State("cam", engineapi.StateRecording)
	s.State("cam", engineapi.StateOutside)
	s.Until("the live age has passed", func() bool {
		if s.Now().Sub(shut) > 10*time.Second { // the camera has hung up: time may leap
			halt()
			cam.Close()
			s.Fake.Advance(permit.LiveAge)
			return true
		}
		return false
	})
	got := numbers(t, s.File("cam", open.Add(-5*time.Minute), shut.Add(5*time.Second)))
	log := cam.Log()
	// The clip loops: follow the pictures from the first key frame that fits.
	first := -1
	for i, p := range log {
		if p.Shown == got[0] && p.Key && !p.Time.Before(open.Add(-time.Second)) {
			first = i
			break
		}
	}
	if first < 0 {
		t.Fatalf("picture %d was never sent", got[0])
	}
	for i, n := range got {
		if log[first+i].Shown != n {
			t.Fatalf("picture %d after the first shows %d, sent was %d", i, n, log[first+i].Shown)
		}
	}
	begin, last := log[first], log[first+len(got)-1]
	// What lies between sending and arrival, on this machine and at this pace.
	delay := delay(s, "cam", log, first)
	frame := time.Second / 15
	t.Logf("window %s to %s; first picture sent %s, last %s; measured delay %s", open, shut, begin.Time.Format("15:04:05.000"), last.Time.Format("15:04:05.000"), delay)
	if begin.Time.Before(open.Add(-delay)) {
		t.Errorf("a picture of %s is kept, the window opens %s", begin.Time, open)
	}
	if last.Time.After(shut) {
		t.Errorf("a picture of %s is kept, the window shuts %s", last.Time, shut)
	}
	if early := shut.Sub(last.Time); early > frame+delay {
		t.Errorf("the last picture was sent %s before the window shut: more than a frame and the delay of %s", early, delay)
	}
	for _, p := range log[:first] {
		if p.Key && p.Time.After(open.Add(frame)) {
			t.Errorf("the key frame of %s is missing", p.Time)
		}
	}
}

// delay is the longest between a picture's sending and its arrival, measured
// where the archive says when a picture arrived: at each fragment's start.
func delay(s *enginetest.Site, name string, log []testcam.Sent, first int) time.Duration {
	s.T.Helper()
	sent := log[first].Time.Truncate(time.Second)
	from, to := sent.Add(-time.Minute), sent.Add(time.Minute)
	frames, err := s.Frames(engineapi.FragmentQuery{Camera: name, From: from, To: to, Keys: true}, s.Pass(s.Ticket(from, to, name)))
	if err != nil {
		s.T.Fatal(err)
	}
	var worst time.Duration
	i := first
	for _, f := range frames {
		if f.Kind != engineapi.FrameFragment {
			continue
		}
		for i < len(log) && !log[i].Key {
			i++
		}
		if i == len(log) {
			break
		}
		worst = max(worst, f.Start.Sub(log[i].Time))
		i++
	}
	if worst < 0 || worst > 2*time.Second {
		s.T.Fatalf("measured delay %s", worst)
	}
	return worst + s.Step // the clock of the test moves in steps
}

func TestAStopTakesEffectWithinASecond(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-4", "GOV-2")
	s := enginetest.New(t, time.Time{})
	cam, other := s.Camera(testcam.Small), s.Camera(testcam.Tiny)
	s.Connect("cam", cam)
	s.Connect("other", other)
	s.Allow("cam")
	s.Allow("other")
	s.Recorded("cam", 4*time.Second)
	s.Recorded("other", 2*time.Second)
	stop := &permit.Stop{Head: s.Head(), Cameras: []string{"cam"}, Reason: "Ikke godkendt"}
	ordered := s.Clock.Now()
	s.Say(stop)
	s.State("cam", engineapi.StateStopped)
	if err := cam.WaitRequest(t.Context(), "TEARDOWN", 1); err != nil {
		t.Error(err)
	}
	before := s.Seconds("other")
	s.Recorded("other", time.Duration(before)*time.Second+3*time.Second)
	// Nothing arrived after the order, as the archive has it.
	c, err := s.Client.Coverage(t.Context(), "cam", ordered.Add(-time.Hour), s.Now())
	if err != nil {
		t.Fatal(err)
	}
	last := time.Time{}
	for _, x := range c.Stretches {
		if x.Kind == "recorded" {
			last = x.To
		}
	}
	if late := last.Sub(ordered); last.IsZero() || late > time.Second {
		t.Errorf("the last picture ends %s after the stop was ordered", late)
	}
	off := c.Stretches[len(c.Stretches)-1]
	if off.Kind != "off" || off.Cause != engineapi.CauseStopped {
		t.Errorf("the stop shows as %s (%s)", off.Kind, off.Cause)
	}
	s.Say(&permit.Restart{Head: s.Head(), Stop: stop.ID, Reason: "Godkendt"})
	s.State("cam", engineapi.StateRecording)
}

func TestARevocationAndANewPermitActAtOnce(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-1", "CASE-17")
	s := enginetest.New(t, time.Time{})
	cam := s.Camera(testcam.Tiny)
	s.Connect("cam", cam)
	first := s.Allow("cam")
	s.State("cam", engineapi.StateRecording)
	second := s.Allow("cam", func(p *permit.Permit) { p.Replaces, p.RetentionHours = first.ID, 24 })
	s.Until("the second permit's recording", func() bool {
		v, err := s.Client.Permit(t.Context(), "cam")
		return err == nil && v.Covers && v.Permit.ID == second.ID && s.Of("cam").State == engineapi.StateRecording
	})
	s.Say(&permit.Revocation{Head: s.Head(), Permit: second.ID, Reason: "Trukket tilbage"})
	s.State("cam", engineapi.StateNoPermit)
	if got := s.Of("cam").Cause; got != engineapi.CauseRevoked {
		t.Errorf("cause %s", got)
	}
}

func TestSilenceIsAnAlarmAfterADayAndTheEndAfterSeven(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-1")
	start := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	s := enginetest.New(t, start)
	cam := s.Camera(testcam.Tiny)
	s.Connect("cam", cam)
	p := s.Allow("cam", func(p *permit.Permit) { p.Hours = window("00:00", "00:01") })
	cam.Close() // the leaps would drown it in pictures
	step := func(to time.Duration) {
		for s.Clock.Now().Before(start.Add(to)) {
			s.Fake.Advance(min(time.Hour, start.Add(to).Sub(s.Clock.Now())))
			if err := s.Fake.Waiters(t.Context(), 4); err != nil {
				t.Fatal(err)
			}
		}
	}
	silent := func() bool {
		for _, a := range s.Status().Alarms {
			if a.Key == "lease.silent" && a.Until.IsZero() {
				return true
			}
		}
		return false
	}
	step(23 * time.Hour)
	if silent() {
		t.Error("an alarm before a day of silence")
	}
	step(25 * time.Hour)
	s.Until("an alarm after a day of silence", func() bool { s.Fake.Advance(time.Second); return silent() })
	in := func() engineapi.InForce {
		v, err := s.Client.Permit(t.Context(), "cam")
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	step(permit.LongestLease - time.Hour)
	if v := in(); v.Cause != engineapi.CauseOutside {
		t.Errorf("an hour before the lease ends: %s", v.Cause)
	}
	step(permit.LongestLease + time.Minute)
	s.Until("the lease has run out", func() bool { s.Fake.Advance(time.Second); return s.Of("cam").State == engineapi.StateLeaseOut })
	if v := in(); v.Covers || v.Cause != engineapi.CauseLeaseOut {
		t.Errorf("after the lease: %+v", v)
	}
	s.Say(&permit.Lease{Head: s.Head(), Permits: []permit.ID{p.ID}, Until: s.Now().Add(permit.LongestLease)})
	s.Until("the alarm is over", func() bool { return !silent() })
	if v := in(); v.Cause != engineapi.CauseOutside {
		t.Errorf("after a new lease: %s", v.Cause)
	}
}
