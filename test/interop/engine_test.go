package interop

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
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

// TestOthersCamerasAreRecorded goes the whole way with cameras that are not
// ours: one engine records them all under signed permits, gives them out on a
// ticket, and exports them as films that others' programs play.
func TestOthersCamerasAreRecorded(t *testing.T) {
	req.Shows(t, "REC-3", "REC-1", "VIEW-1", "EVID-5")
	const length = 8 * time.Second
	// These cameras live by the machine's time; the fake clock goes as fast, so
	// that five minutes can pass at once before the footage is looked at.
	s := enginetest.New(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	halt := s.Run(1)
	clips := map[string]*testcam.Clip{}
	permits := map[string]permit.ID{}
	from := s.Now()
	for _, x := range others {
		server := x.make(t)
		clips[x.name] = server.Clip
		var login []string
		if server.User != "" {
			login = []string{server.User, server.Password}
		}
		s.Reach(&permit.Camera{Camera: x.name, Name: x.name, URL: server.URL, Transport: x.ask, CertSHA256: server.CertSHA256}, login...)
		permits[x.name] = s.Allow(x.name).ID
	}
	for _, x := range others {
		s.Recorded(x.name, length)
	}
	to := s.Now()
	for _, x := range others {
		if got := s.Of(x.name); got.Codec != clips[x.name].Codec.Name() || got.Width != clips[x.name].Width || got.Encrypted != (x.used == permit.TransportTLS) {
			t.Errorf("%s: %s of width %d, encrypted %v", x.name, got.Codec, got.Width, got.Encrypted)
		}
		s.Say(&permit.Revocation{Head: s.Head(), Permit: permits[x.name], Reason: "Forsøget er slut"})
	}
	halt()
	s.Fake.Advance(2 * permit.LiveAge)

	for _, x := range others {
		t.Run(x.name, func(t *testing.T) {
			clip := clips[x.name]
			s := *s
			s.T = t
			frames, err := s.Frames(engineapi.FragmentQuery{Camera: x.name, From: from, To: to}, s.Pass(s.Ticket(from, to, x.name)))
			if err != nil {
				t.Fatal(err)
			}
			watched := 0
			for _, film := range films(t, frames) {
				watched += shown(t, film, clip)
			}
			file := s.File(x.name, from, to)
			film, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			taken := shown(t, film, clip)
			least := int(length.Seconds() * clip.FPS)
			if watched < least || taken != watched {
				t.Errorf("%d pictures are watched, %d exported, at least %d were sent", watched, taken, least)
			}
			codec, seconds := probe(t, file)
			if want := strings.ReplaceAll(strings.ToLower(clip.Codec.Name()), "h.265", "hevc"); codec != strings.ReplaceAll(want, ".", "") {
				t.Errorf("the export's codec is %s", codec)
			}
			if want := float64(taken) / clip.FPS; seconds < want-0.5 || seconds > want+0.5 {
				t.Errorf("the export lasts %.2f s, %d pictures are %.2f s", seconds, taken, want)
			}
			t.Logf("%s over %s: %d pictures, %.2f s", codec, x.used, taken, seconds)
		})
	}
}

// films joins fragments as a player does, a film for each stored segment.
func films(t *testing.T, frames []*engineapi.Frame) [][]byte {
	t.Helper()
	var out []*bytes.Buffer
	ended := false
	for _, f := range frames {
		switch f.Kind {
		case engineapi.FrameInit:
			out = append(out, bytes.NewBuffer(f.Data))
		case engineapi.FrameFragment:
			out[len(out)-1].Write(f.Data)
		case engineapi.FrameEnd:
			ended = f.Cause == ""
		}
	}
	if !ended {
		t.Error("the stream was broken off")
	}
	all := make([][]byte, len(out))
	for i, b := range out {
		all[i] = b.Bytes()
	}
	return all
}

// probe asks ffprobe for the one stream's codec and the film's length.
func probe(t *testing.T, file string) (codec string, seconds float64) {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "warning", "-show_entries", "stream=codec_name:format=duration", "-of", "json", file).CombinedOutput()
	if err != nil {
		t.Fatalf("ffprobe: %v: %s", err, out)
	}
	var found struct {
		Streams []struct {
			Codec string `json:"codec_name"`
		}
		Format struct{ Duration string }
	}
	if err := json.Unmarshal(out, &found); err != nil || len(found.Streams) != 1 {
		t.Fatalf("ffprobe says %s", out)
	}
	if seconds, err = strconv.ParseFloat(found.Format.Duration, 64); err != nil {
		t.Fatalf("ffprobe says %s", out)
	}
	return found.Streams[0].Codec, seconds
}
