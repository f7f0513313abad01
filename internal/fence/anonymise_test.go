package fence

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/anonymise"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

// shelf keeps parts in memory, and says what was saved.
type shelf struct {
	mu    sync.Mutex
	parts map[string][]byte
	saved []string
	full  string // saving under this name fails
}

func newShelf() *shelf { return &shelf{parts: map[string][]byte{}} }

func (s *shelf) Load(_ context.Context, name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.parts[name], nil
}

var errFull = errors.New("no room")

func (s *shelf) Save(_ context.Context, name string, b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == s.full {
		return errFull
	}
	s.parts[name] = bytes.Clone(b)
	s.saved = append(s.saved, name)
	return nil
}

// reel is footage in memory.
type reel struct {
	pieces [][]byte
	start  []int64
}

func (r reel) Pieces() int { return len(r.pieces) }
func (r reel) Open(_ context.Context, n int) (io.ReadCloser, int64, error) {
	return io.NopCloser(bytes.NewReader(r.pieces[n])), r.start[n], nil
}

// anonymiser builds vidne-anonymise where the fence's user can start it.
func anonymiser(t *testing.T, models string) *Anonymiser {
	t.Helper()
	f := working(t)
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "vidne-anonymise")
	if out, err := exec.Command("go", "build", "-o", program, "vidne.dk/vidne/cmd/vidne-anonymise").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return f.Anonymiser(program, models)
}

// walk is a figure that walks over a restless ground, drawn, as a camera sends
// it: unevenly, with sound and a title. It is not a person; only movement finds it.
func walk(t *testing.T, codec string, from, to int) []byte {
	t.Helper()
	encoder := map[string][]string{
		"h264": {"-c:v", "libx264", "-preset", "ultrafast"},
		"h265": {"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"},
	}[codec]
	n := strconv.Itoa(from)
	args := append([]string{"-v", "error", "-nostdin", "-f", "lavfi", "-i",
		"color=0x607060:s=640x360:r=15,noise=alls=6:allf=t,drawbox=x=80:y=40:w=60:h=40:color=0x205080:t=fill[g];color=0xe0d040:s=24x70:r=15[f];" +
			"[g][f]overlay=x='20+4*(n+" + n + ")':y=200:shortest=1,format=yuv420p,setpts='(N*6000+if(gte(N\\,20)\\,2700\\,0)+mod(N\\,3)*100)/90000/TB'",
		"-f", "lavfi", "-i", "sine=440", "-frames:v", strconv.Itoa(to - from), "-shortest",
		"-metadata", "title=camera 7", "-metadata:s:v", "handler_name=secret place"}, encoder...)
	args = append(args, "-bf", "0", "-g", "15", "-c:a", "aac", "-vsync", "passthrough", "-video_track_timescale", "90000",
		"-use_editlist", "0", "-movflags", "+empty_moov+default_base_moof+frag_keyframe", "-f", "mp4", "pipe:1")
	b, err := exec.Command("ffmpeg", args...).Output()
	if err != nil {
		t.Fatalf("making a walk: %v", err)
	}
	return b
}

// where the figure of walk stands in a picture.
func figure(frame int) anonymise.Box {
	return anonymise.Box{X: (20 + 4*frame) * anonymise.Whole / 640, Y: 200 * anonymise.Whole / 360, W: 24 * anonymise.Whole / 640, H: 70 * anonymise.Whole / 360}
}

// pictures decodes a film to grey pictures of 640 × 360.
func pictures(t *testing.T, film []byte) [][]byte {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-f", "mp4", "-i", "pipe:0", "-map", "0:v", "-vsync", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1")
	cmd.Stdin = bytes.NewReader(film)
	b, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for ; len(b) >= 640*360; b = b[640*360:] {
		out = append(out, b[:640*360])
	}
	return out
}

func TestACopyShowsNobodyButWhoIsKept(t *testing.T) {
	req.Shows(t, "EVID-8")
	a := anonymiser(t, t.TempDir()) // no detector there: movement alone
	if lacks := a.Lacks(); len(lacks) != 1 || lacks[0] != "detector" {
		t.Fatalf("lacks %q", lacks)
	}
	src := reel{[][]byte{walk(t, "h264", 0, 75), walk(t, "h265", 75, 135)}, []int64{0, 75*6000 + 2700}}
	kept := newShelf()
	steps := 0
	found, err := a.Find(t.Context(), src, kept, FindOptions{Progress: func(done, total int) {
		if done < steps || done > total {
			t.Errorf("step %d of %d after %d", done, total, steps)
		}
		steps = done
	}})
	if err != nil {
		t.Fatal(err)
	}
	if found.Frames() != 135 || found.Width != 640 || found.Height != 360 || !found.Reduced || len(found.Blind) > 0 {
		t.Fatalf("found %d pictures of %d × %d, blind %v", found.Frames(), found.Width, found.Height, found.Blind)
	}
	if at := found.Chunks[0].Times; at[2]-at[1] == at[1]-at[0] {
		t.Errorf("the times %v are even: this shows little", at[:4])
	}
	p := &anonymise.Project{Findings: found, Areas: [][]anonymise.Point{{{X: 0, Y: 0}, {X: 1500, Y: 0}, {X: 1500, Y: 1500}, {X: 0, Y: 1500}}}}
	// From picture 100 on the figure is the one to keep.
	box := figure(100)
	for n, c := range []anonymise.Correction{
		{Act: anonymise.Draw, Fragment: "h1", Frame: 100, To: 110, Box: &box},
		{Act: anonymise.Judge, Fragment: "h1", Verdict: anonymise.Kept},
	} {
		if n == 0 {
			last := figure(110)
			p.Corrections = append(p.Corrections, c, anonymise.Correction{Act: anonymise.Move, Fragment: "h1", Frame: 110, Box: &last})
			continue
		}
		p.Corrections = append(p.Corrections, c)
	}
	film := made(t, a, src, kept, p)

	out, in := pictures(t, film), append(pictures(t, src.pieces[0]), pictures(t, src.pieces[1])...)
	if len(out) != 135 {
		t.Fatalf("%d pictures in the copy", len(out))
	}
	for n, pic := range out {
		x := 20 + 4*n
		seen := pic[235*640+x+12] < anonymise.FillY-12 || pic[235*640+x+12] > anonymise.FillY+12
		if want := n >= 100 && n <= 110; seen != want {
			t.Errorf("picture %d: the figure is seen: %v", n, seen)
		}
		if v := pic[20*640+20]; v < anonymise.FillY-3 || v > anonymise.FillY+3 {
			t.Errorf("picture %d: the mask's place is %d", n, v)
		}
		if far := int(pic[330*640+600]) - int(in[n][330*640+600]); far > 20 || far < -20 {
			t.Errorf("picture %d: the ground differs by %d", n, far)
		}
	}
	plain(t, film)
	report, err := a.Check(t.Context(), io.NopCloser(bytes.NewReader(film)), p, nil)
	if err != nil || !report.Sound() || !report.Blind || report.Cells == 0 || report.Shown < .5 {
		t.Errorf("%+v, %v", report, err)
	}
	// A film in which one picture shows the figure for a moment is found out.
	other := *p
	other.Corrections = nil
	if report, err = a.Check(t.Context(), io.NopCloser(bytes.NewReader(film)), &other, nil); err != nil || report.Sound() || report.Flawed == 0 || report.Flaws[0].Frame != 100 {
		t.Errorf("a figure that should be covered: %+v, %v", report, err)
	}
}

func made(t *testing.T, a *Anonymiser, src Footage, kept Parts, p *anonymise.Project) []byte {
	t.Helper()
	if err := a.Cover(t.Context(), src, kept, p, nil); err != nil {
		t.Fatal(err)
	}
	var film bytes.Buffer
	if err := a.Copy(t.Context(), kept, p, &film); err != nil {
		t.Fatal(err)
	}
	return film.Bytes()
}

// plain holds a film against what it may not have: sound, other streams, a
// word of the camera's.
func plain(t *testing.T, film []byte) {
	t.Helper()
	cmd := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=codec_type,codec_name", "-of", "csv=p=0", "-f", "mp4", "-")
	cmd.Stdin = bytes.NewReader(film)
	out, err := cmd.Output()
	if got := strings.TrimSpace(string(out)); err != nil || got != "h264,video" {
		t.Errorf("it has %q, %v", got, err)
	}
	for _, word := range []string{"camera 7", "secret place", "Lavf", "soun"} {
		if bytes.Contains(film, []byte(word)) {
			t.Errorf("it says %q", word)
		}
	}
}

func TestACopyGoesOnWhereItWas(t *testing.T) {
	req.Shows(t, "EVID-8")
	a := anonymiser(t, t.TempDir())
	src := reel{[][]byte{walk(t, "h264", 0, 60), walk(t, "h264", 60, 120)}, []int64{0, 60*6000 + 2700}}
	kept := newShelf()
	for _, full := range []string{"look.0", "look.1", "scene.0", "moved.1"} {
		kept.full = full
		if _, err := a.Find(t.Context(), src, kept, FindOptions{}); !errors.Is(err, errFull) {
			t.Fatalf("%s: %v", full, err)
		}
	}
	kept.full = ""
	found, err := a.Find(t.Context(), src, kept, FindOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(kept.saved, " "); got != "look.0 look.1 scene.0 moved.0 moved.1" {
		t.Errorf("saved %s", got)
	}
	p := &anonymise.Project{Findings: found}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	if err := a.Cover(ctx, src, kept, p, func(done, _ int) { cancel(stopped) }); !errors.Is(err, stopped) {
		t.Fatalf("%v", err)
	}
	if err := a.Copy(t.Context(), kept, p, io.Discard); !fault.Is(err, fault.NotFound) {
		t.Errorf("half a copy was written: %v", err)
	}
	n := len(kept.saved)
	film := made(t, a, src, kept, p)
	if len(kept.saved) != n+1 {
		t.Errorf("saved %v", kept.saved[n:])
	}
	if !bytes.Equal(film, made(t, a, src, kept, p)) {
		t.Error("the same project gives other bytes")
	}
	// A project that was corrected is covered anew.
	box := figure(3)
	p.Corrections = []anonymise.Correction{{Act: anonymise.Draw, Fragment: "h1", Frame: 3, To: 5, Box: &box}}
	if err := a.Copy(t.Context(), kept, p, io.Discard); !fault.Is(err, fault.NotFound) {
		t.Errorf("an older copy was taken for this: %v", err)
	}
}

func TestFootageThatNoCopyCanBeMadeOf(t *testing.T) {
	req.Shows(t, "EVID-8")
	a := anonymiser(t, t.TempDir())
	good := walk(t, "h264", 0, 90)
	tests := map[string]struct {
		pieces [][]byte
		key    string
	}{
		"none":                   {nil, "anonymise.long"},
		"empty":                  {[][]byte{{}}, "ffmpeg.failed"},
		"zeros":                  {[][]byte{make([]byte, 1<<16)}, "ffmpeg.failed"},
		"a head and no pictures": {[][]byte{good[:bytes.Index(good, []byte("moof"))-4]}, ""},
		"too short":              {[][]byte{walk(t, "h264", 0, 20)}, "anonymise.short"},
		"a picture too large":    {[][]byte{h264(t, "color=black:s=8320x64:r=15", 1)}, "anonymise.times"},
		"another size":           {[][]byte{good, h264(t, "testsrc2=s=320x180:r=15", 3)}, "anonymise.changed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			src := reel{test.pieces, make([]int64, len(test.pieces))}
			for i := range src.start {
				src.start[i] = int64(i) * 90 * 6000
			}
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
			defer cancel()
			found, err := a.Find(ctx, src, newShelf(), FindOptions{})
			if err == nil || test.key != "" && fault.Key(err) != test.key || ctx.Err() != nil {
				t.Errorf("%v, %v", found, err)
			}
		})
	}
	// What is left of a film that was cut off is a film, and says how long it is.
	cut := reel{[][]byte{good[:len(good)-len(good)/10]}, []int64{0}}
	found, err := a.Find(t.Context(), cut, newShelf(), FindOptions{})
	if err != nil || found.Frames() >= 90 || found.Frames() < 30 {
		t.Fatalf("%v", err)
	}
	if err := a.Cover(t.Context(), reel{[][]byte{good}, []int64{0}}, newShelf(), &anonymise.Project{Findings: found}, nil); !fault.Is(err, fault.Corrupt) {
		t.Errorf("footage that is not what was looked at: %v", err)
	}
}

func TestWithoutItsProgramNoCopyIsMade(t *testing.T) {
	f := working(t)
	a := f.Anonymiser(filepath.Join(t.TempDir(), "none"), t.TempDir())
	if got := strings.Join(a.Lacks(), " "); got != "vidne-anonymise" {
		t.Errorf("lacks %q", got)
	}
	if _, err := a.Find(t.Context(), reel{}, newShelf(), FindOptions{}); !fault.Is(err, fault.Unavailable) || fault.Key(err) != "anonymise.missing" {
		t.Error(err)
	}
}

// nothingness is footage without end: grey, as fast as it is read.
type nothingness struct{}

func (nothingness) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// Pictures as large as no footage has would take three gigabytes here.
func TestTheProgramTakesNoMoreMemoryThanItMay(t *testing.T) {
	a := anonymiser(t, t.TempDir())
	j := a.own("look", "-none", "-step", 1, "-samples", 200, "-width", 8192, "-height", 4096)
	j.in, j.data = []io.ReadCloser{io.NopCloser(nothingness{})}, 256<<20
	if err := a.fence.run(t.Context(), j); fault.Key(err) != "anonymise.failed" || !strings.Contains(err.Error(), "exit status 2") {
		t.Errorf("%v", err)
	}
	if err := a.fence.run(t.Context(), a.own("look", "-none")); err == nil || !strings.Contains(err.Error(), "small pictures of 0") {
		t.Errorf("the next run does not say what it lacks: %v", err)
	}
}

func TestTheProgramIsKilledAndTheJobSaysSo(t *testing.T) {
	a := anonymiser(t, t.TempDir())
	src := reel{[][]byte{walk(t, "h264", 0, 150)}, []int64{0}}
	// Standing for any death from outside: the memory limit, the kernel, a person.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := a.Find(ctx, src, newShelf(), FindOptions{Progress: func(int, int) {
		tasks, _ := filepath.Glob("/proc/self/task/*/children")
		for _, name := range tasks {
			b, _ := os.ReadFile(name)
			for _, pid := range strings.Fields(string(b)) {
				if comm, _ := os.ReadFile("/proc/" + pid + "/comm"); strings.HasPrefix(string(comm), "vidne-anonymis") {
					n, _ := strconv.Atoi(pid)
					if child, err := os.FindProcess(n); err == nil {
						_ = child.Kill()
					}
				}
			}
		}
	}})
	if err == nil || !strings.Contains(err.Error(), "kill") {
		t.Errorf("%v", err)
	}
}
