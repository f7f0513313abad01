package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/envelope"
	"vidne.dk/vidne/internal/evidence"
	"vidne.dk/vidne/internal/evidence/fetch"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/testcam"
)

// What a package is made of: an hour of four cameras, the last in H.265.
const (
	packCameras = 4
	packLong    = time.Hour
	packShort   = 15 * time.Minute
	packCopied  = 2 * time.Minute
)

// measurePackages makes evidence packages as the two halves do, each in a
// process of its own: the engine gives footage out, the portal seals it.
func measurePackages(ctx context.Context, s *sheet) error {
	l, err := newLibrary(ctx, "footage")
	if err != nil {
		return err
	}
	for scene, cameras := range map[string][]int{testcam.School: {0, 1, 2}, testcam.Parking: {3}} {
		var all []moment
		for at := readEnd.Add(-packLong - time.Hour); at.Before(readEnd.Add(-time.Hour)); at = at.Add(time.Minute) {
			for _, c := range cameras {
				all = append(all, moment{readCamera(c), at})
			}
		}
		if err := l.record(ctx, all, scene, time.Minute); err != nil {
			return err
		}
	}
	half, err := startRole(ctx, "archive", l.dir, hex.EncodeToString(l.seed[:]), hex.EncodeToString(l.master[:]))
	if err != nil {
		return err
	}
	defer half.stop()
	base, err := half.line()
	if err != nil {
		return err
	}
	maker, err := startRole(ctx, "package", base, hex.EncodeToString(l.seed[:]), filepath.Join(*work, "packages"))
	if err != nil {
		return err
	}
	defer maker.stop()
	ask := func(what string, length time.Duration) (m packed, err error) {
		answer, err := maker.ask(what + " " + length.String())
		if err == nil {
			err = json.Unmarshal([]byte(answer), &m)
		}
		if err == nil && m.Failed != "" {
			err = fmt.Errorf("%s: %s", what, m.Failed)
		}
		return m, err
	}
	return packageFigures(s, ask, []int{half.pid(), maker.pid()})
}

// packRounds is how often a part and its yardstick take turns. The best of each
// counts: what else runs on the machine only ever makes one slower.
const packRounds = 5

// packageFigures asks for each part, and holds it against its yardstick, which
// is one thread that does nothing else. The parts themselves may use all cores,
// as they do for whoever waits for a package.
func packageFigures(s *sheet, ask func(string, time.Duration) (packed, error), pids []int) error {
	ratio, originals, err := against(ask, "originals", "plain")
	if err != nil {
		return err
	}
	s.least("originals taken out, against AES-GCM and SHA-256 alone", ratio, 0.6, fmt.Sprintf("(%.0f MB/s)", originals.rate()))
	ratio, whole, err := against(ask, "package", "envelope")
	if err != nil {
		return err
	}
	s.least("a whole package, against its envelope alone", ratio, 0.6, fmt.Sprintf("(%.0f MB/s)", whole.rate()))
	s.most("originals and papers of 4 cameras × 15 minutes", whole.Seconds, 30, "s")
	for camera, codec := range map[string]string{readCamera(0): "H.264 1080p", readCamera(3): "H.265 1080p"} {
		c, err := ask("copy "+camera, packCopied)
		if err != nil {
			return err
		}
		s.least("copy to look at, "+codec+", against real time", packCopied.Seconds()/c.Seconds, 2.5, "x")
	}
	if _, err := ask("package", packLong); err != nil {
		return err
	}
	var most int64
	for _, pid := range pids {
		n, err := peak(pid)
		if err != nil {
			return err
		}
		most += n
	}
	s.most("memory of both halves at most, 4 cameras × 1 hour", float64(most)/(1<<20), 200, "MB")
	return nil
}

// against asks for a part and then for as many bytes of its yardstick, in
// turns, and gives the best of the one as a share of the best of the other.
func against(ask func(string, time.Duration) (packed, error), part, yardstick string) (ratio float64, best packed, err error) {
	var alone packed
	for range packRounds {
		p, err := ask(part, packShort)
		if err != nil {
			return 0, best, err
		}
		y, err := ask(yardstick+" "+strconv.FormatInt(p.Bytes, 10), 0)
		if err != nil {
			return 0, best, err
		}
		best, alone = faster(best, p), faster(alone, y)
	}
	return best.rate() / alone.rate(), best, nil
}

func faster(a, b packed) packed {
	if a.Seconds == 0 || b.rate() > a.rate() {
		return b
	}
	return a
}

// peak is the most memory that a process has had resident.
func peak(pid int) (int64, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if w := strings.Fields(line); len(w) == 3 && w[0] == "VmHWM:" {
			kb, err := strconv.ParseInt(w[1], 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("no VmHWM of %d", pid)
}

// packed is an answer of the maker.
type packed struct {
	Bytes   int64   `json:"bytes"`
	Seconds float64 `json:"seconds"`
	Failed  string  `json:"failed,omitempty"`
}

func (p packed) rate() float64 { return float64(p.Bytes) / 1e6 / p.Seconds }

// serveArchive is the engine over a library.
func serveArchive(args []string) error {
	l, err := openLibrary(args[0], args[1])
	if err != nil {
		return err
	}
	if _, err := hex.Decode(l.master[:], []byte(args[2])); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	e, err := engine.Open(ctx, l.config())
	if err != nil {
		cancel()
		return err
	}
	ran := make(chan error, 1)
	go func() { ran <- e.Run(ctx) }()
	defer func() { cancel(); <-ran; _ = e.Close() }()
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: e.Handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(at) }()
	defer server.Close()
	if _, err := fmt.Println("http://" + at.Addr().String()); err != nil {
		return err
	}
	return answers(func(string) string { return "" })
}

// openLibrary knows a library's signer and time.
func openLibrary(dir, seed string) (*library, error) {
	l := &library{dir: dir, clock: clock.NewFake(readEnd)}
	if _, err := hex.Decode(l.seed[:], []byte(seed)); err != nil {
		return nil, err
	}
	var err error
	l.signer, err = permit.NewSigner(ed25519.NewKeyFromSeed(l.seed[:]))
	return l, err
}

// packer is the portal's half.
type packer struct {
	*library
	foot  *fetch.Footage
	maker *evidence.Maker
	made  int
}

// makePackages makes what it is asked for.
func makePackages(args []string) error {
	l, err := openLibrary("", args[1])
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		return err
	}
	p := &packer{library: l}
	p.foot = &fetch.Footage{Client: engineapi.NewClient(args[0], secret, nil), Clock: clock.System(), Zone: zone, Order: p.order}
	p.maker = &evidence.Maker{FS: durable.OS(), Dir: args[2], Clock: l.clock}
	if err := os.MkdirAll(args[2], 0o700); err != nil {
		return err
	}
	if p.maker.Signer, err = evidence.OpenSigner(filepath.Join(args[2], "keys"), evidence.Name{Controller: "Lindeby Kommune", CVR: "12345678"}, readEnd); err != nil {
		return err
	}
	for name, to := range map[string]*[]byte{"DejaVuSans.ttf": &p.maker.Fonts.Regular, "DejaVuSans-Bold.ttf": &p.maker.Fonts.Bold} {
		if *to, err = os.ReadFile("/usr/share/fonts/truetype/dejavu/" + name); err != nil {
			return err
		}
	}
	return answers(func(line string) string {
		begun := time.Now()
		n, err := p.do(context.Background(), strings.Fields(line))
		out := packed{Bytes: n, Seconds: time.Since(begun).Seconds()}
		if err != nil {
			out.Failed = err.Error()
		}
		b, _ := json.Marshal(out) // plain numbers always marshal
		return string(b)
	})
}

func (p *packer) order(_ context.Context, camera string, from, to time.Time) (engineapi.Pass, error) {
	signed, err := permit.Sign(&permit.Export{
		Head:   permit.Head{V: 1, ID: permit.NewID(), Controller: controller, Engine: engineID, Issued: p.clock.Now(), By: "bench"},
		Person: "bench", Purpose: "bench", Case: "bench", Recipient: "bench", Cameras: []string{camera}, From: from, To: to,
		Expires: p.clock.Now().Add(time.Hour), Text: "bench",
	}, p.signer)
	if err != nil {
		return engineapi.Pass{}, err
	}
	return engineapi.Pass{Statement: signed.Encode()}, nil
}

func (p *packer) do(ctx context.Context, ask []string) (int64, error) {
	length, err := time.ParseDuration(ask[len(ask)-1])
	if err != nil {
		return 0, err
	}
	from := readEnd.Add(-packLong - time.Hour)
	to := from.Add(length)
	switch ask[0] {
	case "originals":
		var n counting
		for i := range packCameras {
			if _, err := p.foot.Original(ctx, readCamera(i), from, to, &n, io.Discard); err != nil {
				return 0, err
			}
		}
		return int64(n), nil
	case "copy":
		var n counting
		_, err := p.foot.Viewing(ctx, ask[1], from, to, &n)
		return int64(n), err
	case "package":
		return p.whole(ctx, from, to)
	}
	n, err := strconv.ParseInt(ask[1], 10, 64)
	if err != nil {
		return 0, err
	}
	if ask[0] == "plain" {
		return n, plain(n)
	}
	return n, p.envelope(n)
}

type counting int64

func (c *counting) Write(b []byte) (int, error) {
	*c += counting(len(b))
	return len(b), nil
}

func (p *packer) whole(ctx context.Context, from, to time.Time) (int64, error) {
	p.made++
	o := &evidence.Order{ID: fmt.Sprintf("BENCH-%03d", p.made), Software: "bench", Controller: evidence.Name{Controller: "Lindeby Kommune", CVR: "12345678"},
		KeptUntil: to, Zone: p.foot.Zone}
	for i := range packCameras {
		o.Originals = append(o.Originals, evidence.Asked{Camera: evidence.Camera{ID: readCamera(i), Name: readCamera(i)}, From: from, To: to})
	}
	if err := p.foot.Facts(ctx, o); err != nil {
		return 0, err
	}
	m, err := p.maker.Make(ctx, o, p.foot)
	if err != nil {
		return 0, err
	}
	return m.Size, os.RemoveAll(m.Dir)
}

// envelope seals as many bytes into a file, as the package's writer does.
func (p *packer) envelope(n int64) error {
	f, err := os.Create(filepath.Join(p.maker.Dir, "alone.zip"))
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	pass, err := envelope.NewPassphrase()
	if err != nil {
		return err
	}
	w := envelope.New(f, pass, readEnd)
	part := make([]byte, 256<<10)
	if _, err := rand.Read(part); err != nil {
		return err
	}
	if _, err := w.Add("f", func(w io.Writer) error {
		for ; n > 0; n -= int64(len(part)) {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return f.Sync()
}

// plain opens and hashes as many bytes, and nothing else.
func plain(n int64) error {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		return err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return err
	}
	nonce := make([]byte, gcm.NonceSize())
	sealed := gcm.Seal(nil, nonce, make([]byte, 256<<10), nil)
	out, sum := make([]byte, 0, len(sealed)), sha256.New()
	for ; n > 0; n -= 256 << 10 {
		if out, err = gcm.Open(out[:0], nonce, sealed, nil); err != nil {
			return err
		}
		sum.Write(out)
	}
	return nil
}
