package evidence_test

import (
	"context"
	"io"
	"testing"
	"time"

	"vidne.dk/vidne/internal/envelope"
	"vidne.dk/vidne/internal/evidence"
	"vidne.dk/vidne/internal/evidence/evidencetest"
)

// long is a camera's footage said n times over, each time later.
type long struct {
	*evidencetest.Source
	n int
}

func (l long) Original(ctx context.Context, camera string, from, to time.Time, mp4, samples io.Writer) (d evidence.Delivered, err error) {
	for range l.n {
		if d, err = l.Source.Original(ctx, camera, from, to, mp4, samples); err != nil {
			return d, err
		}
	}
	return d, err
}

// BenchmarkMake is a whole package of two originals; compare its MB/s with
// BenchmarkEnvelope, which is the writer alone on as many bytes at a time.
func BenchmarkMake(b *testing.B) {
	k := evidencetest.New(b)
	b.ReportAllocs()
	var size int64
	for i := 0; b.Loop(); i++ {
		k.Order.ID = "BENCH-" + string(rune('A'+i%26)) + string(rune('A'+i/26%26)) + string(rune('A'+i/676%26))
		m, err := k.Maker.Make(b.Context(), k.Order, long{k.Source, 400})
		if err != nil {
			b.Fatal(err)
		}
		size = m.Size
	}
	b.SetBytes(size)
}

func BenchmarkEnvelope(b *testing.B) {
	pass, err := envelope.NewPassphrase()
	if err != nil {
		b.Fatal(err)
	}
	part := make([]byte, 32<<10)
	b.SetBytes(int64(len(part)))
	w := envelope.New(io.Discard, pass, evidencetest.Start)
	if _, err := w.Add("f", func(w io.Writer) error {
		for b.Loop() {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
}
