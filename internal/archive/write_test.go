package archive

import (
	"bytes"
	"os"
	"syscall"
	"testing"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

func TestWhatIsRecordedIsReadBackByteForByte(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-1", "REC-1", "LOG-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newKit(t, d)
		c := k.cam(rulesFor("cam-1", 14*day))
		c.record(3*time.Minute + 10*time.Second)

		// Before anything is closed, up to the last flush.
		_, got := k.mustRead("cam-1", start.Add(-time.Hour), k.clk.Now().Add(time.Hour))
		if missing := len(c.sent) - len(got); missing < 0 || missing > 4 {
			t.Fatalf("%d pictures of the open segment are not readable", missing)
		}
		same(t, got, c.sent[:len(got)])

		c.cut()
		k.settle()
		frags, got := k.mustRead("cam-1", start.Add(-time.Hour), k.clk.Now().Add(time.Hour))
		same(t, got, c.sent)
		names := k.filesOf("cam-1", segment.Closed)
		if len(names) != 4 {
			t.Fatalf("%d segments, want one for each minute begun", len(names))
		}
		for i, n := range names[1:] {
			if s := segment.Time(n.Start).Second(); s > 2 {
				t.Errorf("segment %d begins at second %d, not at the first key frame of a minute", i+1, s)
			}
		}
		if !frags[0].Key || !frags[0].NewInit || frags[1].NewInit || frags[0].Codec != media.H264 || !frags[0].Sealed {
			t.Errorf("first fragment %+v", frags[0])
		}
		if n := len(k.kinds("segment.sealed")); n != 4 {
			t.Errorf("%d ledger entries", n)
		}
		runs, err := k.a.Runs(k.ctx(), []string{"cam-1", "cam-2"}, start.Add(-time.Hour), k.clk.Now())
		if err != nil || len(runs) != 1 || !runs[0].From.Equal(start) || !runs[0].Delete.Equal(start.Add(14*day)) || runs[0].Open {
			t.Errorf("runs %+v, %v", runs, err)
		}
		k.sound()
	})
}

func TestNothingReadableLiesOnTheDisk(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-1")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", 14*day))
	c.record(70 * time.Second)
	c.cut()
	k.settle()
	for _, n := range k.filesOf("cam-1", segment.Closed) {
		path := k.a.path(n.Path())
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range c.sent {
			if bytes.Contains(b, s.data[8:24]) {
				t.Fatal("a picture lies in the clear")
			}
		}
		if bytes.Contains(b, []byte("moov")) || !bytes.Contains(b, []byte(`"permit":"3c3c`)) {
			t.Error("want the rules in the clear, and nothing of the picture")
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	}
}

func TestNothingIsKeptWithoutRules(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-1", "KEEP-2")
	k := sqlite(t)
	r := k.a.Recorder("cam-1", "main")
	s := &media.Sample{Track: 1, Key: true, Arrival: start, Data: []byte{0, 0, 0, 1, 0x65}}
	if err := r.Write(s); !fault.Is(err, fault.Refused) {
		t.Errorf("before rules: %v", err)
	}
	for _, keep := range []time.Duration{0, -1, 30*day + 1} {
		if err := r.Start(rulesFor("cam-1", keep), []media.Track{pictures(t)}); fault.Key(err) != "permit.retention" {
			t.Errorf("retention %v: %v", keep, err)
		}
	}
	bad := rulesFor("cam-1", day)
	bad.Permit = ""
	if err := r.Start(bad, []media.Track{pictures(t)}); !fault.Is(err, fault.Refused) {
		t.Errorf("no permit: %v", err)
	}
	if err := r.Start(rulesFor("cam-2", day), []media.Track{pictures(t)}); !fault.Is(err, fault.Refused) {
		t.Errorf("another camera's rules: %v", err)
	}
	if err := r.Write(s); !fault.Is(err, fault.Refused) {
		t.Errorf("after refused rules: %v", err)
	}
	c := k.cam(rulesFor("cam-1", day))
	c.record(4 * time.Second)
	c.cut()
	if err := c.frame(); !fault.Is(err, fault.Refused) {
		t.Errorf("after a cut: %v", err)
	}
	k.settle()
	if _, got := k.mustRead("cam-1", start, start.Add(time.Hour)); len(got) != 8 {
		t.Errorf("%d pictures kept, 8 were covered by rules", len(got))
	}
}

func TestAStartWaitsForAKeyFrameAndSoundIsLeftOut(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-1", "REC-3")
	k := sqlite(t)
	for _, allowed := range []bool{false, true} {
		rules := rulesFor("cam-1", day)
		rules.Sound = allowed
		c := k.cam(rules)
		if err := c.r.Start(rules, []media.Track{pictures(t), sounds()}); err != nil {
			t.Fatal(err)
		}
		from := k.clk.Now()
		c.n = 2 // in the middle of a group
		sound := bytes.Repeat([]byte("lydspor!"), 20)
		for i := range int64(16) {
			if err := c.frame(); err != nil {
				t.Fatal(err)
			}
			if err := c.r.Write(&media.Sample{Track: 2, DTS: i * 24000, PTS: i * 24000, Arrival: k.clk.Now(), Key: true, Data: sound}); err != nil {
				t.Fatal(err)
			}
		}
		c.cut()
		k.settle()
		frags, got := k.mustRead("cam-1", from, k.clk.Now())
		if !bytes.Equal(got[0], c.sent[2].data) || len(got) != 14 {
			t.Errorf("kept %d pictures, want those from the first key frame on", len(got))
		}
		found := false
		for _, f := range frags {
			found = found || bytes.Contains(f.Data, sound)
		}
		if tracks, err := media.ParseInit(frags[0].Init); err != nil || found != allowed || (len(tracks) == 2) != allowed {
			t.Errorf("sound allowed %v, stored %v, %d tracks, %v", allowed, found, len(tracks), err)
		}
	}
}

func TestASegmentEndsWithoutAKeyFrameToo(t *testing.T) {
	t.Parallel()
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", day))
	c.gop = time.Hour
	c.record(4 * time.Minute)
	c.cut()
	k.settle()
	names := k.filesOf("cam-1", segment.Closed)
	for i, n := range names {
		h, end, _, err := k.a.about(n)
		if err != nil || end-h.Start > longest.Microseconds()+int64(time.Second/time.Microsecond) {
			t.Errorf("segment %d lasts %v, %v", i, time.Duration(end-h.Start)*time.Microsecond, err)
		}
	}
	if len(names) != 4 {
		t.Errorf("%d segments", len(names))
	}
	// A moment in the second of them is decoded from the key frame in the first.
	frags, _ := k.mustRead("cam-1", start.Add(2*time.Minute), start.Add(2*time.Minute+time.Second))
	if !frags[0].Key || !frags[0].Start.Equal(start) {
		t.Errorf("reading begins at %v, key %v", frags[0].Start, frags[0].Key)
	}
	_, got := k.mustRead("cam-1", start, k.clk.Now())
	same(t, got, c.sent)
}

func TestTheNextSegmentHasTheRulesOfItsTime(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-2", "REC-1")
	k := sqlite(t)
	rules := rulesFor("cam-1", 30*day)
	c := k.cam(rules)
	c.record(4 * time.Second)
	rules.Retention, rules.Class, rules.Permit = 5*day, permit.ClassSafety, permit.NewID()
	second := k.clk.Now()
	if err := c.r.Start(rules, []media.Track{pictures(t)}); err != nil {
		t.Fatal(err)
	}
	c.record(4 * time.Second)
	c.cut()
	k.settle()
	names := k.filesOf("cam-1", segment.Closed)
	if len(names) != 2 {
		t.Fatalf("%d segments", len(names))
	}
	first, _, _, err := k.a.about(names[0])
	if err != nil {
		t.Fatal(err)
	}
	next, _, _, err := k.a.about(names[1])
	if err != nil {
		t.Fatal(err)
	}
	limit := segment.Limit.Microseconds()
	if first.DeleteAfter != first.Start+limit || first.HoldLimit != 0 || first.Class != permit.ClassCrime {
		t.Errorf("thirty days approved: %+v", first.Rules)
	}
	if next.Start != second.UnixMicro() || next.DeleteAfter != next.Start+(5*day).Microseconds() || next.HoldLimit != next.Start+limit || next.Permit != rules.Permit {
		t.Errorf("five days approved: %+v", next.Rules)
	}
}

func TestABadSampleEndsTheSegmentAndNotTheRecorder(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-5")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", day))
	c.record(5 * time.Second)
	s := c.sample()
	s.DTS -= 1 << 40
	if err := c.r.Write(s); fault.Key(err) != "camera.stream" {
		t.Fatalf("a sample from long ago: %v", err)
	}
	for range 3 { // to the end of the group
		if err := c.frame(); err != nil {
			t.Fatal(err)
		}
	}
	c.record(5 * time.Second)
	c.cut()
	k.settle()
	if n := len(k.filesOf("cam-1", segment.Closed)); n != 2 {
		t.Errorf("%d segments", n)
	}
	if s := c.r.Stats(); s.Err != nil || s.Segments != 2 {
		t.Errorf("stats %+v", s)
	}
	k.sound()
}

func TestOverheadOnDiskIsUnderHalfAPercent(t *testing.T) {
	t.Parallel()
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", day))
	c.every, c.size = 66666667*time.Nanosecond, 500_000/8/15
	c.keep = false
	elementary := 0
	for range 15 * 60 {
		s := c.sample()
		s.Key = c.n%30 == 1
		elementary += len(s.Data)
		if err := c.r.Write(s); err != nil {
			t.Fatal(err)
		}
		k.clk.Advance(c.every)
	}
	c.cut()
	k.settle()
	total := int64(0)
	for _, n := range k.filesOf("cam-1", segment.Closed) {
		_, _, size, err := k.a.about(n)
		if err != nil {
			t.Fatal(err)
		}
		total += size
	}
	if over := float64(total-int64(elementary)) / float64(elementary); over > 0.005 || over < 0 {
		t.Errorf("%d bytes on disk for %d of the stream: %.2f %% at 0.5 Mbit/s", total, elementary, over*100)
	}
}

// TestAFileThatCouldNotBeBegunIsRemovedInTheEnd: a disk that refuses the first
// bytes of a segment often refuses its removal as well.
func TestAFileThatCouldNotBeBegunIsRemovedInTheEnd(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-5")
	k, f := faultyKit(t)
	c := k.cam(rulesFor("cam-1", 14*day))
	c.keep = false
	f.Only(isFootage)
	f.FailFrom(durabletest.OpWrite, 1, syscall.EIO)
	f.FailFrom(durabletest.OpRemove, 1, syscall.EIO)
	if err := c.frame(); err == nil {
		t.Fatal("nothing failed")
	}
	k.settle()
	if n := len(k.filesOf("cam-1", segment.Open)); n != 1 {
		t.Fatalf("%d open files: the test shows nothing", n)
	}
	if frags, _ := k.mustRead("cam-1", start, k.clk.Now().Add(time.Second)); len(frags) != 0 {
		t.Errorf("%d fragments of nothing", len(frags))
	}
	k.sound() // it is known, and will go
	f.Heal()
	k.mended("cam-1")
	if files := k.dirFiles("cam-1"); len(files) != 0 {
		t.Errorf("left: %v", files)
	}
	for c.frame() != nil { // a recorder waits a while before it tries again
	}
	c.cut()
	k.settle()
	k.sound()
}
