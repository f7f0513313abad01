package fault_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/testcam"
	"vidne.dk/vidne/internal/testport"
)

const (
	engineID   = "engine-1"
	controller = "heimdal"
	patience   = 60 * time.Second
)

// long reports whether there is time for many rounds.
func long() bool { return os.Getenv("VIDNE_LONG") == "1" }

// program is the real vidne, built once.
var program = sync.OnceValues(func() (string, error) {
	if bin := os.Getenv("VIDNE_PROGRAM"); bin != "" {
		return bin, nil
	}
	dir, err := os.MkdirTemp("", "vidne-fault-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "vidne")
	if out, err := exec.Command("go", "build", "-o", bin, "vidne.dk/vidne/cmd/vidne").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	flag.Parse()
	// Engines mostly wait: more of them than there are processors.
	if err := flag.Set("test.parallel", "7"); err != nil {
		panic(err)
	}
	code := m.Run()
	if os.Getenv("VIDNE_INSIDE") == "" {
		if bin, err := program(); err == nil {
			_ = os.RemoveAll(filepath.Dir(bin))
		}
	}
	os.Exit(code)
}

func vidne(t *testing.T) string {
	t.Helper()
	bin, err := program()
	must(t, err)
	return bin
}

// start starts a program that dies with this process, whatever ends it: the
// kernel kills it when the thread that started it ends, so that one stays.
var start = func() func(*exec.Cmd) error {
	work, done := make(chan *exec.Cmd), make(chan error)
	var once sync.Once
	return func(c *exec.Cmd) error {
		once.Do(func() {
			go func() {
				runtime.LockOSThread()
				for c := range work {
					done <- c.Start()
				}
			}()
		})
		if c.SysProcAttr == nil {
			c.SysProcAttr = &syscall.SysProcAttr{}
		}
		c.SysProcAttr.Pdeathsig = syscall.SIGKILL
		starting.Lock()
		defer starting.Unlock()
		work <- c
		return <-done
	}
}()

var starting sync.Mutex

// camera is a camera of the tests, each of whose pictures says in its bytes
// which one it is.
type camera struct {
	*testcam.Camera
	name     string
	gop      time.Duration // between two key frames
	priority int
}

// newCameras starts n cameras: those with even numbers have a key frame every
// two seconds, the others every half second.
func newCameras(t *testing.T, n int) []camera {
	t.Helper()
	tiny, err := testcam.Open(testcam.Tiny)
	must(t, err)
	quick := filepath.Join(t.TempDir(), "quick.h264")
	run(t, "ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=15", "-t", "8",
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-profile:v", "baseline", "-g", "8", "-keyint_min", "8", "-sc_threshold", "0",
		"-b:v", "80k", "-f", "h264", quick)
	fast, err := testcam.Load(quick, 15, "")
	must(t, err)
	var out []camera
	for i := range n {
		c := camera{name: fmt.Sprintf("cam-%d", i), gop: 2 * time.Second}
		clip := tiny
		if i%2 == 1 {
			clip, c.gop = fast, 8*time.Second/15
		}
		wait(time.Duration(i) * 130 * time.Millisecond) // or all would have their key frames together
		c.Camera, err = testcam.Start(testcam.Options{Clip: clip, SEI: true})
		must(t, err)
		t.Cleanup(c.Close)
		out = append(out, c)
	}
	return out
}

// rig is an engine with its folder, and the portal's pen.
type rig struct {
	t      *testing.T
	dir    string // configuration, secrets
	conf   string
	listen string
	client *engineapi.Client
	signer permit.Signer
	serial int64
	traced bool // runs under a tracer, which takes its time

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan error
	log   bytes.Buffer
}

// newRig lays out an engine that keeps its data in dir.
func newRig(t *testing.T, dir, database string) *rig {
	t.Helper()
	seed := sha256.Sum256([]byte("issuer"))
	key, err := permit.NewSigner(ed25519.NewKeyFromSeed(seed[:]))
	must(t, err)
	at, err := testport.Address()
	must(t, err)
	r := &rig{t: t, dir: dir, conf: filepath.Join(t.TempDir(), "vidne.toml"), listen: at, signer: key}
	secret := bytes.Repeat([]byte{5}, 32)
	side := filepath.Dir(r.conf)
	must(t, os.WriteFile(filepath.Join(side, "secret"), []byte(base64.StdEncoding.EncodeToString(secret)+"\n"), 0o600))
	text := fmt.Sprintf("[engine]\nid = %q\ndir = %q\nlisten = %q\nnetworks = [\"127.0.0.0/8\"]\nsecret_file = %q\nissuers = [%q]\nmaster = %q\n",
		engineID, dir, r.listen, filepath.Join(side, "secret"), key.Public(time.Unix(0, 0).UTC()).String(), "file:"+filepath.Join(side, "master.key"))
	if database != "" {
		text += fmt.Sprintf("database = %q\n", database)
	}
	text += fmt.Sprintf("[portal]\ndir = %q\n", filepath.Join(side, "portal"))
	must(t, os.WriteFile(r.conf, []byte(text), 0o600))
	r.client = engineapi.NewClient("http://"+r.listen, base64.RawURLEncoding.EncodeToString(secret), nil)
	t.Cleanup(func() {
		r.kill()
		if t.Failed() {
			t.Logf("the engine's log ends:\n%s", tail(r.log.String(), 40))
		}
	})
	return r
}

func tail(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// logged lets the program write to the rig's log.
type logged struct{ r *rig }

func (l logged) Write(b []byte) (int, error) {
	l.r.mu.Lock()
	defer l.r.mu.Unlock()
	return l.r.log.Write(b)
}

// up starts the engine, through wrap if that is given (a tracer).
func (r *rig) up(wrap ...string) {
	r.t.Helper()
	args := append(wrap, vidne(r.t), "engine", "-c", r.conf)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = logged{r}
	cmd.Stdout = logged{r}
	must(r.t, start(cmd))
	r.ended = make(chan error, 1)
	r.cmd = cmd
	go func(ended chan error) { ended <- cmd.Wait() }(r.ended)
}

// kill kills it at once.
func (r *rig) kill() {
	if r.cmd == nil {
		return
	}
	_ = r.cmd.Process.Kill()
	<-r.ended
	r.cmd = nil
}

// down ends it in good order.
func (r *rig) down() {
	r.t.Helper()
	if r.cmd == nil {
		return
	}
	must(r.t, r.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-r.ended:
		r.cmd = nil
		if err != nil {
			r.t.Errorf("the engine ended with %v", err)
		}
	case <-time.After(patience):
		r.t.Fatalf("the engine does not end")
	}
}

// until waits for something to become so.
func (r *rig) until(what string, within time.Duration, ok func() bool) {
	r.t.Helper()
	end := time.After(within)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case err := <-r.ended:
			r.ended <- err
			r.t.Fatalf("the engine ended (%v) before: %s", err, what)
		case <-end:
			r.t.Fatalf("within %v it did not come to this: %s", within, what)
		case <-tick.C:
		}
	}
}

func (r *rig) status() (engineapi.Status, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return r.client.Status(ctx)
}

// ready waits until the engine answers.
func (r *rig) ready() {
	r.t.Helper()
	r.until("the engine answers", patience, func() bool { _, err := r.status(); return err == nil })
}

// begin starts the engine, tells it of the cameras, waits until all record,
// and says since when they might.
func (r *rig) begin(cams ...camera) (from time.Time) {
	r.t.Helper()
	r.up()
	r.ready()
	from = time.Now()
	r.allow(cams...)
	r.recording(patience, cams...)
	return from
}

// camera's state, as the engine says.
func (r *rig) of(name string) engineapi.CameraStatus {
	s, err := r.status()
	if err == nil {
		for _, c := range s.Cameras {
			if c.Camera == name {
				return c
			}
		}
	}
	return engineapi.CameraStatus{}
}

// recording waits until all of these cameras record.
func (r *rig) recording(within time.Duration, cams ...camera) {
	r.t.Helper()
	for _, c := range cams {
		r.until(c.name+" records", within, func() bool { return r.of(c.name).State == engineapi.StateRecording })
	}
}

// alarm reports whether an alarm of this key is on.
func (r *rig) alarm(key string) bool {
	s, err := r.status()
	if err != nil {
		return false
	}
	for _, a := range s.Alarms {
		if a.Key == key && a.Until.IsZero() {
			return true
		}
	}
	return false
}

func (r *rig) head() permit.Head {
	return permit.Head{V: 1, ID: permit.NewID(), Controller: controller, Engine: engineID, Issued: now(), By: "p-9"}
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// tell hands a statement in.
func (r *rig) tell(s permit.Statement) error {
	signed, err := permit.Sign(s, r.signer)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_, err = r.client.Statement(ctx, signed.Encode())
	return err
}

// allow tells the engine where the cameras are and that they may record.
func (r *rig) allow(cams ...camera) {
	r.t.Helper()
	hours := permit.Hours{Zone: "Europe/Copenhagen", Dates: []permit.Date{}}
	for i := range hours.Week {
		hours.Week[i] = permit.Spans{{From: "00:00", To: "24:00"}}
	}
	for _, c := range cams {
		r.serial++
		must(r.t, r.tell(&permit.Camera{Head: r.head(), Camera: c.name, Serial: r.serial, Name: c.name, Place: "Heimdal Skole",
			URL: c.URL(), Transport: permit.TransportTCP, Sealed: []byte{}, Priority: c.priority}))
		n := now()
		must(r.t, r.tell(&permit.Permit{
			Head: r.head(), Camera: c.name, Stream: "main", Serial: r.serial, Hours: hours, RetentionHours: 14 * 24,
			Class: permit.ClassCrime, Basis: "tv-overvågningsloven § 2 d, stk. 1", Case: "2026-014",
			ValidFrom: n.Add(-time.Hour), ValidTo: n.AddDate(1, 0, 0), LeaseUntil: n.Add(permit.LongestLease), Text: "Optagetilladelse",
		}))
	}
}

// check runs `vidne check` on the engine's folder and wants nothing found.
func (r *rig) check() {
	r.t.Helper()
	out, err := r.checked()
	if err != nil {
		r.t.Errorf("vidne check: %v\n%s", err, tail(out, 30))
	}
}

func (r *rig) checked() (string, error) {
	out, err := exec.Command(vidne(r.t), "check", "-c", r.conf, "--depth", "hash").CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Fatal(err)
	}
	return string(out), err
}
