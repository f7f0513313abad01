package archive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/media"
)

// cpu is what this process has used, all threads.
func cpu(b testing.TB) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkRecord is a second of each of 32 cameras of 2 Mbit/s: gathering,
// sealing, hashing, writing, syncing, closing and indexing.
func BenchmarkRecord(b *testing.B) {
	k := sqlite(b)
	const cameras, fps = 32, 15
	frame := make([]byte, 2_050_000/8/fps)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(frame)
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	var recorders []*Recorder
	for i := range cameras {
		rules := rulesFor(fmt.Sprintf("cam-%d", i), day)
		rec := k.a.Recorder(rules.Camera, "main")
		if err := rec.Start(rules, []media.Track{pictures(b)}); err != nil {
			b.Fatal(err)
		}
		recorders = append(recorders, rec)
	}
	n := int64(0)
	b.ReportAllocs()
	b.ResetTimer()
	used := cpu(b)
	for b.Loop() {
		for range fps {
			s := media.Sample{Track: 1, DTS: n * 6000, PTS: n * 6000, Arrival: k.clk.Now(), Key: n%30 == 0, Data: frame}
			for _, rec := range recorders {
				if err := rec.Write(&s); err != nil {
					b.Fatal(err)
				}
			}
			n++
			k.clk.Advance(time.Second / fps)
		}
	}
	k.settle()
	b.ReportMetric(float64(cpu(b)-used)/float64(time.Second)/float64(b.N)/cameras*3600, "cpu-s/camera-hour")
}

// BenchmarkFirstPicture is the first fragment of a random moment.
func BenchmarkFirstPicture(b *testing.B) {
	k := sqlite(b)
	c := k.cam(rulesFor("cam-1", 14*day))
	c.size, c.keep = 100_000, false
	c.record(30 * time.Minute)
	c.cut()
	k.settle()
	var took []time.Duration
	for b.Loop() {
		at := start.Add(time.Duration(rand.Int64N(int64(29 * time.Minute))))
		begun := time.Now()
		r, err := k.a.Reader(b.Context(), "cam-1", at, at.Add(time.Minute))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.Next(b.Context()); err != nil && !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
		took = append(took, time.Since(begun))
		_ = r.Close()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "median-µs")
}

// BenchmarkRuns is what a fortnight of 100 cameras holds, with a gap every four
// hours.
func BenchmarkRuns(b *testing.B) {
	k := sqlite(b)
	const four = 4 * time.Hour
	var cameras []string
	if err := k.d.Write(b.Context(), func(tx *db.Tx) error {
		for i := range 100 {
			cameras = append(cameras, fmt.Sprintf("cam%03d", i))
			for at := time.Duration(0); at < 14*day; at += four {
				if err := putRun(b.Context(), tx, span{cameras[i], "main", "p", "crime", start.Add(at).UnixMicro(), start.Add(at + four - time.Minute).UnixMicro(), (29 * day).Microseconds()}); err != nil {
					return err
				}
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	k.clk.Advance(14 * day)
	b.ReportAllocs()
	for b.Loop() {
		runs, err := k.a.Runs(b.Context(), cameras, start, start.Add(14*day))
		if err != nil || len(runs) != 8400 {
			b.Fatal(len(runs), err)
		}
	}
}
