package fence

import (
	"bytes"
	"image"
	"image/jpeg"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

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
