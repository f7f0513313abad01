package fence

import (
	"bytes"
	"errors"
	"image"
	"io"
	"testing"
)

// strip makes pictures of a clip whose brightness tells its number.
func strip(t *testing.T, f *Fence, in []byte, o StripOptions) (out []image.Image, err error) {
	t.Helper()
	err = f.Strip(t.Context(), io.NopCloser(bytes.NewReader(in)), o, func(b []byte) error {
		out = append(out, picture(t, b))
		return nil
	})
	return out, err
}

func TestPicturesFollowEachOther(t *testing.T) {
	f := working(t)
	// Picture n has the brightness 3 n + 20.
	in := clip(t, "color=black:s=640x360:r=15,geq=lum='20+3*N':cb=128:cr=128", "-t", "4", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-g", "15", "-bf", "2")
	all, err := strip(t, f, in, StripOptions{Count: 1000})
	if err != nil || len(all) != 60 {
		t.Fatalf("%d pictures, %v", len(all), err)
	}
	some, err := strip(t, f, in, StripOptions{First: 17, Count: 5, MaxWidth: 320,
		Mask: NewMask([][]Point{{{0, 0}, {5000, 0}, {5000, 10000}, {0, 10000}}})})
	if err != nil || len(some) != 5 {
		t.Fatalf("%d pictures, %v", len(some), err)
	}
	for i, p := range some {
		if p.Bounds().Size() != image.Pt(320, 180) {
			t.Errorf("size %v", p.Bounds().Size())
		}
		want := luma(all[17+i], 500, 180)
		if got := luma(p, 250, 90); got < want-1 || got > want+1 {
			t.Errorf("picture %d is %d bright, not %d", i, got, want)
		}
		if luma(p, 60, 90) > 20 {
			t.Errorf("picture %d is not masked", i)
		}
	}
	if none, err := strip(t, f, in, StripOptions{First: 60, Count: 5}); err != nil || len(none) != 0 {
		t.Errorf("beyond the end: %d, %v", len(none), err)
	}
	enough := errors.New("enough")
	if err := f.Strip(t.Context(), io.NopCloser(bytes.NewReader(in)), StripOptions{Count: 60}, func([]byte) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("a taker that has enough: %v", err)
	}
	if _, err := strip(t, f, []byte("not a film"), StripOptions{Count: 5}); err == nil {
		t.Error("no film gave no error")
	}
}
