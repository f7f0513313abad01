// Package interop starts other people's RTSP servers, so that tests can show
// that what works against our own camera works against theirs, from the socket
// to the exported film: GStreamer's (over TCP, UDP, and TLS with digest login)
// and VLC's (over UDP). They listen on loopback, serve our scenes, and end with
// the test.
package interop

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/testcam"
	"vidne.dk/vidne/internal/testport"
)

// Server is a foreign RTSP server that plays a scene in a loop, or once if it
// cannot loop.
type Server struct {
	URL            string
	User, Password string
	CertSHA256     string // of its TLS certificate, empty without TLS
	Clip           *testcam.Clip
}

// GStreamer plays a scene by GStreamer's RTSP server over "tcp", "udp" or
// "tls". The last asks for a digest login.
func GStreamer(t testing.TB, scene, transport string) *Server {
	t.Helper()
	file, codec := scenery(t, scene)
	s := &Server{Clip: clip(t, scene)}
	scheme, lower, pemFile := "rtsp", transport, ""
	if transport == "tls" {
		scheme, lower = "rtsps", "tcp"
		s.User, s.Password = "drift", "Fremmed-Kodeord-7"
		pemFile, s.CertSHA256 = certificate(t)
	}
	script, err := filepath.Abs("gst_server.py")
	if err != nil {
		t.Fatal(err)
	}
	// Debian's own Python: it is the one that has the bindings.
	cmd := exec.Command("/usr/bin/python3", script, file, codec, lower, s.User, s.Password, pemFile)
	hold, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	said := run(t, cmd, func() { _ = hold.Close() })
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("GStreamer's server did not start: %v: %s", err, said())
	}
	s.URL = fmt.Sprintf("%s://127.0.0.1:%s/cam", scheme, strings.TrimSpace(port))
	return s
}

// VLC plays a scene by VLC, which sends by UDP only. It refuses to run as
// root and is given the user nobody.
func VLC(t testing.TB, scene string) *Server {
	t.Helper()
	file, _ := scenery(t, scene)
	port, err := testport.Pick()
	if err != nil {
		t.Fatal(err)
	}
	url := fmt.Sprintf("rtsp://127.0.0.1:%d/cam", port)
	home := filepath.Dir(file)
	cmd := exec.Command("/usr/bin/vlc", "-I", "dummy", "--no-audio", "--loop",
		"--rtsp-host", "127.0.0.1", "--sout", "#rtp{sdp="+url+"}", "--sout-keep", file)
	cmd.Env = []string{"HOME=" + home, "PATH=/usr/bin:/bin"}
	cmd.Dir = home
	if os.Getuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		if err := os.Chown(home, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	said := run(t, cmd, func() {})
	for end := time.Now().Add(15 * time.Second); ; {
		c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err == nil {
			_ = c.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatalf("VLC does not listen: %s", said())
		}
		time.Sleep(50 * time.Millisecond)
	}
	return &Server{URL: url, Clip: clip(t, scene)}
}

// run starts cmd in a process group of its own, bounded in time and ended
// with the test. said gives what it wrote to standard error so far.
func run(t testing.TB, cmd *exec.Cmd, hint func()) (said func() string) {
	t.Helper()
	var w words
	cmd.Stderr = &w
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	limit, cancel := context.WithTimeout(context.Background(), time.Minute)
	ended := make(chan struct{})
	go func() {
		<-limit.Done()
		hint()
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its group: only what it started
		_ = cmd.Wait()                                      // killed on purpose
		close(ended)
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return w.String
}

// words is a buffer that is written and read at the same time.
type words struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *words) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(b)
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

func clip(t testing.TB, scene string) *testcam.Clip {
	t.Helper()
	c, err := testcam.Open(scene)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// scenery copies a scene to where any user may read it.
func scenery(t testing.TB, scene string) (file, codec string) {
	t.Helper()
	c := clip(t, scene)
	dir, err := os.MkdirTemp("", "vidne-interop-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	codec = strings.ReplaceAll(strings.ToLower(c.Codec.Name()), ".", "")
	file = filepath.Join(dir, "scene.mp4")
	if err := os.WriteFile(file, fragmented(t, c), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{dir: 0o755, file: 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	return file, codec
}

// fragmented is a scene as our own fragments, which gives its pictures times.
func fragmented(t testing.TB, c *testcam.Clip) []byte {
	t.Helper()
	tracks := []media.Track{c.Track()}
	out, err := media.Init(tracks)
	if err != nil {
		t.Fatal(err)
	}
	var f media.Fragmenter
	f.Begin(tracks)
	per := int64(90000 / c.FPS)
	for i, fr := range c.Frames {
		var data []byte
		for _, n := range fr.NALs {
			data = append(binary.BigEndian.AppendUint32(data, uint32(len(n))), n...)
		}
		s := &media.Sample{Track: 1, DTS: int64(i) * per, PTS: int64(fr.Shown+c.Reorder) * per, Key: fr.Key, Data: data}
		if fr.Key && f.Samples() > 0 {
			f.End(s)
			out = f.AppendTo(out, uint32(i))
			f.Reset()
		}
		if err := f.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	return f.AppendTo(out, uint32(len(c.Frames)))
}

// certificate writes a PEM file of certificate and key.
func certificate(t testing.TB) (file, sum string) {
	t.Helper()
	c, err := testcam.Certificate("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	b := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
	b = append(b, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	file = filepath.Join(t.TempDir(), "server.pem")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	h := sha256.Sum256(c.Certificate[0])
	return file, hex.EncodeToString(h[:])
}
