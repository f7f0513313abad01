package fence

import (
	"os/exec"
	"syscall"
	"testing"

	"vidne.dk/vidne/internal/req"
)

// keyFrames is a film of key frames alone, noisy as a camera's.
func keyFrames(t testing.TB, size, n string) []byte {
	t.Helper()
	b, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s="+size+":r=1,noise=alls=12:allf=t", "-frames:v", n, "-c:v", "libx264", "-preset", "veryfast", "-b:v", "1M", "-g", "1",
		"-pix_fmt", "yuv420p", "-movflags", "+empty_moov+default_base_moof+frag_keyframe", "-f", "mp4", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSmallPicturesAreBlackUnderTheMask(t *testing.T) {
	req.Shows(t, "VIEW-4")
	f := working(t)
	mask := NewMask([][]Point{{{0, 0}, {5000, 0}, {5000, 10000}, {0, 10000}}})
	for _, size := range []string{"640x360", "704x576", "162x92", "1920x1080"} {
		all, err := f.Small(t.Context(), keyFrames(t, size, "4"), 4, mask)
		if err != nil {
			t.Fatalf("%s: %v", size, err)
		}
		for _, p := range all {
			bright := 0
			for i, v := range p {
				if i%SmallWidth < SmallWidth/2 {
					bright = max(bright, int(v))
				}
			}
			if bright > 20 || p[len(p)/2+SmallWidth*3/4] < 20 {
				t.Fatalf("%s: %d under the mask", size, bright)
			}
		}
	}
	if _, err := f.Small(t.Context(), []byte("no film"), 4, mask); err == nil {
		t.Error("pictures of no film")
	}
}

// BenchmarkSmall says what motion marks cost: CPU of an hour of one camera in
// 1080p with a key frame every two seconds.
func BenchmarkSmall(b *testing.B) {
	in := keyFrames(b, "1920x1080", "60")
	f := New("", quiet)
	spent := func() float64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
			b.Fatal(err)
		}
		return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
	}
	before, n := spent(), 0
	for b.Loop() {
		if _, err := f.Small(b.Context(), in, 60, Mask{}); err != nil {
			b.Fatal(err)
		}
		n += 60
	}
	b.ReportMetric((spent()-before)/float64(n)*1800, "cpu-s/camera-hour")
}
