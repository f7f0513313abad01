package testcam

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"vidne.dk/vidne/internal/testcam/scene"
)

// Names of the scenes that [Scenes] makes. Each is a clip that loops.
const (
	School  = "school"   // H.264 1080p, 15 pictures a second, about 2 Mbit/s
	Gym     = "gym"      // H.264 720p, 15, about 1 Mbit/s
	Parking = "parking"  // H.265 1080p, 15, about 1.2 Mbit/s
	Hall    = "hall"     // H.264 720p, 15, about 1 Mbit/s, with AAC sound
	Reorder = "reorder"  // H.264 360p, 15, with B-frames
	Small   = "small"    // H.264 360p, 15, about 0.5 Mbit/s: for tests of many
	Tiny    = "tiny"     // H.264 180p, 15, under 0.1 Mbit/s, 10 s
	SmallHE = "small-he" // H.265 360p, 15
)

// spec says how a scene is drawn and encoded.
type spec struct {
	name  string
	place scene.Place
	hevc  bool
	args  string
	sound bool
}

// version changes when the scenes do, so that a cache of older ones is not used.
const version = "3"

func specs() []spec {
	const fps, turn = 15, 24 * 15
	x264 := func(preset, rate string) string {
		return "-c:v libx264 -preset " + preset + " -profile:v high -bf 0 -g 30 -keyint_min 30 -sc_threshold 0 " +
			"-b:v " + rate + " -maxrate " + rate + " -bufsize " + rate
	}
	x265 := func(rate string) string {
		return "-c:v libx265 -preset ultrafast -g 30 -b:v " + rate +
			" -x265-params log-level=error:keyint=30:min-keyint=30:scenecut=0:open-gop=0:bframes=0:repeat-headers=1"
	}
	return []spec{
		{School, scene.School(1920, 1080, fps, turn), false, x264("veryfast", "2M"), false},
		{Gym, scene.Gym(1280, 720, fps, turn), false, x264("veryfast", "1M"), false},
		{Parking, scene.Parking(1920, 1080, fps, turn), true, x265("1200k"), false},
		{Hall, scene.Hall(1280, 720, fps, turn), false, x264("veryfast", "1M"), true},
		{Reorder, scene.Parking(640, 360, fps, 12*15), false, strings.Replace(x264("fast", "500k"), "-bf 0", "-bf 3 -b_strategy 0", 1), false},
		{Small, scene.School(640, 360, fps, 12*15), false, x264("veryfast", "500k"), false},
		{Tiny, scene.Gym(320, 180, fps, 10*15), false, x264("veryfast", "80k"), false},
		{SmallHE, scene.Hall(640, 360, fps, 12*15), true, x265("400k"), false},
	}
}

// Scenes makes the scenes that are missing in dir, with ffmpeg from the PATH.
// Several processes may do so at once.
func Scenes(ctx context.Context, dir string) error {
	for _, s := range specs() {
		if err := s.make(ctx, dir); err != nil {
			return fmt.Errorf("scene %s: %w", s.name, err)
		}
	}
	return nil
}

// Dir is where the project keeps its scenes: .cache/scenes beside go.mod,
// found from the working folder upwards.
func Dir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, ".cache", "scenes"), nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("testcam: no go.mod above the working folder")
		}
		dir = up
	}
}

// Open loads a scene by name, making it first if need be.
func Open(name string) (*Clip, error) {
	dir, err := Dir()
	if err != nil {
		return nil, err
	}
	for _, s := range specs() {
		if s.name != name {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
		defer cancel()
		if err := s.make(ctx, dir); err != nil {
			return nil, fmt.Errorf("scene %s: %w", name, err)
		}
		return Load(s.path(dir), float64(s.place.FPS), s.soundPath(dir))
	}
	return nil, fmt.Errorf("testcam: no scene %q", name)
}

func (s spec) path(dir string) string {
	ext := ".h264"
	if s.hevc {
		ext = ".h265"
	}
	return filepath.Join(dir, s.name+"-"+version+ext)
}

func (s spec) soundPath(dir string) string {
	if !s.sound {
		return ""
	}
	return filepath.Join(dir, s.name+"-"+version+".aac")
}

func (s spec) make(ctx context.Context, dir string) (err error) {
	out := s.path(dir)
	if _, err := os.Stat(out); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	lock, err := os.OpenFile(filepath.Join(dir, s.name+".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	if _, err := os.Stat(out); err == nil {
		return nil // another process made it meanwhile
	}
	if s.sound {
		seconds := fmt.Sprint(s.place.Count / s.place.FPS)
		// Footsteps and a hum: enough to hear that there is sound.
		graph := "aevalsrc='0.05*sin(2*PI*110*t)+0.4*exp(-30*mod(t,0.6))*sin(2*PI*180*t)':s=48000:d=" + seconds
		if err := ffmpeg(ctx, nil, "-f", "lavfi", "-i", graph, "-c:a", "aac", "-b:a", "64k", "-ac", "1", "-f", "adts", s.soundPath(dir)); err != nil {
			return err
		}
	}
	format := "h264"
	if s.hevc {
		format = "hevc"
	}
	args := []string{
		"-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", fmt.Sprintf("%dx%d", s.place.W, s.place.H),
		"-r", fmt.Sprint(s.place.FPS), "-i", "-",
	}
	args = append(args, strings.Fields(s.args)...)
	args = append(args, "-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-f", format, out+".part")
	if err := ffmpeg(ctx, s.place.Draw, args...); err != nil {
		return err
	}
	return os.Rename(out+".part", out)
}

// ffmpeg runs ffmpeg on what draw writes.
func ffmpeg(ctx context.Context, draw func(func([]byte) error) error, args ...string) error {
	args = append([]string{"-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-threads", fmt.Sprint(runtime.NumCPU())}, args...)
	cmd := exec.CommandContext(ctx, "ffmpeg", args...)
	var said strings.Builder
	cmd.Stderr = &said
	if draw == nil {
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("ffmpeg: %w: %s", err, said.String())
		}
		return nil
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("ffmpeg: %w", err)
	}
	drawn := draw(func(pix []byte) error {
		_, err := in.Write(pix)
		return err
	})
	if errors.Is(drawn, io.ErrClosedPipe) || errors.Is(drawn, syscall.EPIPE) {
		drawn = nil // ffmpeg's own words say more
	}
	closed := in.Close()
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("ffmpeg: %w: %s", err, said.String())
	}
	if drawn != nil {
		return drawn
	}
	return closed
}
