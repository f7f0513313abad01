package fence

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// copyCPU is seconds of CPU time for one copy: twelve hours of footage.
const copyCPU = 12 * 3600

// CopyOptions says how a copy to look at is made.
type CopyOptions struct {
	Mask Mask
	// Camera is drawn beneath the picture, and does not change.
	Camera Overlay
	// Begin is when presentation time 0 was, by the recorder's clock, End when
	// the footage ends. The clock beneath the picture runs from Begin in Zone;
	// where Zone's clocks are put on or back between the two it runs in UTC.
	Begin, End time.Time
	Zone       *time.Location
	// Holes are where pictures are missing, in order. The picture before one,
	// which a player leaves standing, says so, and so do those after it for a
	// while: on a line of its own beneath the picture.
	Holes []Hole
}

// Copy makes H.264 that every player shows out of a fragmented MP4, whatever
// its codec, with a strip beneath the picture that holds the camera and the
// time of each picture; of the picture itself nothing is covered but by masks.
// It streams, and closes in. The arguments it returns are those that ffmpeg
// was given, for whoever wants to make it again. It is fault.Exhausted when as
// many run already as the machine has room for.
func (f *Fence) Copy(ctx context.Context, in io.ReadCloser, out io.Writer, o CopyOptions) (args []string, err error) {
	if err := f.ready(); err != nil {
		return nil, err
	}
	if o.Camera.Say == nil || o.Camera.Clock == nil || o.Zone == nil || o.Begin.IsZero() || o.End.Before(o.Begin) {
		return nil, fault.New(fault.Invalid, "copy.options", "a copy needs its camera, its times and their zone")
	}
	release, err := f.takeLong()
	if err != nil {
		return nil, err
	}
	defer release()
	burn, err := o.Camera.burn()
	if err != nil {
		return nil, err
	}
	defer burn.close()
	j := job{in: []io.ReadCloser{in}, out: out, cpu: copyCPU, burn: burn}
	filters := o.Mask.filters()
	if len(o.Holes) == 0 {
		filters = append(filters, "pad=iw:ih+2*ceil(ih*0.045+6):0:0:black")
	} else {
		if j.told, err = o.tell(); err != nil {
			return nil, err
		}
		defer j.told.Close() //nolint:errcheck // memory
		filters = append(filters, "pad=iw:ih+2*ceil(ih*0.09+12):0:0:black", holeFilter(firstExtra+1))
	}
	filters = append(filters, burn.filter(firstExtra), o.clock(), "format=yuv420p")
	args = append(general(), "-copyts")
	args = append(args, input("2")...)
	args = append(args, "-i", "pipe:0", "-map", "0:v:0", "-an", "-sn", "-dn", "-map_metadata", "-1",
		"-vf", strings.Join(filters, ","), "-vsync", "passthrough",
		"-c:v", "libx264", "-preset", "superfast", "-rc-lookahead", "10", "-x264-params", "mbtree=1", "-crf", "22", "-threads", "2", "-g", "50",
		"-video_track_timescale", "90000", "-avoid_negative_ts", "disabled", "-use_editlist", "0",
		"-movflags", "+empty_moov+default_base_moof+frag_keyframe",
		"-f", "mp4", "pipe:1")
	j.args = args
	return args, f.run(ctx, j)
}

// Version is what ffmpeg calls itself, empty if it cannot say.
func (f *Fence) Version(ctx context.Context) string {
	var out bytes.Buffer
	if f.ready() != nil || f.run(ctx, job{args: []string{"-version"}, out: &out, cpu: 10}) != nil {
		return ""
	}
	line, _, _ := strings.Cut(out.String(), " Copyright")
	return strings.TrimPrefix(line, "ffmpeg version ")
}

// zone is how the copy's clock is written, and by how many seconds it is ahead
// of UTC.
func (o CopyOptions) zone() (name string, offset int) {
	_, first := o.Begin.In(o.Zone).Zone()
	if _, last := o.End.In(o.Zone).Zone(); last != first {
		return "UTC", 0
	}
	return o.Begin.In(o.Zone).Format("-07.00"), first
}

// clock draws the time of each picture. ffmpeg counts in UTC alone, so the
// zone's offset is added to the seconds and written behind them.
func (o CopyOptions) clock() string {
	name, offset := o.zone()
	// Half a second early or late is another second: the fraction counts too.
	begin := float64(o.Begin.Add(time.Duration(offset)*time.Second).UnixMicro()) / 1e6
	return fmt.Sprintf("drawtext=fontfile=%s:text='%%{pts\\:gmtime\\:%.6f\\:%%d.%%m.%%Y %%H.%%M.%%S} %s'"+
		":fontsize=max(12\\,h/22):fontcolor=white:box=1:boxcolor=black:boxborderw=6:x=w-tw-w/60:y=h-th-h/40", overlayFont, begin, name)
}
