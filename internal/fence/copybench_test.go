package fence

import (
	"bytes"
	"io"
	"syscall"
	"testing"
	"time"

	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/testcam"
)

// BenchmarkCopy says how many times real time a copy to look at is made.
func BenchmarkCopy(b *testing.B) {
	for _, scene := range []string{testcam.School, testcam.Parking} {
		b.Run(scene, func(b *testing.B) {
			clip, err := testcam.Open(scene)
			if err != nil {
				b.Fatal(err)
			}
			tracks := []media.Track{{ID: 1, Codec: clip.Codec, Timescale: 90000, VPS: clip.VPS, SPS: clip.SPS, PPS: clip.PPS, Width: clip.Width, Height: clip.Height, FPS: clip.FPS}}
			film, err := media.Init(tracks)
			if err != nil {
				b.Fatal(err)
			}
			var frag media.Fragmenter
			frag.Begin(tracks)
			for i, f := range clip.Frames {
				if f.Key && i > 0 {
					film = frag.AppendTo(film, uint32(i))
					frag.Reset()
				}
				var data []byte
				for _, n := range f.NALs {
					data = append(append(data, byte(len(n)>>24), byte(len(n)>>16), byte(len(n)>>8), byte(len(n))), n...)
				}
				if err := frag.Add(&media.Sample{Track: 1, DTS: int64(float64(i) * 90000 / clip.FPS), PTS: int64(float64(i) * 90000 / clip.FPS), Key: f.Key, Data: data}); err != nil {
					b.Fatal(err)
				}
			}
			film = frag.AppendTo(film, uint32(len(clip.Frames)))
			f := New("", quiet)
			begin := time.Date(2026, 11, 3, 13, 0, 0, 0, time.UTC)
			length := time.Duration(float64(len(clip.Frames)) / clip.FPS * float64(time.Second))
			cpu := children(b)
			for b.Loop() {
				var out counted
				if _, err := f.Copy(b.Context(), io.NopCloser(bytes.NewReader(film)), &out, CopyOptions{Camera: say("Kamera"), Begin: begin, End: begin.Add(length), Zone: time.UTC}); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(out)/1e6/length.Minutes(), "MB/min")
			}
			b.ReportMetric(length.Seconds()*float64(b.N)/b.Elapsed().Seconds(), "x")
			b.ReportMetric((children(b)-cpu).Seconds()/length.Seconds()/float64(b.N), "cpu-s/s")
		})
	}
}

// children is the processor time of every ffmpeg so far.
func children(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

type counted int

func (c *counted) Write(b []byte) (int, error) {
	*c += counted(len(b))
	return len(b), nil
}
