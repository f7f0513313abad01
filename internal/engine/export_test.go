package engine_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
