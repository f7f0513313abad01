package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"vidne.dk/vidne/internal/anonymise"
	"vidne.dk/vidne/internal/fence"
)

var (
	people   = flag.String("people", os.Getenv("VIDNE_BENCH_PEOPLE"), "folder with the labels of the people in the clip (S2L1-gt.xml, far.csv)")
	thorough = flag.Bool("thorough", false, "anonymise with both detectors")
	night    = flag.Bool("night", false, "anonymise the same people at night: dark, grey, with noise; told, not held against goals")
)

const (
	// peopleClip is of Debian's opencv-doc: a square with people walking.
	peopleClip = "/usr/share/doc/opencv-doc/examples/data/vtest.avi"
	// nightLook makes a day's picture one of a dark square: no colour, a fifth of
	// the light, and the noise of a sensor that amplifies what is left.
	nightLook  = ",hue=s=0,curves=all='0/0.01 0.5/0.10 1/0.30',noise=alls=14:allf=t"
	clipWidth  = 768
	clipHeight = 576
	fullWidth  = 1920
	fullHeight = 1080
)

// memory keeps a job's parts.
type memory struct{ parts map[string][]byte }

func (m memory) Load(_ context.Context, name string) ([]byte, error) { return m.parts[name], nil }
func (m memory) Save(_ context.Context, name string, b []byte) error {
	m.parts[name] = b
	return nil
}

// pieces are footage in memory.
type pieces struct {
	fmp4  [][]byte
	start []int64
}

func (p pieces) Pieces() int { return len(p.fmp4) }
func (p pieces) Open(_ context.Context, n int) (io.ReadCloser, int64, error) {
	return io.NopCloser(bytes.NewReader(p.fmp4[n])), p.start[n], nil
}

// measureAnonymising makes an anonymised copy of people in a square, at 1080p
// and 15 pictures a second, and measures how long it takes, how much memory,
// and who can be seen in the delivered file, decoded again.
func measureAnonymising(ctx context.Context, s *sheet) error {
	program := filepath.Join("bin", "vidne-anonymise")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/vidne-anonymise").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	a := fence.New("", slog.New(slog.DiscardHandler)).Anonymiser(program, filepath.Join(".cache", "anonymise"))
	if lacks := a.Lacks(); len(lacks) > 0 {
		return fmt.Errorf("not here: %s (scripts/setup test)", strings.Join(lacks, ", "))
	}
	src, err := square(ctx)
	if err != nil {
		return err
	}
	kept := memory{map[string][]byte{}}
	stop := watchMemory()
	began := time.Now()
	found, err := a.Find(ctx, src, kept, fence.FindOptions{Thorough: *thorough})
	if err != nil {
		return err
	}
	foundAt := time.Now()
	p := &anonymise.Project{Findings: found}
	if err := a.Cover(ctx, src, kept, p, nil); err != nil {
		return err
	}
	var file bytes.Buffer
	if err := a.Copy(ctx, kept, p, &file); err != nil {
		return err
	}
	coveredAt := time.Now()
	report, err := a.Check(ctx, io.NopCloser(bytes.NewReader(file.Bytes())), p, nil)
	if err != nil {
		return err
	}
	ended := time.Now()
	most := stop()
	long := found.Second(found.Frames()-1) + 1/found.Rate
	s.least("anonymising, times real time, found, covered and checked", long/ended.Sub(began).Seconds(), 0.8, "x")
	s.note("of which finding, covering, checking", "%.0f, %.0f, %.0f s of %.0f", foundAt.Sub(began).Seconds(), coveredAt.Sub(foundAt).Seconds(), ended.Sub(coveredAt).Seconds(), long)
	s.most("memory of all its programs at once", float64(most)/(1<<20), 600, "MB")
	s.note("people found, shown, somebody left to look at", "%d fragments, %.1f %%, %d", len(found.Fragments), 100*report.Shown, len(report.Seen))
	if !report.Sound() {
		return fmt.Errorf("the check: %+v", report)
	}
	return recall(ctx, s, file.Bytes())
}

// square makes two pieces of the clip.
func square(ctx context.Context) (pieces, error) {
	if _, err := os.Stat(peopleClip); err != nil {
		return pieces{}, errors.New("not here: " + peopleClip + " (Debian package opencv-doc)")
	}
	var p pieces
	look := ""
	if *night {
		look = nightLook
	}
	for n, part := range []string{"trim=end_frame=400", "trim=start_frame=400"} {
		film, err := exec.CommandContext(ctx, "ffmpeg", "-v", "error", "-nostdin", "-i", peopleClip,
			"-vf", part+",setpts=N/15/TB,scale="+strconv.Itoa(fullWidth)+":"+strconv.Itoa(fullHeight)+look+",format=yuv420p", "-r", "15",
			"-c:v", "libx264", "-preset", "veryfast", "-b:v", "4M", "-bf", "0", "-g", "30", "-video_track_timescale", "90000",
			"-movflags", "+empty_moov+default_base_moof+frag_keyframe", "-f", "mp4", "pipe:1").Output()
		if err != nil {
			return p, err
		}
		p.fmp4, p.start = append(p.fmp4, film), append(p.start, int64(n)*400*6000)
	}
	return p, nil
}

// watchMemory watches how much memory the programs that this one started hold.
func watchMemory() (stop func() int) {
	end := make(chan struct{})
	var done sync.WaitGroup
	most := 0
	done.Go(func() {
		for {
			select {
			case <-end:
				return
			case <-time.After(50 * time.Millisecond):
			}
			sum := 0
			tasks, _ := filepath.Glob("/proc/self/task/*/children")
			for _, t := range tasks {
				b, _ := os.ReadFile(t)
				for _, pid := range strings.Fields(string(b)) {
					m, _ := os.ReadFile("/proc/" + pid + "/statm")
					if f := strings.Fields(string(m)); len(f) > 1 {
						n, _ := strconv.Atoi(f[1])
						sum += n * os.Getpagesize()
					}
				}
			}
			most = max(most, sum)
		}
	})
	return func() int {
		close(end)
		done.Wait()
		return most
	}
}

// labelled is a person in a picture of the clip, in its pixels.
type labelled struct {
	frame      int
	x, y, w, h float64
	far        bool
}

func labels() ([]labelled, error) {
	b, err := os.ReadFile(filepath.Join(*people, "S2L1-gt.xml"))
	if err != nil {
		return nil, err
	}
	var doc struct {
		Frames []struct {
			Number  int `xml:"number,attr"`
			Objects []struct {
				Box struct {
					H float64 `xml:"h,attr"`
					W float64 `xml:"w,attr"`
					X float64 `xml:"xc,attr"`
					Y float64 `xml:"yc,attr"`
				} `xml:"box"`
			} `xml:"objectlist>object"`
		} `xml:"frame"`
	}
	if err := xml.Unmarshal(b, &doc); err != nil {
		return nil, err
	}
	var all []labelled
	for _, f := range doc.Frames {
		for _, o := range f.Objects {
			all = append(all, labelled{f.Number, o.Box.X - o.Box.W/2, o.Box.Y - o.Box.H/2, o.Box.W, o.Box.H, false})
		}
	}
	far, err := os.ReadFile(filepath.Join(*people, "far.csv"))
	for line := range strings.Lines(string(far)) {
		l := labelled{far: true}
		var id int
		if _, err := fmt.Sscanf(line, "%d,%d,%f,%f,%f,%f", &l.frame, &id, &l.x, &l.y, &l.w, &l.h); err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, err
}

// left reports whether a label says nothing of the head: cut by the edge of
// the picture, or behind the sign in the middle of the square.
func (l labelled) left() bool {
	if l.x < 2 || l.x+l.w > clipWidth-2 {
		return true
	}
	w := min(l.x+.8*l.w, 448) - max(l.x+.2*l.w, 410)
	h := min(l.y+.22*l.h, 246) - max(l.y, 198)
	return w > 0 && h > 0 && w*h > .2*.6*l.w*.22*l.h
}

// recall holds the delivered file against the labels.
func recall(ctx context.Context, s *sheet, file []byte) error {
	if *people == "" {
		s.note("heads covered", "not measured: -people names no labels")
		return nil
	}
	all, err := labels()
	if err != nil {
		return err
	}
	by := map[int][]labelled{}
	for _, l := range all {
		by[l.frame] = append(by[l.frame], l)
	}
	cmd := exec.CommandContext(ctx, "ffmpeg", "-v", "error", "-nostdin", "-f", "mp4", "-i", "pipe:0", "-vsync", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1")
	cmd.Stdin = bytes.NewReader(file)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	pix := make([]byte, fullWidth*fullHeight*3/2)
	var heads, covered, half, far, farCovered, frames int
	var away, filled float64
	for ; ; frames++ {
		if _, err := io.ReadFull(out, pix); err != nil {
			break
		}
		c := newCanvas(pix)
		for _, l := range by[frames] {
			if l.left() && !l.far {
				continue
			}
			head, body := c.share(l.x+.2*l.w, l.y, .6*l.w, .22*l.h), c.share(l.x, l.y, l.w, l.h)
			switch {
			case l.far && body >= .9:
				farCovered++
				far++
			case l.far:
				far++
			default:
				heads++
				if head >= .9 {
					covered++
				} else {
					fmt.Fprintf(os.Stderr, "picture %d: head %.0f %%, body %.0f %% at %.0f,%.0f %.0f x %.0f\n", frames, 100*head, 100*body, l.x, l.y, l.w, l.h)
				}
				if body < .5 {
					half++
				}
			}
		}
		f, a := c.away(by[frames])
		filled, away = filled+f, away+a
	}
	if err := cmd.Wait(); err != nil {
		return err
	}
	s.free = *night
	s.least("labelled heads covered to 90 %, delivered and decoded", 100*float64(covered)/float64(max(1, heads)), 99.5, "% of "+strconv.Itoa(heads))
	s.most("people covered less than half", float64(half), 0, "")
	s.least("the distant person covered", float64(farCovered), float64(far), "of "+strconv.Itoa(far))
	s.most("of the picture covered away from people", 100*away/float64(frames), 8, "%")
	s.note("of the picture covered", "%.1f %% of %d pictures", 100*filled/float64(frames), frames)
	return nil
}

// canvas is a decoded picture: which of its cells are filled, and where people
// are.
type canvas struct {
	grid   anonymise.Grid
	filled []bool
	person []bool
}

// newCanvas takes a cell for filled when nine pixels in ten of it are: grey
// ground has single ones that are like the fill, and borders are smoothed.
func newCanvas(pix []byte) canvas {
	const n = fullWidth * fullHeight
	g := anonymise.NewGrid(fullWidth, fullHeight)
	c := canvas{g, make([]bool, g.W*g.H), make([]bool, n)}
	near := func(v byte, want int) bool { return int(v)-want <= 12 && want-int(v) <= 12 }
	for cy := range g.H {
		for cx := range g.W {
			all, on := 0, 0
			for y := cy * g.Cell; y < min(fullHeight, (cy+1)*g.Cell); y++ {
				for x := cx * g.Cell; x < min(fullWidth, (cx+1)*g.Cell); x++ {
					k := y/2*(fullWidth/2) + x/2
					all++
					if near(pix[y*fullWidth+x], anonymise.FillY) && near(pix[n+k], anonymise.FillC) && near(pix[n+n/4+k], anonymise.FillC) {
						on++
					}
				}
			}
			c.filled[cy*g.W+cx] = on*10 >= all*9
		}
	}
	return c
}

func (c canvas) fill(x, y int) bool { return c.filled[y/c.grid.Cell*c.grid.W+x/c.grid.Cell] }

// share is how much of a part of the clip's picture is filled.
func (c canvas) share(x, y, w, h float64) float64 {
	all, on := 0, 0
	each(x, y, w, h, func(px, py int) {
		all++
		if c.fill(px, py) {
			on++
		}
	})
	if all == 0 {
		return 1
	}
	return float64(on) / float64(all)
}

// each calls f with the pixels of a part of the clip's picture.
func each(x, y, w, h float64, f func(x, y int)) {
	const sx, sy = float64(fullWidth) / clipWidth, float64(fullHeight) / clipHeight
	for py := max(0, int(y*sy)); py < min(fullHeight, int((y+h)*sy)); py++ {
		for px := max(0, int(x*sx)); px < min(fullWidth, int((x+w)*sx)); px++ {
			f(px, py)
		}
	}
}

// away is which share of the picture is filled, and filled away from people.
func (c canvas) away(here []labelled) (filled, away float64) {
	for _, l := range here {
		each(l.x-.25*l.w, l.y-.15*l.h, 1.5*l.w, 1.3*l.h, func(x, y int) { c.person[y*fullWidth+x] = true })
	}
	all := 0
	for y := 0; y < fullHeight; y += 3 {
		for x := 0; x < fullWidth; x += 3 {
			all++
			if c.fill(x, y) {
				filled++
				if !c.person[y*fullWidth+x] {
					away++
				}
			}
		}
	}
	return filled / float64(all), away / float64(all)
}
