package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"vidne.dk/vidne/internal/archive"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/testcam"
)

// The archive that is read: an index of 100 cameras, and files for the moments
// that are asked for.
const (
	readCameras = 100
	readAsked   = 5  // cameras with files
	readMoments = 40 // for each age of the archive
	readSegment = 10 * time.Second
)

// readEnd is now in that archive.
var readEnd = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

type moment struct {
	camera string
	at     time.Time
}

func readCamera(i int) string { return fmt.Sprintf("cam%03d", i) }

// library is the archive that is read, with its engine.
type library struct {
	dir    string
	signer permit.Signer
	seed   [ed25519.SeedSize]byte // of the signer
	master keys.Key
	clock  *clock.Fake
	chance *mrand.Rand
	taken  map[moment]bool // minutes that have a real row
}

// measureReading asks for random moments of an archive of one, fourteen and
// thirty days, at the server's edge: from the request to the first picture in
// the answer.
func measureReading(ctx context.Context, s *sheet) error {
	l, err := newLibrary(ctx, "library")
	if err != nil {
		return err
	}
	ages := []int{1, 14, 29}
	asked := map[int][]moment{}
	var all []moment
	for _, days := range ages {
		for range readMoments {
			back := time.Hour + time.Duration(l.chance.Int64N(int64(time.Duration(days)*24*time.Hour-2*time.Hour)))
			m := moment{readCamera(l.chance.IntN(readAsked)), readEnd.Add(-back).Truncate(time.Minute)}
			if !l.taken[m] {
				l.taken[m] = true
				asked[days], all = append(asked[days], m), append(all, m)
			}
		}
	}
	if err := l.record(ctx, all, testcam.School, readSegment); err != nil {
		return err
	}
	done, first := 0, map[int]time.Duration{}
	for _, days := range ages {
		if err := l.index(ctx, done, days); err != nil {
			return err
		}
		done = days
		err := l.served(ctx, func(base string, api *engineapi.Client) (err error) {
			if first[days], err = l.ask(ctx, api, asked[days]); err != nil {
				return err
			}
			s.most(fmt.Sprintf("first picture of a moment, %d cameras × %d days: median", readCameras, days), first[days].Seconds()*1000, 30, "ms")
			if days != 14 {
				return nil
			}
			took, err := l.coverage(ctx, base, days)
			if err != nil {
				return err
			}
			s.most(fmt.Sprintf("coverage of %d cameras × %d days: median", readCameras, days), took.Seconds()*1000, 100, "ms")
			return nil
		})
		if err != nil {
			return err
		}
	}
	s.ratio("first picture, 29 days against one", float64(first[29])/float64(first[1]), 1.3, 1)
	return nil
}

// newLibrary is one with permits for all its cameras and no footage.
func newLibrary(ctx context.Context, name string) (*library, error) {
	l := &library{dir: filepath.Join(*work, name), clock: clock.NewFake(readEnd.Add(-29 * 24 * time.Hour)), chance: mrand.New(mrand.NewPCG(1, 2)), taken: map[moment]bool{}}
	if _, err := rand.Read(l.seed[:]); err != nil {
		return nil, err
	}
	if _, err := rand.Read(l.master[:]); err != nil {
		return nil, err
	}
	var err error
	if l.signer, err = permit.NewSigner(ed25519.NewKeyFromSeed(l.seed[:])); err != nil {
		return nil, err
	}
	return l, l.permits(ctx)
}

// served opens the engine for f.
func (l *library) served(ctx context.Context, f func(base string, api *engineapi.Client) error) error {
	e, err := engine.Open(ctx, l.config())
	if err != nil {
		return err
	}
	defer e.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: e.Handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	base := "http://" + listener.Addr().String()
	return f(base, engineapi.NewClient(base, secret, nil))
}

func (l *library) config() engine.Config {
	return engine.Config{
		ID: engineID, Dir: l.dir, Issuers: []permit.PublicKey{l.signer.Public(time.Unix(0, 0).UTC())}, Secret: secret, Master: l.master,
		Version: "bench", Clock: l.clock, Synced: func() bool { return true },
	}
}

// permits lets all cameras record from the first day on, so that coverage has
// something to hold recordings against.
func (l *library) permits(ctx context.Context) error {
	e, err := engine.Open(ctx, l.config())
	if err != nil {
		return err
	}
	run, cancel := context.WithCancel(ctx)
	ran := make(chan error, 1)
	go func() { ran <- e.Run(run) }()
	defer func() { cancel(); <-ran; _ = e.Close() }()
	send := func(s permit.Statement) error {
		signed, err := permit.Sign(s, l.signer)
		if err == nil {
			_, err = e.Statement(ctx, signed.Encode())
		}
		return err
	}
	var ids []permit.ID
	for i := range readCameras {
		for _, s := range statements(readCamera(i), "10.0.0.1:554", l.clock.Now()) {
			if p, ok := s.(*permit.Permit); ok {
				p.RetentionHours, p.ValidTo = 720, readEnd.AddDate(0, 6, 0)
				ids = append(ids, p.ID)
			}
			if err := send(s); err != nil {
				return err
			}
		}
	}
	for l.clock.Now().Before(readEnd) {
		l.clock.Advance(min(5*24*time.Hour, readEnd.Sub(l.clock.Now())))
		head := permit.Head{V: 1, ID: permit.NewID(), Controller: controller, Engine: engineID, Issued: l.clock.Now(), By: "bench"}
		if err := send(&permit.Lease{Head: head, Permits: ids, Until: l.clock.Now().Add(permit.LongestLease - time.Hour)}); err != nil {
			return err
		}
	}
	return nil
}

// record writes real segments of a scene at the moments, through the archive.
func (l *library) record(ctx context.Context, all []moment, scene string, length time.Duration) error {
	slices.SortFunc(all, func(a, b moment) int { return a.at.Compare(b.at) })
	clip, err := testcam.Open(scene)
	if err != nil {
		return err
	}
	track := media.Track{ID: 1, Codec: clip.Codec, Timescale: 90000, VPS: clip.VPS, SPS: clip.SPS, PPS: clip.PPS, Width: clip.Width, Height: clip.Height, FPS: clip.FPS}
	var pictures [][]byte
	for _, f := range clip.Frames {
		var b []byte
		for _, n := range f.NALs {
			b = append(b, byte(len(n)>>24), byte(len(n)>>16), byte(len(n)>>8), byte(len(n)))
			b = append(b, n...)
		}
		pictures = append(pictures, b)
	}
	clk := clock.NewFake(all[0].at.Add(-time.Minute))
	a, closeAll, err := l.archive(ctx, clk)
	if err != nil {
		return err
	}
	defer closeAll()
	for _, m := range all {
		clk.Advance(max(0, m.at.Sub(clk.Now())))
		r := a.Recorder(m.camera, "main")
		if err := r.Start(archive.Rules{
			Controller: controller, Camera: m.camera, Stream: "main", Permit: permit.NewID(), Case: "bench", Basis: "bench",
			Class: permit.ClassCrime, Retention: permit.LongestRetention,
		}, []media.Track{track}); err != nil {
			return err
		}
		for i := range int(length.Seconds() * clip.FPS) {
			at := m.at.Add(time.Duration(float64(i) / clip.FPS * float64(time.Second)))
			dts := int64(float64(i) * 90000 / clip.FPS)
			f := i % len(pictures)
			if err := r.Write(&media.Sample{Track: 1, DTS: dts, PTS: dts, Arrival: at, Key: clip.Frames[f].Key, Data: pictures[f]}); err != nil {
				return err
			}
		}
		if err := r.Cut("minute"); err != nil {
			return err
		}
	}
	return a.Settle(ctx)
}

// archive opens the engine's archive without the engine.
func (l *library) archive(ctx context.Context, clk clock.Clock) (*archive.Archive, func(), error) {
	d, err := db.Open(ctx, "sqlite:"+filepath.Join(l.dir, "engine.db"))
	if err != nil {
		return nil, nil, err
	}
	seed, err := durable.Secret(filepath.Join(l.dir, "ledger.key"), ed25519.SeedSize)
	if err != nil {
		return nil, nil, err
	}
	log, err := ledger.Open(ctx, d, "engine-"+engineID, ed25519.NewKeyFromSeed(seed), clk)
	if err != nil {
		return nil, nil, err
	}
	slots, err := keys.Open(durable.OS(), filepath.Join(l.dir, "keys"), l.master)
	if err != nil {
		return nil, nil, err
	}
	at := filepath.Join(l.dir, "archive")
	group := durable.NewGroup(durable.OS(), at)
	a, _, err := archive.Open(ctx, archive.Config{Dir: at, FS: durable.OS(), Sync: group, DB: d, Ledger: log, Keys: slots, Clock: clk})
	if err != nil {
		return nil, nil, err
	}
	return a, func() { _ = a.Close(); group.Close(); _ = slots.Close(); _ = d.Close() }, nil
}

// index enters a row for each minute of each camera from one age to another,
// as the archive would have, and its runs with a gap every four hours. The
// engine is closed meanwhile.
func (l *library) index(ctx context.Context, from, to int) error {
	d, err := db.Open(ctx, "sqlite:"+filepath.Join(l.dir, "engine.db"))
	if err != nil {
		return err
	}
	defer d.Close()
	const day = int64(24 * time.Hour / time.Microsecond)
	keep := int64(permit.LongestRetention-permit.RetentionMargin) / 1000
	first := readEnd.UnixMicro() - int64(to)*day
	// Camera by camera, in the order of the index that reading uses.
	for c := range readCameras {
		err := d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `WITH RECURSIVE m(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM m WHERE n < ?)
			INSERT INTO segment (id, camera, stream, controller, permit, case_ref, class, start_us, end_us, due_us, hold_limit_us, hour, size, sha256, pictures, cause, leaf, state, rule)
			SELECT printf('%08x%024x', ?, ? + m.n), ?, 'main', 'bench', 'p', 'bench', 'crime', ? + m.n * 60000000, ? + m.n * 60000000 + 60000000,
				? + m.n * 60000000, 0, (? + m.n * 60000000) / 3600000000, 15000000, zeroblob(32), 900, 'minute', 0, 0, ''
			FROM m WHERE NOT EXISTS (SELECT 1 FROM segment s WHERE s.camera = ? AND s.start_us >= ? + m.n * 60000000 AND s.start_us < ? + m.n * 60000000 + 60000000)`,
				(to-from)*1440-1, c, to*100000, readCamera(c), first, first, first+keep, first, readCamera(c), first, first); err != nil {
				return err
			}
			for at := first; at < readEnd.UnixMicro()-int64(from)*day; at += day / 6 {
				if _, err := tx.Exec(ctx, `INSERT INTO run (camera, stream, start_us, end_us, permit, class, keep_us) VALUES (?, 'main', ?, ?, 'p', 'crime', ?)`,
					readCamera(c), at+17, at+day/6-20e6, keep); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ask is the median time to the first picture of the moments.
func (l *library) ask(ctx context.Context, api *engineapi.Client, moments []moment) (time.Duration, error) {
	t := &permit.Ticket{
		Head:   permit.Head{V: 1, ID: permit.NewID(), Controller: controller, Engine: engineID, Issued: l.clock.Now(), By: "bench"},
		Person: "bench", Purpose: "bench", Case: "bench", From: readEnd.Add(-29 * 24 * time.Hour), To: readEnd, Expires: readEnd.Add(time.Hour), Text: "bench",
	}
	for i := range readAsked {
		t.Cameras = append(t.Cameras, readCamera(i))
	}
	signed, err := permit.Sign(t, l.signer)
	if err != nil {
		return 0, err
	}
	var took []time.Duration
	for _, m := range moments {
		begun := time.Now()
		body, err := api.Fragments(ctx, engineapi.FragmentQuery{Camera: m.camera, From: m.at.Add(3 * time.Second), To: m.at.Add(8 * time.Second)}, engineapi.Pass{Statement: signed.Encode(), Whence: "bench"})
		if err != nil {
			return 0, err
		}
		r := engineapi.NewFrameReader(body)
		for {
			f, err := r.Next()
			if err != nil {
				return 0, fmt.Errorf("%s %v: no picture: %w", m.camera, m.at, err)
			}
			if f.Kind == engineapi.FrameFragment {
				break
			}
		}
		took = append(took, time.Since(begun))
		if _, err := io.Copy(io.Discard, body); err != nil {
			return 0, err
		}
		if err := body.Close(); err != nil {
			return 0, err
		}
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

// coverage is the median time, at the server's edge, of expected against
// recorded for all cameras.
func (l *library) coverage(ctx context.Context, base string, days int) (time.Duration, error) {
	q := url.Values{"from": {readEnd.Add(-time.Duration(days) * 24 * time.Hour).Format(time.RFC3339)}, "to": {readEnd.Format(time.RFC3339)}}
	for i := range readCameras {
		q.Add("camera", readCamera(i))
	}
	var took []time.Duration
	var body []byte
	for range 15 {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/v1/coverage?"+q.Encode(), nil)
		if err != nil {
			return 0, err
		}
		r.Header.Set("Authorization", "Bearer "+secret)
		begun := time.Now()
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, err
		}
		body, err = io.ReadAll(a.Body)
		a.Body.Close()
		if err != nil {
			return 0, err
		}
		took = append(took, time.Since(begun))
	}
	var c []engineapi.Coverage
	if err := json.Unmarshal(body, &c); err != nil {
		return 0, err
	}
	if len(c) != readCameras || c[7].Recorded < int64(days)*23*3600 {
		return 0, fmt.Errorf("coverage of %d cameras, %d s recorded", len(c), c[7].Recorded)
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
