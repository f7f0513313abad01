package interop

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
	"vidne.dk/vidne/internal/testcam/scene"
)

var errEnough = errors.New("enough")

// keeper keeps what comes as fragments, and the picture NAL units.
type keeper struct {
	tracks []media.Track
	info   camera.Info
	out    bytes.Buffer
	f      media.Fragmenter
	vcl    [][]byte
	bad    []string
	n      int
}

func (k *keeper) Tracks(t []media.Track, i camera.Info) error {
	if k.tracks != nil {
		return errors.New("tracks came twice")
	}
	k.tracks, k.info = t, i
	init, err := media.Init(t)
	k.out.Write(init)
	k.f.Begin(t)
	return err
}

func (k *keeper) Sample(s *media.Sample) error {
	if s.Key && k.f.Samples() > 0 {
		k.f.End(s)
		k.out.Write(k.f.Bytes(1))
		k.f.Reset()
	}
	if err := k.f.Add(s); err != nil {
		return err
	}
	media.NALs(s.Data, func(n []byte) bool {
		if picture(k.tracks[0].Codec, n) {
			k.vcl = append(k.vcl, bytes.Clone(n))
		}
		return true
	})
	if k.n++; k.n >= 75 {
		k.out.Write(k.f.Bytes(2))
		return errEnough
	}
	return nil
}

func (k *keeper) Clock(time.Time, time.Duration) {}
func (k *keeper) Bad(key, detail string)         { k.bad = append(k.bad, key+": "+detail) }

func picture(c media.Codec, n []byte) bool {
	if c == media.H264 {
		t := n[0] & 0x1f
		return t >= 1 && t <= 5
	}
	return n[0]>>1&0x3f < 32
}

// foreign is a camera of somebody else's making.
type foreign struct {
	name string
	make func(testing.TB) *Server
	ask  permit.Transport
	used permit.Transport
}

var others = []foreign{
	{"gstreamer-tcp", func(t testing.TB) *Server { return GStreamer(t, testcam.Small, "tcp") }, permit.TransportAuto, permit.TransportTCP},
	{"gstreamer-udp", func(t testing.TB) *Server { return GStreamer(t, testcam.Small, "udp") }, permit.TransportAuto, permit.TransportUDP},
	{"gstreamer-tls-digest", func(t testing.TB) *Server { return GStreamer(t, testcam.Small, "tls") }, permit.TransportTLS, permit.TransportTLS},
	{"gstreamer-h265", func(t testing.TB) *Server { return GStreamer(t, testcam.SmallHE, "tcp") }, permit.TransportTCP, permit.TransportTCP},
	{"vlc-udp", func(t testing.TB) *Server { return VLC(t, testcam.Small) }, permit.TransportAuto, permit.TransportUDP},
}

// TestOthersServers: what other people's servers send arrives bit for bit,
// decodes without a word from ffmpeg, and shows the pictures in their order.
func TestOthersServers(t *testing.T) {
	req.Shows(t, "REC-3")
	for _, x := range others {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			s := x.make(t)
			allow, err := camera.ParseNetworks("127.0.0.0/8")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
			defer cancel()
			k := &keeper{}
			err = camera.Run(ctx, camera.Config{
				URL: s.URL, Transport: x.ask, User: s.User, Password: camera.Secret(s.Password), CertSHA256: s.CertSHA256, Allow: allow,
			}, clock.System(), k)
			if !errors.Is(err, errEnough) {
				t.Fatalf("%v (%d pictures, bad %q)", err, k.n, k.bad)
			}
			if k.info.Transport != x.used || len(k.bad) > 0 || k.info.Width != s.Clip.Width || k.info.Codec != s.Clip.Codec {
				t.Errorf("%+v, bad %q", k.info, k.bad)
			}
			t.Logf("%d pictures from %q over %s", k.n, k.info.Server, k.info.Transport)
			unaltered(t, s.Clip, k.vcl)
			if n := shown(t, k.out.Bytes(), s.Clip); n != k.n {
				t.Errorf("%d pictures decoded of %d", n, k.n)
			}
		})
	}
}

// unaltered checks that the picture data are a stretch of the scene's.
func unaltered(t *testing.T, c *testcam.Clip, got [][]byte) {
	t.Helper()
	var want [][]byte
	for range 3 { // it may loop
		for _, f := range c.Frames {
			for _, n := range f.NALs {
				if picture(c.Codec, n) {
					want = append(want, n)
				}
			}
		}
	}
	for at := range want {
		if bytes.Equal(want[at], got[0]) {
			for i := range got {
				if !bytes.Equal(got[i], want[at+i]) {
					t.Fatalf("picture data %d differ from the scene's", i)
				}
			}
			return
		}
	}
	t.Fatal("the first picture is not the scene's")
}

// shown decodes a film with ffmpeg, silently, reads the pictures' own numbers,
// which must follow each other, and counts them.
func shown(t *testing.T, film []byte, c *testcam.Clip) int {
	t.Helper()
	file := filepath.Join(t.TempDir(), "got.mp4")
	if err := os.WriteFile(file, film, 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command("ffmpeg", "-v", "warning", "-i", file, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-")
	cmd.Stderr = &said
	raw, err := cmd.Output()
	if err != nil || said.Len() > 0 {
		t.Fatalf("ffmpeg: %v: %s", err, said.String())
	}
	size := c.Width * c.Height
	last := -1
	for i := range len(raw) / size {
		n, ok := scene.Number(raw[i*size:(i+1)*size], c.Width, c.Height, c.Width)
		if !ok || last >= 0 && n != (last+1)%len(c.Frames) {
			t.Fatalf("picture %d shows %d (%v) after %d", i, n, ok, last)
		}
		last = n
	}
	return len(raw) / size
}
