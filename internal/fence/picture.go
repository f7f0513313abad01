package fence

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

const (
	// GreyWidth and GreyHeight are the size of the pictures of [Fence.Grey].
	GreyWidth, GreyHeight = 64, 36
	// batch is how many cameras one run decodes, so that its memory is bounded.
	batch = 32
	// maxPicture bounds one JPEG.
	maxPicture = 32 << 20
	// pictureCPU is seconds of CPU time for one picture's run.
	pictureCPU = 30
)

// JPEGOptions says which picture of the input to make and how.
type JPEGOptions struct {
	// Frame counts the input's pictures in the order of showing, 0 the first.
	Frame int
	// Mask is painted over before anything leaves ffmpeg.
	Mask Mask
	// Overlay is drawn over the picture.
	Overlay Overlay
	// MaxWidth makes the picture no wider, 0 leaves its size.
	MaxWidth int
}

// JPEG makes one picture of fMP4 that begins with its init section and a key
// frame. An input without that picture is fault.Corrupt.
func (f *Fence) JPEG(ctx context.Context, fmp4 []byte, opt JPEGOptions) ([]byte, error) {
	if err := f.ready(); err != nil {
		return nil, err
	}
	if opt.Frame < 0 || opt.Frame > 100_000 || opt.MaxWidth < 0 || opt.MaxWidth > 1<<16 {
		return nil, fault.New(fault.Invalid, "picture.options", "picture %d, width %d", opt.Frame, opt.MaxWidth)
	}
	release, err := f.take(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	filters := []string{`select=eq(n\,` + strconv.Itoa(opt.Frame) + `)`}
	filters = append(filters, opt.Mask.filters()...)
	if opt.MaxWidth > 0 {
		filters = append(filters, `scale=min(iw\,`+strconv.Itoa(opt.MaxWidth)+`):-2`)
	}
	burn, err := opt.Overlay.burn()
	if err != nil {
		return nil, err
	}
	defer burn.close()
	if burn != nil {
		filters = append(filters, burn.filter(firstExtra))
	}
	args := append(general(), input("1")...)
	args = append(args, "-i", "pipe:0", "-map", "0:v:0", "-an", "-sn", "-dn",
		"-vf", strings.Join(filters, ","), "-vsync", "passthrough", "-frames:v", "1",
		"-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", "-f", "image2pipe", "pipe:1")
	out := capped{limit: maxPicture}
	if err := f.run(ctx, job{args: args, in: []io.ReadCloser{io.NopCloser(bytes.NewReader(fmp4))}, out: &out, cpu: pictureCPU, burn: burn}); err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(out.b.Bytes(), []byte{0xff, 0xd8}) {
		return nil, fault.New(fault.Corrupt, "ffmpeg.failed", "no picture came out")
	}
	return out.b.Bytes(), nil
}

// Grey is a small grey picture, row by row, 0 black to 255 white. A nil one
// could not be made.
type Grey []byte

// Grey makes a small grey picture of the first frame of each fMP4, many in one
// run. An input that cannot be decoded gives nil and harms no other.
func (f *Fence) Grey(ctx context.Context, fmp4s [][]byte) ([]Grey, error) {
	if err := f.ready(); err != nil {
		return nil, err
	}
	out := make([]Grey, 0, len(fmp4s))
	for len(fmp4s) > 0 {
		n := min(batch, len(fmp4s))
		g, err := f.greys(ctx, fmp4s[:n])
		if err != nil {
			return nil, err
		}
		out = append(out, g...)
		fmp4s = fmp4s[n:]
	}
	return out, nil
}

// greys runs one batch. ffmpeg gives up on all of them when one is bad, so a
// batch that fails is halved until the bad one stands alone.
func (f *Fence) greys(ctx context.Context, fmp4s [][]byte) ([]Grey, error) {
	whole, err := f.greyRun(ctx, fmp4s)
	switch {
	case err == nil:
		return whole, nil
	case ctx.Err() != nil, fault.Is(err, fault.Unavailable):
		return nil, err
	case len(fmp4s) == 1:
		f.log.Info("key frame not decoded", "error", err.Error())
		return []Grey{nil}, nil
	}
	half := len(fmp4s) / 2
	first, err := f.greys(ctx, fmp4s[:half])
	if err != nil {
		return nil, err
	}
	second, err := f.greys(ctx, fmp4s[half:])
	return append(first, second...), err
}

func (f *Fence) greyRun(ctx context.Context, fmp4s [][]byte) ([]Grey, error) {
	release, err := f.take(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	args := general()
	var graph, stack strings.Builder
	var in []io.ReadCloser
	for i, b := range fmp4s {
		fd := 0
		if i > 0 {
			fd = i + 2
		}
		n := strconv.Itoa(i)
		args = append(args, input("1")...)
		args = append(args, "-i", "pipe:"+strconv.Itoa(fd))
		graph.WriteString("[" + n + ":v:0]trim=end_frame=1,setpts=0,scale=" + strconv.Itoa(GreyWidth) + ":" + strconv.Itoa(GreyHeight) + ":flags=area,format=gray[g" + n + "];")
		stack.WriteString("[g" + n + "]")
		in = append(in, io.NopCloser(bytes.NewReader(b)))
	}
	if len(fmp4s) > 1 {
		graph.WriteString(stack.String() + "vstack=inputs=" + strconv.Itoa(len(fmp4s)) + "[o]")
	} else {
		graph.WriteString("[g0]null[o]")
	}
	args = append(args, "-filter_complex_threads", "1", "-filter_complex", graph.String(), "-map", "[o]", "-frames:v", "1",
		"-c:v", "rawvideo", "-pix_fmt", "gray", "-f", "rawvideo", "pipe:1")
	out := capped{limit: batch * GreyWidth * GreyHeight}
	if err := f.run(ctx, job{args: args, in: in, out: &out, cpu: pictureCPU + uint64(len(fmp4s))}); err != nil {
		return nil, err
	}
	const size = GreyWidth * GreyHeight
	if out.b.Len() != size*len(fmp4s) {
		return nil, fault.New(fault.Corrupt, "ffmpeg.failed", "%d bytes for %d pictures", out.b.Len(), len(fmp4s))
	}
	greys := make([]Grey, len(fmp4s))
	for i := range greys {
		greys[i] = Grey(out.b.Bytes()[i*size : (i+1)*size])
	}
	return greys, nil
}

// capped takes so much and no more.
type capped struct {
	b     bytes.Buffer
	limit int
}

var errTooLarge = errors.New("output too large")

func (c *capped) Write(b []byte) (int, error) {
	if c.b.Len()+len(b) > c.limit {
		return 0, fault.As(fault.Corrupt, "ffmpeg.too-large", errTooLarge)
	}
	return c.b.Write(b)
}
