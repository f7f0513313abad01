package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/testcam"
)

// clips of the farm: what a camera sends.
const (
	clip2M   = "2M"   // H.264 1080p, 15 pictures a second
	clip8M   = "8M"   // H.264 2160p
	clipHalf = "half" // H.264 360p

	fps = 15 // of all clips
)

// sizes and rates of the clips that are encoded for this bench: from the school
// scene, with the noise of a sensor, so that the encoder has use for its bits.
var encoded = map[string]struct{ size, rate string }{
	clip2M: {"1920:1080", "2M"},
	clip8M: {"3840:2160", "8M"},
}

// openClip loads a clip, encoding it once if need be.
func openClip(name string) (*testcam.Clip, error) {
	if name == clipHalf {
		return testcam.Open(testcam.Small)
	}
	e := encoded[name]
	dir, err := testcam.Dir()
	if err != nil {
		return nil, err
	}
	if _, err := testcam.Open(testcam.School); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "bench-"+name+".h264")
	if _, err := os.Stat(file); err != nil {
		from, err := filepath.Glob(filepath.Join(dir, testcam.School+"-*.h264"))
		if err != nil || len(from) == 0 {
			return nil, fmt.Errorf("no school scene in %s", dir)
		}
		slices.Sort(from)
		tmp := file + ".tmp"
		b, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-y", "-r", fmt.Sprint(fps), "-i", from[len(from)-1], "-t", "10",
			"-vf", "scale="+e.size+",noise=alls=6:allf=t", "-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "main", "-bf", "0", "-g", "30",
			"-b:v", e.rate, "-maxrate", e.rate, "-bufsize", e.rate, "-f", "h264", tmp).CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("ffmpeg: %w: %s", err, b)
		}
		if err := os.Rename(tmp, file); err != nil {
			return nil, err
		}
	}
	return testcam.Load(file, fps, "")
}

// load is the farm as a process: it prints its address and answers "stats".
func load(name string) error {
	c, err := openClip(name)
	if err != nil {
		return err
	}
	f := newFarm(c)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go f.listen(l)
	if _, err := fmt.Println(l.Addr()); err != nil {
		return err
	}
	return answers(func(string) string {
		b, _ := json.Marshal(sent{f.sent.Load(), f.bytes.Load(), f.late.Load(), f.sessions.Load()}) // plain numbers always marshal
		return string(b)
	})
}

// sent is what the farm has done so far.
type sent struct {
	Pictures int64 `json:"pictures"`
	Bytes    int64 `json:"bytes"`
	Late     int64 `json:"late"`
	Sessions int64 `json:"sessions"`
}

// rate is what one camera sends, in Mbit/s of elementary stream. A
// picture stands for a fifteenth of a second.
func (s sent) rate() float64 {
	if s.Pictures == 0 {
		return 0
	}
	return float64(s.Bytes) / float64(s.Pictures) * fps * 8 / 1e6
}

// result of one recorder over one window.
type result struct {
	perHour  float64 // CPU seconds a camera-hour
	memory   int64   // proportional bytes at the end
	resident int64
	load     sent
	rec      recorded
	lost     int64
	overhead float64
}

// measureRecording holds N cameras of one clip against ffmpeg.
func measureRecording(ctx context.Context, s *sheet) error {
	for _, c := range []struct {
		n         int
		clip      string
		what      string
		most, aim float64
	}{
		{32, clip2M, "32 cameras of 2 Mbit/s", 0.5, 0.45},
		{128, clip2M, "128 cameras of 2 Mbit/s", 0.4, 0.35},
		{32, clip8M, "32 cameras of 8 Mbit/s", 0.35, 0.32},
	} {
		if !strings.HasPrefix(c.what, *scene) {
			continue
		}
		var ours, theirs []result
		for range *rounds {
			a, err := run(ctx, c.n, c.clip, true, c.clip == clip2M && c.n == 32)
			if err != nil {
				return err
			}
			b, err := run(ctx, c.n, c.clip, false, false)
			if err != nil {
				return err
			}
			ours, theirs = append(ours, a), append(theirs, b)
		}
		a, b := median(ours), median(theirs)
		s.ratio(c.what+": CPU against ffmpeg -c copy", a.perHour/b.perHour, c.most, c.aim)
		s.note("   CPU seconds a camera-hour, ours / ffmpeg", "%.2f / %.2f", a.perHour, b.perHour)
		s.note("   Mbit/s a camera really sends", "%.2f", a.load.rate())
		s.note("   memory, ours / ffmpeg (proportional)", "%d MB / %d MB", a.memory>>20, b.memory>>20)
		if c.clip == clip2M {
			s.most("   memory", float64(a.memory)/1e6, float64(2*c.n+60), "MB")
		}
		if a.overhead != 0 {
			s.most("   bytes on disk above the elementary stream", a.overhead*100, 0.5, "%")
		}
		s.most("   pictures lost", float64(a.lost), 0, "")
		s.note("   load generator's late pictures, ours / ffmpeg", "%d / %d", a.load.Late, b.load.Late)
	}
	return nil
}

// measureMany sees whether 400 small cameras fit beside their generator.
func measureMany(ctx context.Context, s *sheet) error {
	r, err := run(ctx, 400, clipHalf, true, false)
	if err != nil {
		return err
	}
	s.most("400 cameras of 0.5 Mbit/s: pictures lost", float64(r.lost), 0, "")
	s.note("   CPU seconds a camera-hour", "%.2f (%.2f of a core in all)", r.perHour, r.perHour*400/3600)
	s.note("   memory", "%d MB", r.memory>>20)
	s.note("   load generator's late pictures", "%d of %d", r.load.Late, r.load.Pictures)
	return nil
}

func median(rs []result) result {
	slices.SortFunc(rs, func(a, b result) int { return int((a.perHour - b.perHour) * 1e6) })
	return rs[len(rs)/2]
}

// run measures one recorder. Warm-up lasts until all cameras record.
func run(ctx context.Context, n int, clip string, ours, weigh bool) (r result, err error) {
	dir, err := os.MkdirTemp(*work, "run-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	farm, err := startRole(ctx, "load", clip)
	if err != nil {
		return r, err
	}
	defer farm.stop()
	addr, err := farm.line()
	if err != nil {
		return r, fmt.Errorf("load generator: %w", err)
	}
	var pids []int
	var recorder *role
	if ours {
		if recorder, err = startRole(ctx, "record", dir, addr, fmt.Sprint(n)); err != nil {
			return r, err
		}
		defer recorder.stop()
		if s, err := recorder.line(); err != nil || s != "ready" {
			return r, fmt.Errorf("recorder: %q, %w", s, err)
		}
		pids = []int{recorder.pid()}
	} else {
		p, err := startPeers(ctx, n, addr, dir)
		if err != nil {
			return r, err
		}
		defer p.stop()
		pids = p.pids()
	}
	if err := allPlaying(ctx, farm, n); err != nil {
		return r, err
	}
	time.Sleep(6 * time.Second)
	before, err := usageOf(pids)
	if err != nil {
		return r, err
	}
	select {
	case <-time.After(*window):
	case <-ctx.Done():
		return r, ctx.Err()
	}
	after, err := usageOf(pids)
	if err != nil {
		return r, err
	}
	hours := after.wall.Sub(before.wall).Hours() * float64(n)
	r.perHour = (after.cpu - before.cpu).Seconds() / hours
	r.memory, r.resident = after.pss, after.rss
	if r.load, err = askJSON[sent](farm); err != nil {
		return r, err
	}
	if ours {
		err = r.compare(farm, recorder, n)
	}
	if ours && err == nil && weigh {
		err = r.weigh(recorder)
	}
	return r, err
}

// weigh ends the recording and holds its size against the elementary stream in
// it.
func (r *result) weigh(recorder *role) error {
	s, err := recorder.ask("weigh")
	if err != nil {
		return err
	}
	var w weighed
	if err := json.Unmarshal([]byte(s), &w); err != nil {
		return err
	}
	if w.Stream == 0 {
		return fmt.Errorf("nothing was recorded: %s", s)
	}
	r.overhead = float64(w.Disk)/float64(w.Stream) - 1
	return nil
}

// compare holds what was recorded against what was sent. A picture on its way
// is not lost: of each camera at most one group may not be counted yet.
func (r *result) compare(farm, recorder *role, n int) (err error) {
	if r.rec, err = askJSON[recorded](recorder); err != nil {
		return err
	}
	later, err := askJSON[sent](farm)
	if err != nil {
		return err
	}
	if r.rec.Cameras != n {
		return fmt.Errorf("%d of %d cameras record", r.rec.Cameras, n)
	}
	if low := r.load.Pictures - 2*int64(n); r.rec.Pictures < low {
		r.lost = low - r.rec.Pictures
	}
	if r.rec.Pictures > later.Pictures {
		return fmt.Errorf("recorded %d pictures of %d", r.rec.Pictures, later.Pictures)
	}
	return nil
}

func allPlaying(ctx context.Context, farm *role, n int) error {
	for end := time.Now().Add(time.Minute); ; {
		s, err := askJSON[sent](farm)
		if err != nil || int(s.Sessions) == n {
			return err
		}
		if time.Now().After(end) || ctx.Err() != nil {
			return fmt.Errorf("only %d of %d cameras are played after a minute", s.Sessions, n)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func askJSON[T any](r *role) (v T, err error) {
	s, err := r.ask("stats")
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal([]byte(s), &v)
}
