package fence

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

// longestStrip is how many pictures one run makes.
const longestStrip = 1000

// StripOptions says which pictures of the input are made.
type StripOptions struct {
	// First counts the input's pictures in the order of showing from 0; Count
	// pictures are made, or as many as there are.
	First, Count int
	// Mask is painted over before anything leaves ffmpeg.
	Mask Mask
	// MaxWidth makes the pictures no wider, 0 leaves their size.
	MaxWidth int
}

// Strip makes pictures that follow each other out of fMP4 that begins with its
// init section and a key frame, and gives each as JPEG in the order of showing.
// What give returns ends it. It closes in.
func (f *Fence) Strip(ctx context.Context, in io.ReadCloser, o StripOptions, give func(jpeg []byte) error) error {
	if err := f.ready(); err != nil {
		return err
	}
	if o.First < 0 || o.First > 1_000_000 || o.Count < 1 || o.Count > longestStrip || o.MaxWidth < 0 || o.MaxWidth > 1<<16 {
		return fault.New(fault.Invalid, "picture.options", "pictures %d+%d, width %d", o.First, o.Count, o.MaxWidth)
	}
	release, err := f.take(ctx)
	if err != nil {
		return err
	}
	defer release()
	filters := []string{"trim=start_frame=" + strconv.Itoa(o.First) + ":end_frame=" + strconv.Itoa(o.First+o.Count)}
	filters = append(filters, o.Mask.filters()...)
	if o.MaxWidth > 0 {
		filters = append(filters, `scale=min(iw\,`+strconv.Itoa(o.MaxWidth)+`):-2`)
	}
	args := append(general(), input("2")...)
	args = append(args, "-i", "pipe:0", "-map", "0:v:0", "-an", "-sn", "-dn",
		"-vf", strings.Join(filters, ","), "-vsync", "passthrough", "-frames:v", strconv.Itoa(o.Count),
		"-c:v", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj420p", "-f", "mpjpeg", "pipe:1")
	made, out := io.Pipe()
	split := make(chan error, 1)
	go func() {
		err := parts(made, give)
		_ = made.CloseWithError(err) // of a pipe, never fails
		split <- err
	}()
	err = f.run(ctx, job{args: args, in: []io.ReadCloser{in}, out: out, cpu: pictureCPU + uint64(o.Count)})
	_ = out.CloseWithError(err) // of a pipe, never fails
	if told := <-split; told != nil {
		return told
	}
	return err
}

// parts reads what ffmpeg's mpjpeg muxer writes: a boundary, headers, a picture.
func parts(r io.Reader, give func([]byte) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		size := -1
		for {
			line, err := in.ReadSlice('\n')
			if err != nil {
				if errors.Is(err, io.EOF) && size < 0 {
					return nil
				}
				return err
			}
			line = bytes.TrimSpace(line)
			if n, ok := bytes.CutPrefix(bytes.ToLower(line), []byte("content-length:")); ok {
				if size, err = strconv.Atoi(string(bytes.TrimSpace(n))); err != nil || size < 4 || size > maxPicture {
					return fault.New(fault.Corrupt, "ffmpeg.failed", "a picture of %.20q bytes", n)
				}
			}
			if len(line) == 0 && size >= 0 {
				break
			}
		}
		b := make([]byte, size)
		if _, err := io.ReadFull(in, b); err != nil {
			return err
		}
		if !bytes.HasPrefix(b, []byte{0xff, 0xd8}) {
			return fault.New(fault.Corrupt, "ffmpeg.failed", "no picture came out")
		}
		if err := give(b); err != nil {
			return err
		}
	}
}
