package retention_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"time"

	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
)

var (
	sps, _ = hex.DecodeString("67640028acd940780227e5c05a808080a0000003002000000781e30632c0")
	pps, _ = hex.DecodeString("68ebe3cb22c0")
)

func tracks() []media.Track {
	return []media.Track{{ID: 1, Codec: media.H264, Timescale: 90000, SPS: sps, PPS: pps, Width: 1920, Height: 1080}}
}

// settle waits until what was cut is closed and indexed; the disk's retries
// wait on the fake clock, so it moves.
func (w *world) settle() error {
	done := make(chan error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	go func() { done <- w.a.Settle(ctx) }()
	for {
		select {
		case err := <-done:
			return err
		case <-time.After(20 * time.Millisecond):
			w.advance(time.Second)
		}
	}
}

// advance lets time pass.
func (w *world) advance(d time.Duration) { w.fake.Advance(d) }

// record makes one segment of a few pictures and expects it to be kept.
func (w *world) record(camera string, length time.Duration) {
	rules := w.policy[camera]
	// Within one minute, as a segment ends with it. The trusted clock may go a
	// little slower than time does.
	left := func() time.Duration { return w.now().Truncate(time.Minute).Add(time.Minute).Sub(w.now()) }
	for left() < 5*time.Second {
		w.advance(max(left(), 10*time.Millisecond))
	}
	length = min(length, left())
	r := w.a.Recorder(camera, "main")
	s := &seg{camera: camera, rules: rules, real: w.real(), keep: rules.Retention}
	payload := make([]byte, 40+w.rng.IntN(400))
	for i := range payload {
		payload[i] = byte(w.rng.Uint32())
	}
	s.payload = payload
	before := r.Stats().Failures
	given := *rules
	if w.plant.fromEnd {
		given.Retention = min(given.Retention+length, permit.LongestRetention)
	}
	if w.plant.wrongClass {
		given.Class = permit.ClassCrime
	}
	err := r.Start(given, tracks())
	s.start = w.now().Truncate(time.Microsecond)
	const pictures = 4
	s.picture = length / pictures
	for i := range int64(pictures) {
		if err != nil {
			break
		}
		data := binary.BigEndian.AppendUint32(nil, uint32(len(payload)+2))
		data = append(append(data, 0x65, byte(i)), payload...)
		err = r.Write(&media.Sample{Track: 1, DTS: i * 90000 * int64(length/pictures) / int64(time.Second),
			PTS: i * 90000 * int64(length/pictures) / int64(time.Second), Arrival: w.now(), Key: true, Data: data})
		w.advance(length / pictures)
	}
	s.end = w.now()
	err = errors.Join(err, r.Cut("minute"))
	failed := r.Stats().Failures > before
	w.faulty.Heal()
	if e := w.settle(); e != nil || err != nil || failed || w.disk.Crashed() {
		w.say("record %s: %v, failed %v, then %v", camera, err, failed, e)
		return
	}
	if w.away {
		w.later = append(w.later, s)
		return
	}
	w.keep(s)
}

// keep takes a segment into what is expected, by what the archive gives out.
func (w *world) keep(s *seg) {
	camera, payload, rules := s.camera, s.payload, s.rules
	for id, got := range w.readable(camera, s.start, s.start.Add(time.Microsecond)) {
		if bytes.Contains(got, payload) {
			s.id = id
		}
	}
	if s.id == "" {
		w.fail("a segment of %s was acknowledged and cannot be read", camera)
	}
	s.due = s.start.Add(min(s.keep, 30*24*time.Hour-12*time.Hour))
	switch {
	case rules.Class != permit.ClassCrime:
		s.limit = s.start.Add(30*24*time.Hour - 12*time.Hour)
		if rules.LongestHold > 0 && s.start.Add(rules.LongestHold).Before(s.limit) {
			s.limit = s.start.Add(rules.LongestHold)
		}
	case rules.LongestHold > 0:
		s.limit = s.start.Add(rules.LongestHold)
	}
	for _, h := range w.holds { // a hold may reach into what came after it
		if h.surelyCovers(s) && !h.released {
			h.sure[s] = true
		}
	}
	w.segs = append(w.segs, s)
	w.say("recorded %s on %s, %s, due %s, limit %s", s.id[:6], camera, rules.Class, s.due.Format("01-02 15:04"), s.limit.Format("01-02 15:04"))
}

// readable is what the archive gives out of a camera: plaintext by segment.
func (w *world) readable(camera string, from, to time.Time) map[string][]byte {
	ctx := context.Background()
	out := map[string][]byte{}
	r, err := w.a.Reader(ctx, camera, from, to)
	if err != nil {
		w.fail("reader: %v", err)
	}
	defer r.Close()
	for {
		f, err := r.Next(ctx)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				w.fail("read %s: %v", camera, err)
			}
			return out
		}
		out[f.Segment] = append(out[f.Segment], f.Data...)
	}
}

// files lists the segment files on the disk, by segment.
func (w *world) files() map[string]string {
	out := map[string]string{}
	var walk func(dir string)
	walk = func(dir string) {
		entries, err := w.disk.ReadDir(dir)
		if err != nil {
			return
		}
		for _, e := range entries {
			name := filepath.Join(dir, e.Name())
			if e.IsDir() {
				walk(name)
			} else if strings.HasSuffix(name, ".vseg") || strings.HasSuffix(name, ".open") {
				part := strings.Split(strings.TrimSuffix(strings.TrimSuffix(e.Name(), ".vseg"), ".open"), "-")
				out[part[len(part)-1]] = name
			}
		}
	}
	walk("/archive")
	return out
}
