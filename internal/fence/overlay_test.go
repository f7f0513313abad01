package fence

import (
	"bytes"
	"fmt"
	"image"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/req"
)

func say(text string) Overlay {
	return Overlay{Say: func() string { return text }, Clock: clock.NewFake(time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC))}
}

// differs counts the points that two pictures show otherwise, in the lower
// part, where the name is drawn, and in the rest.
func differs(a, b image.Image) (below, above int) {
	size := a.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			if d := luma(a, x, y) - luma(b, x, y); d > 40 || d < -40 {
				if y > size.Y*8/10 {
					below++
				} else {
					above++
				}
			}
		}
	}
	return below, above
}

func TestTheNameIsBurnedIntoThePicture(t *testing.T) {
	req.Shows(t, "VIEW-2")
	f := working(t)
	in := h264(t, "color=c=gray:s=640x360:r=15", 1)
	shot := func(o Overlay) image.Image {
		t.Helper()
		b, err := f.JPEG(t.Context(), in, JPEGOptions{Overlay: o})
		if err != nil {
			t.Fatal(err)
		}
		return picture(t, b)
	}
	bare := shot(Overlay{})
	named := shot(say("Jonas Lund 22.11.2026 kl. 14.02.13"))
	below, above := differs(bare, named)
	if below < 1000 || above > 0 {
		t.Errorf("%d points below and %d above differ", below, above)
	}
	if other, _ := differs(named, shot(say("Karen Holm 22.11.2026 kl. 14.02.13"))); other < 100 {
		t.Errorf("another name differs by %d points", other)
	}
	// Nothing that a name holds is more than letters.
	for _, odd := range []string{"%{pict_type} %{n} %%", "a':x=0:y=0,drawbox=t=fill", "line\nline\r\x00\x1b[2J", "\\", strings.Repeat("Æ", 500), "\xff\xfe", ""} {
		if got, up := differs(bare, shot(say(odd))); up > 0 {
			t.Errorf("%q: %d below, %d above", odd, got, up)
		}
	}
}

func TestTheLineIsAlwaysAsLong(t *testing.T) {
	for _, s := range []string{"", "Jonas", strings.Repeat("æ", 79) + "a", strings.Repeat("æ", 80) + "a", strings.Repeat("x", 161) + "æ"} {
		if got := overlayLine(s); len(got) != overlayBytes || strings.ContainsRune(got, '�') {
			t.Errorf("%q is %d bytes", got, len(got))
		}
	}
}

// heard tells when the first picture came out.
type heard struct {
	bytes.Buffer
	begun chan struct{}
	once  sync.Once
}

func (h *heard) Write(b []byte) (int, error) {
	n, err := h.Buffer.Write(b)
	if bytes.Contains(h.Bytes(), []byte("mdat")) {
		h.once.Do(func() { close(h.begun) })
	}
	return n, err
}

// The clock in the picture goes on while it plays.
func TestTheBurnedClockGoesOn(t *testing.T) {
	f := working(t)
	clk := clock.NewFake(time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC))
	var asked atomic.Int64
	o := Overlay{Clock: clk, Say: func() string { asked.Add(1); return "Jonas Lund " + clk.Now().Format("15.04.05") }}
	whole := h264(t, "color=c=gray:s=640x360:r=15", 20)
	half := bytes.Index(whole[len(whole)/2:], []byte("moof")) + len(whole)/2 - 4
	in, feed := io.Pipe()
	out := heard{begun: make(chan struct{})}
	fed := make(chan error, 1)
	go func() {
		if _, err := feed.Write(whole[:half]); err != nil {
			fed <- err
			return
		}
		select {
		case <-out.begun: // pictures with the first text are made
		case <-t.Context().Done():
		}
		for asked.Load() < 2 {
			if err := clk.Waiters(t.Context(), 1); err != nil {
				fed <- err
				return
			}
			clk.Advance(33 * time.Second)
		}
		_, err := feed.Write(whole[half:])
		feed.Close()
		fed <- err
	}()
	if err := f.Transcode(t.Context(), in, &out, TranscodeOptions{Overlay: o}); err != nil {
		t.Fatal(err)
	}
	if err := <-fed; err != nil {
		t.Fatal(err)
	}
	var shots []image.Image
	for _, n := range []int{0, 299} {
		b, err := f.JPEG(t.Context(), out.Bytes(), JPEGOptions{Frame: n})
		if err != nil {
			t.Fatal(fmt.Errorf("picture %d: %w", n, err))
		}
		shots = append(shots, picture(t, b))
	}
	if below, above := differs(shots[0], shots[1]); below < 20 || above > 0 {
		t.Errorf("between the first picture and the last %d points below and %d above differ", below, above)
	}
}
