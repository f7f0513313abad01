package engine_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

func TestWhatIsExportedPlaysInProgramsThatAreNotOurs(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-5", "EVID-5")
	// Across a change of minute, so that more than one segment is joined.
	s, from, to := past(t, 70*time.Second, map[string]string{"cam": testcam.Tiny})
	path := s.File("cam", from, to)
	out, err := exec.Command("ffprobe", "-v", "error", "-count_packets", "-show_entries", "stream=codec_name,nb_read_packets:format=duration,format_name", "-of", "json", path).CombinedOutput()
	if err != nil {
		t.Fatalf("ffprobe: %v: %s", err, out)
	}
	var probed struct {
		Streams []struct {
			Codec   string `json:"codec_name"`
			Packets string `json:"nb_read_packets"`
		}
		Format struct{ Duration string }
	}
	if err := json.Unmarshal(out, &probed); err != nil {
		t.Fatalf("ffprobe complains: %s", out)
	}
	pictures := numbers(t, path)
	if len(probed.Streams) != 1 || probed.Streams[0].Codec != "h264" || len(pictures) < 60*15 {
		t.Fatalf("%s; %d pictures", out, len(pictures))
	}
	jumps := 0
	for i := 1; i < len(pictures); i++ {
		if pictures[i] != pictures[i-1]+1 && pictures[i] != 0 {
			jumps++
			t.Logf("picture %d follows %d, %d pictures in", pictures[i], pictures[i-1], i)
		}
	}
	if jumps > 0 {
		t.Errorf("pictures are missing at %d places of %d: %+v", jumps, len(pictures), s.Coverage("cam"))
	}
	playVLC(t, path)
	playVLC(t, s.Copy("cam", from, to))
}

// playVLC plays a file in VLC without screen or sound and wants it decoded to
// its end without complaint. VLC refuses root.
func playVLC(t *testing.T, path string) {
	t.Helper()
	vlc, err := exec.LookPath("cvlc")
	if err != nil {
		if os.Getenv("VIDNE_PARTIAL") == "1" {
			t.Skip("needs the Debian packages vlc-bin and vlc-plugin-base")
		}
		t.Fatal("needs the Debian packages vlc-bin and vlc-plugin-base")
	}
	dir := t.TempDir()
	for d := dir; len(d) > len(os.TempDir()); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	film := filepath.Join(dir, "film.mp4")
	if err := os.WriteFile(film, b, 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out.raw")
	args := []string{vlc, "-I", "dummy", "--no-audio", "--play-and-exit", "--no-video-title-show", "-vv",
		"--sout", "#transcode{vcodec=I420,width=64,height=36,scodec=none}:std{access=file,mux=dummy,dst=" + out + "}", film, "vlc://quit"}
	if os.Geteuid() == 0 {
		args = append([]string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--reset-env"}, args...)
	}
	cmd := exec.Command("timeout", append([]string{"60"}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("VLC: %v\n%s", err, tailOf(said))
	}
	info, err := os.Stat(out)
	if err != nil {
		t.Fatalf("VLC decoded nothing: %v\n%s", err, tailOf(said))
	}
	if frames := info.Size() / (64 * 36 * 3 / 2); frames < 60*15 {
		t.Errorf("VLC decoded %d pictures\n%s", frames, tailOf(said))
	}
}

func tailOf(b []byte) string {
	lines := strings.Split(string(b), "\n")
	return strings.Join(lines[max(0, len(lines)-25):], "\n")
}

// Where the camera was away the viewing copy has a line more, which says so.
func TestAViewingCopySaysWhereFootageIsMissing(t *testing.T) {
	t.Parallel()
	req.Shows(t, "EVID-5")
	s := enginetest.New(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	halt := s.Run(6)
	cam := s.Install("cam", testcam.Tiny)
	s.Recorded("cam", 8*time.Second)
	from := s.Now().Add(-6 * time.Second)
	whole := s.Now()
	cam.Down()
	s.State("cam", engineapi.StateLost)
	if err := cam.Up(); err != nil {
		t.Fatal(err)
	}
	s.Recorded("cam", 16*time.Second)
	to := s.Now()
	cam.Down()
	s.State("cam", engineapi.StateLost)
	halt()
	s.Fake.Advance(2*permit.LiveAge + 30*time.Second)
	height := func(path string) int {
		t.Helper()
		out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=height", "-of", "csv=p=0", path).Output()
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(out)))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	plain, marked := height(s.Copy("cam", from, whole.Add(-2*time.Second))), height(s.Copy("cam", from, to))
	if marked < plain+12 {
		t.Errorf("a copy with a gap is %d lines high, one without %d", marked, plain)
	}
}
