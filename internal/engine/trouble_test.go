package engine_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

func TestEveryTroubleHasAStateAndHarmsNoOtherCamera(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-3", "REC-5", "REC-6")
	s := enginetest.New(t, time.Time{})
	s.Install("good", testcam.Tiny)
	s.State("good", engineapi.StateRecording)

	locked := s.Camera(testcam.Tiny, func(o *testcam.Options) {
		o.Login, o.User, o.Password = testcam.LoginDigest, "vidne", "rigtig"
	})
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "rtsp://" + free.Addr().String() + "/cam"
	_ = free.Close()
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	at := func(name, url string, login ...string) {
		s.Reach(&permit.Camera{Camera: name, Name: name, URL: url, Transport: permit.TransportTCP}, login...)
		s.Allow(name)
	}
	at("wrong-password", locked.URL(), "vidne", "forkert")
	at("right-password", locked.URL(), "vidne", "rigtig")
	at("nobody", nobody)
	at("web", strings.Replace(web.URL, "http://", "rtsp://", 1)+"/cam")
	at("outside", "rtsp://10.1.2.3:554/cam")
	moved := &permit.Camera{Head: s.Head(), Camera: "moved", Serial: 1, Name: "moved", URL: locked.URL(), Transport: permit.TransportTCP,
		Sealed: s.Seal("another", "vidne", "rigtig")}
	s.Say(moved)
	s.Allow("moved")
	s.Allow("unknown")
	for name, want := range map[string]struct {
		state engineapi.State
		cause engineapi.Cause
	}{
		"wrong-password": {engineapi.StateRefused, engineapi.CauseAuth},
		"right-password": {engineapi.StateRecording, engineapi.CauseNone},
		"nobody":         {engineapi.StateLost, engineapi.CauseUnreachable},
		"web":            {engineapi.StateRefused, engineapi.CauseNotRTSP},
		"outside":        {engineapi.StateRefused, engineapi.CauseAddress},
		"moved":          {engineapi.StateRefused, "camera.sealed"},
		"unknown":        {engineapi.StateNoConfig, engineapi.CauseNone},
	} {
		var got engineapi.CameraStatus
		s.Until(name+" is told", func() bool {
			got = s.Of(name)
			return got.State == want.state && got.Cause == want.cause
		})
	}
	for _, e := range s.Ledger() {
		if strings.Contains(string(e.Body), "rigtig") || strings.Contains(string(e.Body), "forkert") {
			t.Errorf("a password in the ledger: %s", e.Body)
		}
	}
	s.Recorded("good", 4*time.Second)
	for _, x := range s.Coverage("good") {
		if x.Kind == "gap" && x.Cause != engine.CauseKeyFrame && x.Cause != engine.CauseConnecting {
			t.Errorf("the good camera has a gap: %+v", x)
		}
	}
}

func TestALostCameraLeavesAGapWithItsCause(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-5", "REC-6")
	s := enginetest.New(t, time.Time{})
	cam := s.Install("cam", testcam.Tiny)
	s.Recorded("cam", 2*time.Second)
	cam.Down()
	s.State("cam", engineapi.StateLost)
	s.Until("the camera is dialled in vain", func() bool { return s.Of("cam").Cause == engineapi.CauseUnreachable })
	if err := cam.Up(); err != nil {
		t.Fatal(err)
	}
	s.State("cam", engineapi.StateRecording)
	before := s.Seconds("cam")
	s.Recorded("cam", time.Duration(before+2)*time.Second)
	causes := map[engineapi.Cause]bool{}
	for _, x := range s.Coverage("cam") {
		if x.Kind == "gap" {
			causes[x.Cause] = true
		}
	}
	if !causes[engineapi.CauseUnreachable] {
		t.Errorf("the gap is told as %v", causes)
	}
}

func TestSoundIsLeftOutUnlessPermitted(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-3")
	s := enginetest.New(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	halt := s.Run(4)
	cam := s.Camera(testcam.Hall, func(o *testcam.Options) { o.Sound = testcam.SoundAAC })
	s.Connect("silent", cam)
	s.Connect("loud", cam)
	from := s.Now()
	s.Allow("silent")
	s.Allow("loud", func(p *permit.Permit) { p.Sound = true })
	s.Recorded("silent", 5*time.Second)
	s.Recorded("loud", 5*time.Second)
	to := s.Now()
	halt()
	cam.Close()
	s.Fake.Advance(2*permit.LiveAge + 30*time.Second)
	for name, want := range map[string]string{"silent": "video", "loud": "video audio"} {
		out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", s.File(name, from, to)).Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(strings.Fields(string(out)), " "); got != want {
			t.Errorf("%s holds %q", name, got)
		}
	}
}

// resigned is a statement changed after it was made, and signed again.
func resigned(t *testing.T, st permit.Statement, old, replacement string) []byte {
	t.Helper()
	d, err := permit.Sign(st, enginetest.Signer(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(d.Body), old, replacement, 1)
	if changed == string(d.Body) {
		t.Fatalf("%q is not in %s", old, d.Body)
	}
	d.Body = []byte(changed)
	seed := sha256.Sum256([]byte{1})
	d.Sig = ed25519.Sign(ed25519.NewKeyFromSeed(seed[:]), d.Message())
	return d.Encode()
}

func TestWhatIsNotObeyedIsInTheLedgerWithItsReason(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-1", "KEEP-2")
	s := enginetest.New(t, time.Time{})
	cam := s.Camera(testcam.Tiny)
	s.Connect("cam", cam)
	first := s.Allow("cam")
	s.State("cam", engineapi.StateRecording)
	now := s.Now()
	next := func() *permit.Permit {
		p := *first
		p.ID, p.Serial, p.Replaces, p.Issued = permit.NewID(), first.Serial+10, first.ID, now
		return &p
	}
	ended := next()
	ended.ValidFrom, ended.ValidTo = now.Add(-48*time.Hour), now.Add(-24*time.Hour)
	stranger, err := permit.Sign(next(), enginetest.Signer(t, 9))
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		signed []byte
		key    string
	}{
		"a bad signature":        {[]byte(strings.Replace(string(s.Sign(next())), `"sig":"`, `"sig":"A`, 1)), "statement.form"},
		"an unknown key":         {stranger.Encode(), "statement.key"},
		"past validity":          {s.Sign(ended), "permit.expired"},
		"an unknown field":       {resigned(t, next(), `"camera":`, `"extra":1,"camera":`), "statement.form"},
		"retention over 30 days": {resigned(t, next(), `"retention_hours":336`, `"retention_hours":721`), "permit.retention"},
		"a newer version":        {resigned(t, next(), `"v":1`, `"v":2`), "statement.version"},
		"a hold over nothing": {s.Sign(&permit.Hold{Head: s.Head(), Cameras: []string{"cam"}, From: now.Add(-50 * time.Hour), To: now.Add(-49 * time.Hour),
			Reason: permit.HoldCrime, Reference: "4100-1", Owner: "p-1", Second: "p-2", Review: now.AddDate(0, 1, 0), Until: now.AddDate(0, 2, 0)}), "hold.nothing"},
		"a viewing ticket": {s.Sign(s.Ticket(now.Add(-time.Hour), now, "cam")), "statement.kind"},
	} {
		before := len(s.Ledger("statement.refused"))
		if _, err := s.Client.Statement(t.Context(), x.signed); !fault.Is(err, fault.Refused) || fault.Key(err) != x.key {
			t.Errorf("%s: %v, want %s", name, err, x.key)
		}
		entries := s.Ledger("statement.refused")
		if len(entries) != before+1 {
			t.Errorf("%s: not in the ledger", name)
			continue
		}
		var body struct{ Key string }
		if err := json.Unmarshal(entries[0].Body, &body); err != nil || body.Key != x.key {
			t.Errorf("%s: the ledger says %s", name, entries[0].Body)
		}
	}
	if v, err := s.Client.Permit(t.Context(), "cam"); err != nil || !v.Covers || v.Permit.ID != first.ID {
		t.Errorf("what was in force does not stand: %+v, %v", v, err)
	}
	alarmed := false
	for _, a := range s.Status().Alarms {
		alarmed = alarmed || a.Key == "statement.newer"
	}
	if !alarmed {
		t.Error("no alarm tells of a statement that is newer than the engine")
	}
}

func TestAStatementSentTwiceIsOneStatement(t *testing.T) {
	t.Parallel()
	s := enginetest.New(t, time.Time{})
	stop := s.Sign(&permit.Stop{Head: s.Head(), Cameras: []string{}, Reason: "Ikke godkendt"})
	first, err := s.Client.Statement(t.Context(), stop)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Client.Statement(t.Context(), stop)
	if err != nil || again != first {
		t.Errorf("again: %+v, %v; first %+v", again, err, first)
	}
	if n := len(s.Ledger("statement.stop")); n != 1 {
		t.Errorf("%d entries", n)
	}
}

// block keeps the database's one writer busy until the returned function.
func block(s *enginetest.Site) (free func()) {
	s.T.Helper()
	d, err := db.Open(s.T.Context(), "sqlite:"+s.Dir+"/engine.db")
	if err != nil {
		s.T.Fatal(err)
	}
	held, let, gone := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		_ = d.Write(context.Background(), func(*db.Tx) error { close(held); <-let; return nil })
	}()
	<-held
	return func() { close(let); <-gone; _ = d.Close() }
}

func TestStatementsActAndSurviveWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-4", "REC-5")
	s := enginetest.New(t, time.Time{})
	cam := s.Install("cam", testcam.Tiny)
	s.State("cam", engineapi.StateRecording)
	free := block(s)
	stop := s.Sign(&permit.Stop{Head: s.Head(), Cameras: []string{"cam"}, Reason: "Ikke godkendt"})
	ordered := time.Now()
	answered := make(chan error, 1)
	go func() {
		_, err := s.Client.Statement(t.Context(), stop)
		answered <- err
	}()
	if err := cam.WaitRequest(t.Context(), "TEARDOWN", 1); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(ordered); took > time.Second {
		t.Errorf("the stop waited %s for a database", took)
	}
	if err := <-answered; err != nil {
		t.Errorf("the stop is not accepted while the database is away: %v", err)
	}
	// The engine ends while the database is away: the stop must stand after.
	s.Stop()
	free()
	s.Open()
	s.State("cam", engineapi.StateStopped)
	s.Until("it enters the ledger", func() bool { return len(s.Ledger("statement.stop")) == 1 })
}

func TestARestartLosesNothingAndIsToldAsAGap(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-5", "REC-6")
	s := enginetest.New(t, time.Time{})
	s.Install("cam", testcam.Tiny)
	s.Recorded("cam", 3*time.Second)
	before := s.Seconds("cam")
	s.Stop()
	down := time.NewTimer(2 * time.Second)
	<-down.C
	began := time.Now()
	s.Open()
	s.State("cam", engineapi.StateRecording)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("recording again after %s", took)
	}
	s.Recorded("cam", time.Duration(before+2)*time.Second)
	told := false
	for _, x := range s.Coverage("cam") {
		told = told || x.Kind == "gap" && x.Cause == engineapi.CauseEngineDown && x.To.Sub(x.From) >= time.Second
	}
	if !told {
		t.Errorf("the time without an engine is not told: %+v", s.Coverage("cam"))
	}
}

func TestCamerasOutsideTheNetworksAreNotDialled(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-3")
	s := enginetest.New(t, time.Time{}, func(c *engine.Config) {
		n, err := camera.ParseNetworks("10.0.0.0/8")
		if err != nil {
			t.Fatal(err)
		}
		c.Networks = n
	})
	cam := s.Install("cam", testcam.Tiny)
	s.Until("it is refused", func() bool {
		c := s.Of("cam")
		return c.State == engineapi.StateRefused && c.Cause == engineapi.CauseAddress
	})
	if r := cam.Requests(); len(r) > 0 {
		t.Errorf("it was asked %q", r)
	}
}
