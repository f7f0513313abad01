package fence

import (
	"context"
	"io"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

// transcodeCPU is seconds of CPU time for one viewing: a ticket's twelve hours.
const transcodeCPU = 12 * 3600

// TranscodeOptions says how the picture is made anew.
type TranscodeOptions struct {
	Mask Mask
	// Overlay is drawn over the picture, masks and all.
	Overlay Overlay
	// MaxWidth makes the picture no wider, 0 leaves its size.
	MaxWidth int
	// MaxHeight makes the picture no higher, 0 leaves it to MaxWidth.
	MaxHeight int
	// Quality is x264's constant rate factor, 15 to 40; 0 is 23.
	Quality int
	// Sparse says that only key frames come: a small part of the work, so that
	// there is room for four times as many such runs, beside the others.
	Sparse bool
}

// Transcode reads one run of fMP4 (an init section, then fragments whose first
// begins with a key frame) from in as it comes, and writes H.264 in fMP4 to
// out, a fragment for each picture. Presentation times are those of the input
// to the tick of 1/90000 s; pictures do not come out of order; key frames stay
// where they were. It ends with the input, or with the context, and closes in.
// It is fault.Exhausted, and in is not read from, when as many run already as
// the machine has room for.
func (f *Fence) Transcode(ctx context.Context, in io.ReadCloser, out io.Writer, opt TranscodeOptions) error {
	if err := f.ready(); err != nil {
		return err
	}
	if opt.Quality == 0 {
		opt.Quality = 23
	}
	if opt.Quality < 15 || opt.Quality > 40 || min(opt.MaxWidth, opt.MaxHeight) < 0 || max(opt.MaxWidth, opt.MaxHeight) > 1<<16 {
		return fault.New(fault.Invalid, "transcode.options", "quality %d, width %d, height %d", opt.Quality, opt.MaxWidth, opt.MaxHeight)
	}
	room, threads := f.viewings, "2"
	if opt.Sparse {
		room, threads = f.sparse, "1" // a second thread holds a picture back until the next is there
	}
	release, err := takeOf(room)
	if err != nil {
		return err
	}
	defer release()
	filters := opt.Mask.filters()
	if opt.MaxWidth > 0 {
		filters = append(filters, `scale=min(iw\,`+strconv.Itoa(opt.MaxWidth)+`):-2`)
	}
	if opt.MaxHeight > 0 {
		filters = append(filters, `scale=-2:trunc(min(ih\,`+strconv.Itoa(opt.MaxHeight)+`)/2)*2`)
	}
	burn, err := opt.Overlay.burn()
	if err != nil {
		return err
	}
	defer burn.close()
	if burn != nil {
		filters = append(filters, burn.filter(firstExtra))
	}
	filters = append(filters, "format=yuv420p")
	args := append(general(), "-copyts")
	args = append(args, input(threads)...)
	args = append(args, "-i", "pipe:0", "-map", "0:v:0", "-an", "-sn", "-dn",
		"-vf", strings.Join(filters, ","), "-vsync", "passthrough",
		"-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-crf", strconv.Itoa(opt.Quality),
		"-threads", threads, "-g", "9999", "-sc_threshold", "0", "-forced-idr", "1", "-force_key_frames", "source",
		"-video_track_timescale", "90000", "-avoid_negative_ts", "disabled", "-use_editlist", "0",
		"-movflags", "+empty_moov+default_base_moof+frag_every_frame+frag_discont",
		"-f", "mp4", "pipe:1")
	return f.run(ctx, job{args: args, in: []io.ReadCloser{in}, out: out, cpu: transcodeCPU, burn: burn})
}
