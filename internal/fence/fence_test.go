package fence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

var quiet = slog.New(slog.DiscardHandler)

// working gives a fence with an ffmpeg, or ends the test: without one nothing
// here can be shown.
func working(t *testing.T) *Fence {
	t.Helper()
	f := New("", quiet)
	if !f.Works() {
		if os.Getenv("VIDNE_PARTIAL") == "1" {
			t.Skip("needs the Debian package ffmpeg")
		}
		t.Fatal("needs the Debian package ffmpeg")
	}
	return f
}

// clip makes fMP4 of a synthetic source.
func clip(t *testing.T, source string, args ...string) []byte {
	t.Helper()
	args = append([]string{"-v", "error", "-nostdin", "-f", "lavfi", "-i", source}, args...)
	args = append(args, "-pix_fmt", "yuv420p", "-use_editlist", "0", "-movflags", "+empty_moov+default_base_moof+frag_keyframe", "-f", "mp4", "pipe:1")
	b, err := exec.Command("ffmpeg", args...).Output()
	if err != nil {
		t.Fatalf("making a clip: %v", err)
	}
	return b
}

func h264(t *testing.T, source string, seconds int) []byte {
	return clip(t, source, "-t", strconv.Itoa(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-g", "15", "-bf", "0")
}

func h265(t *testing.T, seconds int) []byte {
	return clip(t, "testsrc2=s=640x360:r=15", "-t", strconv.Itoa(seconds), "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:keyint=15:min-keyint=15:bframes=0")
}

func picture(t *testing.T, b []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func luma(img image.Image, x, y int) int {
	r, g, b, _ := img.At(x, y).RGBA()
	return int(r+g+b) / 3 >> 8
}

func TestAKeyFrameBecomesAPicture(t *testing.T) {
	f := working(t)
	for name, in := range map[string][]byte{"H.264": h264(t, "testsrc2=s=640x360:r=15", 1), "H.265": h265(t, 1)} {
		b, err := f.JPEG(t.Context(), in, JPEGOptions{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := picture(t, b).Bounds().Size(); got != image.Pt(640, 360) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTheAskedFrameIsTheOneShown(t *testing.T) {
	f := working(t)
	// Frame n of this clip is as bright as n is high.
	in := clip(t, "color=black:s=320x180:r=10", "-t", "2", "-vf", "geq=lum='16+N*10':cb=128:cr=128", "-c:v", "libx264", "-g", "100", "-bf", "2", "-crf", "5")
	last := -1
	for _, n := range []int{0, 1, 5, 10, 19} {
		b, err := f.JPEG(t.Context(), in, JPEGOptions{Frame: n})
		if err != nil {
			t.Fatalf("frame %d: %v", n, err)
		}
		got := luma(picture(t, b), 160, 90)
		want := (n * 10) * 255 / 219
		if got < want-6 || got > want+6 || got <= last {
			t.Errorf("frame %d has luma %d, not about %d", n, got, want)
		}
		last = got
	}
	if _, err := f.JPEG(t.Context(), in, JPEGOptions{Frame: 20}); err == nil {
		t.Error("a frame that is not there was shown")
	}
}

func TestMaskedPartsLeaveNoTrace(t *testing.T) {
	req.Shows(t, "VIEW-4")
	f := working(t)
	mask := NewMask([][]Point{{{0, 0}, {5000, 0}, {5000, 5000}, {0, 5000}}, {{9000, 9000}, {12000, 9000}, {9000, 12000}}})
	white := clip(t, "color=white:s=637x359:r=15", "-t", "1", "-c:v", "libx264", "-pix_fmt", "yuv444p", "-g", "15")
	b, err := f.JPEG(t.Context(), white, JPEGOptions{Mask: mask, MaxWidth: 320})
	if err != nil {
		t.Fatal(err)
	}
	img := picture(t, b)
	if img.Bounds().Dx() != 320 {
		t.Fatalf("size %v", img.Bounds())
	}
	for _, p := range []struct{ x, y, low, high int }{{0, 0, 0, 20}, {80, 45, 0, 20}, {150, 80, 0, 20}, {310, 175, 0, 20}, {200, 45, 200, 255}, {80, 120, 200, 255}} {
		if got := luma(img, p.x, p.y); got < p.low || got > p.high {
			t.Errorf("luma %d at %d,%d", got, p.x, p.y)
		}
	}
	// Every frame of a transcoding is masked, the first as well.
	var out bytes.Buffer
	if err := f.Transcode(t.Context(), io.NopCloser(bytes.NewReader(white)), &out, TranscodeOptions{Mask: mask}); err != nil {
		t.Fatal(err)
	}
	for n := range 15 {
		b, err := f.JPEG(t.Context(), out.Bytes(), JPEGOptions{Frame: n})
		if err != nil {
			t.Fatal(err)
		}
		if got := luma(picture(t, b), 100, 100); got > 20 {
			t.Errorf("frame %d shows luma %d under the mask", n, got)
		}
	}
}

func TestManyCamerasInOneRunAndOneBadHarmsNone(t *testing.T) {
	req.Shows(t, "REC-6")
	f := working(t)
	white, black := h264(t, "color=white:s=320x240:r=15", 1), h264(t, "color=black:s=1280x720:r=15", 1)
	in := [][]byte{white, black, h265(t, 1), []byte("no film at all"), white, black[:400], black}
	got, err := f.Grey(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ low, high byte }{0: {230, 255}, 1: {0, 20}, 4: {230, 255}, 6: {0, 20}} {
		if want.high == 0 {
			continue
		}
		if len(got[i]) != GreyWidth*GreyHeight || got[i][700] < want.low || got[i][700] > want.high {
			t.Errorf("picture %d is not as it was sent", i)
		}
	}
	if got[3] != nil || got[5] != nil {
		t.Error("pictures of what is none")
	}
	if got[2] == nil {
		t.Error("H.265 was not decoded")
	}
}

// packets lists pts and key flag of each packet, by ffprobe.
func packets(t *testing.T, b []byte) (codec string, lines []string) {
	t.Helper()
	cmd := exec.Command("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=codec_name:packet=pts_time,flags", "-of", "csv=p=0", "-f", "mp4", "-")
	cmd.Stdin = bytes.NewReader(b)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		line = strings.Trim(line, ",\n ")
		if strings.Contains(line, ",") {
			lines = append(lines, line)
		} else if line != "" {
			codec = line
		}
	}
	return codec, lines
}

func TestTranscodingKeepsTimesAndKeyFrames(t *testing.T) {
	f := working(t)
	in := h265(t, 4)
	var out bytes.Buffer
	if err := f.Transcode(t.Context(), io.NopCloser(bytes.NewReader(in)), &out, TranscodeOptions{}); err != nil {
		t.Fatal(err)
	}
	from, want := packets(t, in)
	to, got := packets(t, out.Bytes())
	if from != "hevc" || to != "h264" {
		t.Errorf("from %q to %q", from, to)
	}
	if len(want) != 60 || strings.Join(want, " ") != strings.Join(got, " ") {
		t.Errorf("times differ:\n%v\n%v", want, got)
	}
}

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
		if ctx.Err() != nil {
			t.Errorf("%s hangs", name)
		}
		for what, s := range map[string]string{"output": string(b), "error": fmt.Sprint(err)} {
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
