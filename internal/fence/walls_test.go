package fence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

// slowly hands out its bytes and then waits to be closed.
type slowly struct {
	b      *bytes.Reader
	closed chan struct{}
}

func (s slowly) Read(p []byte) (int, error) {
	if s.b.Len() > 0 {
		return s.b.Read(p)
	}
	<-s.closed
	return 0, io.ErrClosedPipe
}
func (s slowly) Close() error { close(s.closed); return nil }

// first tells when something was written.
type first struct{ c chan struct{} }

func (w first) Write(b []byte) (int, error) {
	select {
	case w.c <- struct{}{}:
	default:
	}
	return len(b), nil
}

func TestThePictureComesBeforeTheFootageEndsAndStopsWithItsViewer(t *testing.T) {
	req.Shows(t, "REC-4")
	f := working(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	done, begun := make(chan error, 1), make(chan struct{}, 100)
	go func() {
		done <- f.Transcode(ctx, slowly{bytes.NewReader(h265(t, 2)), make(chan struct{})}, first{begun}, TranscodeOptions{})
	}()
	for range 2 { // the init section, then a picture
		select {
		case <-begun:
		case err := <-done:
			t.Fatal(err)
		case <-time.After(20 * time.Second):
			t.Fatal("no picture while the footage flows")
		}
	}
	pid := child(t)
	cancel(stopped)
	select {
	case err := <-done:
		if !errors.Is(err, stopped) {
			t.Error(err)
		}
	case <-time.After(time.Second):
		t.Fatal("transcoding outlives its viewer by a second")
	}
	if _, err := os.Stat("/proc/" + pid); err == nil {
		t.Error("ffmpeg still runs")
	}
}

// child is the process id of the ffmpeg that runs now.
func child(t *testing.T) string {
	t.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range tasks {
		b, _ := os.ReadFile(name)
		for _, pid := range strings.Fields(string(b)) {
			if comm, _ := os.ReadFile("/proc/" + pid + "/comm"); strings.TrimSpace(string(comm)) == "ffmpeg" {
				return pid
			}
		}
	}
	t.Fatal("no ffmpeg runs")
	return ""
}

func TestFFmpegStandsBehindItsLimits(t *testing.T) {
	f := working(t)
	begun := make(chan struct{}, 100)
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	in := slowly{bytes.NewReader(h264(t, "testsrc2=s=320x180:r=15", 1)), make(chan struct{})}
	go func() { done <- f.Transcode(ctx, in, first{begun}, TranscodeOptions{}) }()
	<-begun
	pid := child(t)
	limits, err := os.ReadFile("/proc/" + pid + "/limits")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		fmt.Sprintf("Max address space %d %d bytes", memoryLimit, memoryLimit), "Max file size 0 0 bytes", "Max core file size 0 0 bytes",
		fmt.Sprintf("Max cpu time %d %d seconds", transcodeCPU, transcodeCPU), "Max open files 256 256 files",
	} {
		if !strings.Contains(strings.Join(strings.Fields(string(limits)), " "), want) {
			t.Errorf("no %q in\n%s", want, limits)
		}
	}
	if score, _ := os.ReadFile("/proc/" + pid + "/oom_score_adj"); strings.TrimSpace(string(score)) != firstToGo {
		t.Errorf("where memory is short it is not the first to go: %q", score)
	}
	ours, _ := os.Readlink("/proc/self/ns/net")
	theirs, _ := os.Readlink("/proc/" + pid + "/ns/net")
	if f.isolated && (theirs == "" || ours == theirs) {
		t.Errorf("network namespace %q is ours (%q)", theirs, ours)
	}
	status, _ := os.ReadFile("/proc/" + pid + "/status")
	if os.Geteuid() == 0 && !strings.Contains(string(status), "Uid:\t65534\t65534\t65534\t65534") {
		t.Errorf("ffmpeg runs as\n%s", status)
	}
	environ, _ := os.ReadFile("/proc/" + pid + "/environ")
	if strings.Contains(string(environ), "PATH=") || strings.Contains(string(environ), "HOME=") {
		t.Errorf("environment %q", environ)
	}
	cancel()
	<-done
}

// The argument list of this test is one that the fence never makes: it opens
// the protocols, to show that the walls behind them stand by themselves.
func TestFFmpegReachesNoNetwork(t *testing.T) {
	f := working(t)
	if !f.isolated {
		t.Skip("this kernel allows no network namespace; Lacks says so")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	reached := make(chan struct{}, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			reached <- struct{}{}
			_ = c.Close()
		}
	}()
	try := func(f *Fence) {
		args := append(general(), "-protocol_whitelist", "tcp,pipe", "-f", "mpegts", "-i", "tcp://"+l.Addr().String(), "-f", "null", "pipe:1")
		if err := f.run(t.Context(), job{args: args, out: io.Discard, cpu: 5}); err == nil {
			t.Error("read from a network that sends nothing")
		}
	}
	try(f)
	select {
	case <-reached:
		t.Fatal("ffmpeg reached the network")
	default:
	}
	open := *f
	open.isolated = false
	try(&open)
	select {
	case <-reached:
	case <-time.After(5 * time.Second):
		t.Fatal("without the namespace it should have: this test shows nothing")
	}
}

func TestFFmpegWritesNoFile(t *testing.T) {
	f := working(t)
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(dir, "leak.y4m")
	args := append(general(), "-f", "lavfi", "-i", "testsrc2=s=64x64:d=1", "-f", "yuv4mpegpipe", name)
	if err := f.run(t.Context(), job{args: args, out: io.Discard, cpu: 5}); err == nil {
		t.Error("ffmpeg wrote a file and was not stopped")
	}
	if s, err := os.Stat(name); err == nil && s.Size() > 0 {
		t.Errorf("%d bytes were written", s.Size())
	}
}

func TestHostileInputHarmsNobody(t *testing.T) {
	f := working(t)
	secret := filepath.Join(t.TempDir(), "secret.txt")
	if err := os.WriteFile(secret, []byte("planted canary 4711"), 0o644); err != nil {
		t.Fatal(err)
	}
	good := h264(t, "testsrc2=s=160x90:r=15", 1)
	inputs := map[string][]byte{
		"nothing":  nil,
		"playlist": []byte("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://" + secret + "\n#EXT-X-ENDLIST\n"),
		"concat":   []byte("ffconcat version 1.0\nfile '" + secret + "'\n"),
		"subfile":  []byte("subfile,,start,0,end,16,,:" + secret),
		"sdp":      []byte("v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5000 RTP/AVP 96\n"),
		"huge box": append([]byte{0, 0, 0, 1, 'm', 'o', 'o', 'v', 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, good...),
		"zeros":    make([]byte, 1<<20),
		"no media": good[:bytes.Index(good, []byte("moof"))-4],
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 12 {
		b := bytes.Clone(good)
		for range 1 + r.IntN(200) {
			b[r.IntN(len(b))] ^= byte(1 + r.IntN(255))
		}
		inputs["mutant "+strconv.Itoa(i)] = b
	}
	for name, in := range inputs {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		b, err := f.JPEG(ctx, in, JPEGOptions{})
		if err == nil && !strings.HasPrefix(name, "mutant") && name != "huge box" {
			t.Errorf("%s became a picture", name)
		}
		var film bytes.Buffer
		args, ferr := f.Copy(ctx, io.NopCloser(bytes.NewReader(in)), &film, CopyOptions{Camera: say("Kamera"), Begin: time.Unix(0, 0), End: time.Unix(9, 0), Zone: time.UTC})
		if ferr == nil && !strings.HasPrefix(name, "mutant") && name != "huge box" {
			t.Errorf("%s became a film", name)
		}
		if ctx.Err() != nil {
			t.Errorf("%s hangs", name)
		}
		for what, s := range map[string]string{"output": string(b), "error": fmt.Sprint(err), "film": film.String(), "film's error": fmt.Sprint(ferr, args)} {
			if strings.Contains(s, "canary") {
				t.Errorf("%s: the %s holds a local file", name, what)
			}
		}
		cancel()
	}
	if _, err := f.JPEG(t.Context(), good, JPEGOptions{}); err != nil {
		t.Errorf("after all that a good one fails: %v", err)
	}
}

func TestWithoutFFmpegItSaysWhatIsMissing(t *testing.T) {
	f := New("/nonexistent/ffmpeg", quiet)
	if got := f.Lacks(); len(got) != 1 || got[0] != "ffmpeg" {
		t.Errorf("lacks %q", got)
	}
	_, jpeg := f.JPEG(t.Context(), nil, JPEGOptions{})
	_, grey := f.Grey(t.Context(), [][]byte{nil})
	for _, err := range []error{jpeg, grey, f.Transcode(t.Context(), io.NopCloser(strings.NewReader("")), io.Discard, TranscodeOptions{})} {
		if !fault.Is(err, fault.Unavailable) || fault.Key(err) != "ffmpeg.missing" {
			t.Error(err)
		}
	}
}

func TestNumbersOutOfRangeReachNoArgument(t *testing.T) {
	f := working(t)
	for _, o := range []JPEGOptions{{Frame: -1}, {Frame: 1 << 30}, {MaxWidth: -1}, {MaxWidth: 1 << 20}} {
		if _, err := f.JPEG(t.Context(), nil, o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	for _, o := range []TranscodeOptions{{Quality: 1}, {Quality: 99}, {MaxWidth: -1}} {
		if err := f.Transcode(t.Context(), io.NopCloser(strings.NewReader("")), io.Discard, o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
