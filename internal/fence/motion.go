package fence

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

const (
	// SmallWidth and SmallHeight are the size of the pictures of [Fence.Small]:
	// a point for each cell that a mask can cover.
	SmallWidth, SmallHeight = cellsWide, cellsHigh
	// maxSmall is how many pictures one run may give.
	maxSmall = 1000
)

// Small gives every picture of some fMP4 as a small grey one, row by row, in
// the order of showing; what the mask covers is black in all of them. It gives
// way to everything else: one run at a time, of one thread, at the lowest
// priority. An input with a picture that cannot be decoded is fault.Corrupt.
func (f *Fence) Small(ctx context.Context, fmp4 []byte, pictures int, mask Mask) ([][]byte, error) {
	if err := f.ready(); err != nil {
		return nil, err
	}
	if pictures < 1 || pictures > maxSmall {
		return nil, fault.New(fault.Invalid, "picture.options", "%d pictures", pictures)
	}
	select {
	case f.idle <- struct{}{}:
		defer func() { <-f.idle }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	filters := append(mask.filters(), "scale="+strconv.Itoa(SmallWidth)+":"+strconv.Itoa(SmallHeight)+":flags=area", "format=gray")
	args := append(general(), "-skip_loop_filter", "all")
	args = append(args, input("1")...)
	args = append(args, "-i", "pipe:0", "-map", "0:v:0", "-an", "-sn", "-dn", "-filter_threads", "1",
		"-vf", strings.Join(filters, ","), "-vsync", "passthrough", "-c:v", "rawvideo", "-f", "rawvideo", "pipe:1")
	const size = SmallWidth * SmallHeight
	out := capped{limit: pictures * size}
	err := f.run(ctx, job{args: args, in: []io.ReadCloser{io.NopCloser(bytes.NewReader(fmp4))}, out: &out, cpu: pictureCPU + uint64(pictures), last: true})
	if err != nil {
		return nil, err
	}
	if out.b.Len() != pictures*size {
		return nil, fault.New(fault.Corrupt, "ffmpeg.failed", "%d bytes for %d pictures", out.b.Len(), pictures)
	}
	all := make([][]byte, pictures)
	for i := range all {
		all[i] = out.b.Bytes()[i*size : (i+1)*size]
	}
	return all, nil
}
