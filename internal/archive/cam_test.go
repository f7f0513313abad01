package archive

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
)

const day = 24 * time.Hour

func rulesFor(camera string, keep time.Duration) Rules {
	return Rules{
		Controller: "herning", Camera: camera, Stream: "main", Permit: permit.ID(strings.Repeat("3c", 16)),
		Case: "2026-17", Basis: "§ 2 d", Class: permit.ClassCrime, Retention: keep,
	}
}

// cam feeds one recorder: a key frame each gop, made-up but recognisable bytes.
type cam struct {
	k     *kit
	r     *Recorder
	rng   *rand.Rand
	gop   time.Duration
	every time.Duration
	size  int
	n     int64
	dts   int64
	sent  []sent
	keep  bool
}

type sent struct {
	at   time.Time
	key  bool
	data []byte
}

func (k *kit) cam(rules Rules) *cam {
	k.t.Helper()
	c := &cam{k: k, r: k.a.Recorder(rules.Camera, rules.Stream), rng: rand.New(rand.NewPCG(7, uint64(len(rules.Camera)))),
		gop: 2 * time.Second, every: 500 * time.Millisecond, size: 900, keep: true}
	if err := c.r.Start(rules, []media.Track{pictures(k.t)}); err != nil {
		k.t.Fatalf("start: %v", err)
	}
	return c
}

func (c *cam) sample() *media.Sample {
	key := time.Duration(c.n)*c.every%c.gop == 0
	b := make([]byte, 5+c.size)
	binary.BigEndian.PutUint32(b, uint32(c.size+1))
	b[4] = 0x41
	if key {
		b[4] = 0x65
	}
	for i := 5; i < len(b); i++ {
		b[i] = byte(c.rng.Uint32())
	}
	s := &media.Sample{Track: 1, DTS: c.dts, PTS: c.dts, Arrival: c.k.clk.Now(), Key: key, Data: b}
	c.n++
	c.dts += int64(c.every.Seconds() * 90000)
	return s
}

// frame sends one picture and lets its time pass.
func (c *cam) frame() error {
	s := c.sample()
	err := c.r.Write(s)
	if c.keep {
		c.sent = append(c.sent, sent{s.Arrival, s.Key, s.Data})
	}
	c.k.clk.Advance(c.every)
	return err
}

// record sends pictures for so long.
func (c *cam) record(d time.Duration) {
	c.k.t.Helper()
	for ; d > 0; d -= c.every {
		if err := c.frame(); err != nil {
			c.k.t.Fatalf("write: %v", err)
		}
	}
}

func (c *cam) cut() {
	c.k.t.Helper()
	if err := c.r.Cut("camera.closed"); err != nil {
		c.k.t.Fatalf("cut: %v", err)
	}
}

// read gives all samples of an interval as the archive has them.
func (k *kit) read(camera string, from, to time.Time) (frags []*Fragment, samples [][]byte, err error) {
	r, err := k.a.Reader(k.ctx(), camera, from, to)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = r.Close() }()
	for {
		f, err := r.Next(k.ctx())
		if errors.Is(err, io.EOF) {
			return frags, samples, nil
		}
		if err != nil {
			return frags, samples, err
		}
		c := *f
		c.Data = bytes.Clone(f.Data)
		frags = append(frags, &c)
		if err := media.ParseFragment(f.Data, func(s media.Sample) {
			if s.Track == 1 {
				samples = append(samples, bytes.Clone(s.Data))
			}
		}); err != nil {
			return frags, samples, err
		}
	}
}

func (k *kit) mustRead(camera string, from, to time.Time) ([]*Fragment, [][]byte) {
	k.t.Helper()
	f, s, err := k.read(camera, from, to)
	if err != nil {
		k.t.Fatalf("read: %v", err)
	}
	return f, s
}

// same compares what was read with what was sent.
func same(t testing.TB, got [][]byte, want []sent) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("read %d pictures, sent %d", len(got), len(want))
	}
	for i := range want {
		if !bytes.Equal(got[i], want[i].data) {
			t.Fatalf("picture %d is not the one that was sent", i)
		}
	}
}

// filesOf lists an archive's segment files of a camera with this suffix.
func (k *kit) filesOf(camera, suffix string) (out []segment.Name) {
	k.t.Helper()
	days, err := k.a.days(camera)
	if err != nil {
		k.t.Fatal(err)
	}
	for _, d := range days {
		names, err := k.a.files(camera, d, nil)
		if err != nil {
			k.t.Fatal(err)
		}
		for _, n := range names {
			if n.Suffix == suffix {
				out = append(out, n)
			}
		}
	}
	return out
}

// kinds counts the ledger's entries of a kind.
func (k *kit) kinds(kind string) (out []ledger.Entry) {
	k.t.Helper()
	out, err := k.log.Find(k.ctx(), ledger.Filter{Kinds: []string{kind}})
	if err != nil {
		k.t.Fatal(err)
	}
	return out
}

// checked runs a check and returns the keys of what it finds.
func (k *kit) checked(depth Depth, repair bool) (out []string) {
	k.t.Helper()
	rep, err := k.a.Check(k.ctx(), depth, repair, nil)
	if err != nil {
		k.t.Fatalf("check: %v", err)
	}
	for _, f := range rep.Findings {
		out = append(out, f.Key)
		k.t.Logf("found: %s", f.Text("en"))
	}
	slices.Sort(out)
	return out
}

func (k *kit) sound() {
	k.t.Helper()
	if got := k.checked(DepthHash, false); len(got) > 0 {
		k.t.Fatalf("the archive is not sound: %v", got)
	}
}

// signer makes statements of the portal's.
type signer struct {
	t testing.TB
	s permit.Signer
}

func newSigner(t testing.TB) *signer {
	t.Helper()
	s, err := permit.NewSigner(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return &signer{t, s}
}

func (s *signer) head(at time.Time) permit.Head {
	return permit.Head{V: 1, ID: permit.NewID(), Controller: "herning", Engine: "engine-1", Issued: at, By: "p-1"}
}

func (s *signer) sign(st permit.Statement) *permit.Signed {
	s.t.Helper()
	out, err := permit.Sign(st, s.s)
	if err != nil {
		s.t.Fatalf("sign: %v", err)
	}
	return out
}

// hold asks for a hold.
func (k *kit) hold(reason permit.HoldReason, from, to, until time.Time, cameras ...string) (*permit.Hold, error) {
	k.t.Helper()
	s := newSigner(k.t)
	now := k.clk.Now()
	h := &permit.Hold{Head: s.head(now), Cameras: cameras, From: from, To: to, Reason: reason, Reference: "4700-1",
		Owner: "p-1", Second: "p-2", Review: now.Add(30 * day), Until: until}
	return h, k.a.Hold(k.ctx(), s.sign(h), h)
}

func (k *kit) release(h *permit.Hold) {
	k.t.Helper()
	s := newSigner(k.t)
	r := &permit.Release{Head: s.head(k.clk.Now()), Hold: h.ID, Reason: "done"}
	if err := k.a.Release(k.ctx(), s.sign(r), r); err != nil {
		k.t.Fatalf("release: %v", err)
	}
}

func (k *kit) count(query string, args ...any) int64 {
	k.t.Helper()
	var n int64
	if err := k.d.Read(k.ctx(), func(tx *db.Tx) (err error) {
		n, err = db.One[int64](k.ctx(), tx, query, args...)
		return err
	}); err != nil {
		k.t.Fatal(err)
	}
	return n
}

func exists(t testing.TB, path string) bool {
	t.Helper()
	_, err := os.Stat(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return err == nil
}

// dirFiles lists a camera's files whether or not the archive is open.
func (k *kit) dirFiles(camera string) (out []string) {
	k.t.Helper()
	err := filepath.WalkDir(filepath.Join(k.dir, "footage", camera), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return out
}

// backup copies the SQLite database of a closed archive, restore puts it back.
func (k *kit) backup() map[string][]byte {
	k.t.Helper()
	path := k.address()
	if err := k.d.Close(); err != nil {
		k.t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		b, err := os.ReadFile(path + suffix)
		if err == nil {
			out[suffix] = b
		} else if !os.IsNotExist(err) {
			k.t.Fatal(err)
		}
	}
	k.d = dbtest.Open(k.t, "sqlite:"+path)
	return out
}

func (k *kit) restore(files map[string][]byte) {
	k.t.Helper()
	path := k.address()
	if err := k.d.Close(); err != nil {
		k.t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(path + suffix) // may not be there
		if b, ok := files[suffix]; ok {
			if err := os.WriteFile(path+suffix, b, 0o600); err != nil {
				k.t.Fatal(err)
			}
		}
	}
	k.d = dbtest.Open(k.t, "sqlite:"+path)
}

// address is the path of the SQLite file.
func (k *kit) address() string {
	k.t.Helper()
	var path string
	if err := k.d.Read(k.ctx(), func(tx *db.Tx) (err error) {
		path, err = db.One[string](k.ctx(), tx, "SELECT file FROM pragma_database_list WHERE name = 'main'")
		return err
	}); err != nil {
		k.t.Fatal(err)
	}
	return path
}
