package scene

import (
	"errors"
	"testing"
)

var errEnough = errors.New("enough")

func TestStripIsReadAtEverySize(t *testing.T) {
	for _, size := range [][2]int{{1920, 1080}, {1280, 720}, {640, 360}, {320, 180}} {
		n := 0
		err := Hall(size[0], size[1], 15, 360).Draw(func(pix []byte) error {
			got, ok := Number(pix, size[0], size[1], size[0])
			if !ok || got != n {
				t.Fatalf("%v: picture %d reads as %d, %v", size, n, got, ok)
			}
			if n++; n == 5 {
				return errEnough
			}
			return nil
		})
		if !errors.Is(err, errEnough) {
			t.Fatal(err)
		}
	}
	if _, ok := Number(make([]byte, 640*360), 640, 360, 640); ok {
		t.Error("a black picture has a number")
	}
}
