package export

import (
	"context"
	"crypto/sha256"
	"io"
	"testing"

	"vidne.dk/vidne/internal/testcam"
)

// BenchmarkWithList is an original with its list; hold its MB/s against
// BenchmarkHash, the least that the list costs.
func BenchmarkWithList(b *testing.B) {
	pieces, _ := footage(b, testcam.School, 12, 12, nil)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n = 0
		for _, p := range pieces {
			n += len(p.Data)
		}
		if _, err := WithList(context.Background(), io.Discard, io.Discard, About{}, &source{pieces, io.EOF}); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(n))
}

func BenchmarkHash(b *testing.B) {
	part := make([]byte, 256<<10)
	b.SetBytes(int64(len(part)))
	for b.Loop() {
		sha256.Sum256(part)
	}
}
