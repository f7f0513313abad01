package fence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	"vidne.dk/vidne/internal/anonymise"
	"vidne.dk/vidne/internal/fault"
)

// mostCopy bounds one piece of a copy.
const mostCopy = 512 << 20

// Cover makes the copy of a project: every piece is decoded, covered and
// encoded anew, without sound and without anything that the camera wrote
// beside its pictures, and saved as a part of its own, whose name has the
// project's sum: a project that was corrected is covered anew. progress is
// told how many of how many steps are done; it may be nil.
func (a *Anonymiser) Cover(ctx context.Context, src Footage, kept Parts, p *anonymise.Project, progress func(done, total int)) error {
	if err := a.ready(); err != nil {
		return err
	}
	painter, sum, err := prepare(p)
	if err != nil {
		return err
	}
	release, err := a.take(ctx)
	if err != nil {
		return err
	}
	defer release()
	if src.Pieces() != len(p.Findings.Chunks) {
		return fault.New(fault.Conflict, "anonymise.footage", "%d pieces, %d in the project", src.Pieces(), len(p.Findings.Chunks))
	}
	first := 0
	for n, c := range p.Findings.Chunks {
		b, err := kept.Load(ctx, copyName(sum, n))
		if err != nil {
			return err
		}
		if b == nil {
			if b, err = a.cover(ctx, src, n, c, painter, first); err != nil {
				return err
			}
			if err := kept.Save(ctx, copyName(sum, n), b); err != nil {
				return err
			}
		}
		first += len(c.Times)
		if progress != nil {
			progress(n+1, len(p.Findings.Chunks))
		}
	}
	return nil
}

// prepare gives a project's painter and its sum.
func prepare(p *anonymise.Project) (*anonymise.Painter, string, error) {
	painter, err := p.Painter()
	if err != nil {
		return nil, "", err
	}
	b, err := json.Marshal(p)
	if err != nil {
		return nil, "", err
	}
	s := sha256.Sum256(b)
	return painter, hex.EncodeToString(s[:8]), nil
}

func copyName(sum string, piece int) string { return "copy." + sum + "." + strconv.Itoa(piece) }

// cover makes one piece of the copy. The masks go beside it as pictures of
// cells with the footage's own times, so that none slides where the camera
// sends unevenly; ffmpeg makes cells of them and lays the fill over.
func (a *Anonymiser) cover(ctx context.Context, src Footage, n int, c anonymise.Chunk, painter *anonymise.Painter, first int) ([]byte, error) {
	in, _, err := src.Open(ctx, n)
	if err != nil {
		return nil, err
	}
	masks, to := io.Pipe()
	go func() { _ = to.CloseWithError(anonymise.WriteMasks(to, painter, first, c.Times)) }() // its reader hears of it
	g := painter.Grid
	graph := "[0:v:0]settb=1/90000[v];[1:v:0]split[a][b];[a]format=yuv420p,lutyuv=y=" + strconv.Itoa(anonymise.FillY) +
		":u=" + strconv.Itoa(anonymise.FillC) + ":v=" + strconv.Itoa(anonymise.FillC) + "[fill];[fill][b]alphamerge,scale=iw*" + strconv.Itoa(g.Cell) +
		":ih*" + strconv.Itoa(g.Cell) + ":flags=neighbor,crop=" + strconv.Itoa(g.Width) + ":" + strconv.Itoa(g.Height) +
		":0:0[over];[v][over]overlay=format=yuv420:shortest=1:repeatlast=0,format=yuv420p[out]"
	args := append(general(), "-copyts")
	args = append(args, input("1")...)
	args = append(args, "-i", "pipe:0", "-protocol_whitelist", "pipe", "-f", "ivf", "-i", "pipe:3",
		"-filter_complex_threads", "1", "-filter_complex", graph, "-map", "[out]", "-an", "-sn", "-dn",
		"-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact",
		"-vsync", "passthrough", "-enc_time_base", "1:90000",
		"-c:v", "libx264", "-preset", "veryfast", "-crf", fineness(g), "-bf", "0", "-g", "50", "-threads", "2",
		"-x264-params", "no-fast-pskip=1:no-dct-decimate=1", // nothing of the picture before stays where a cell becomes covered
		"-video_track_timescale", "90000", "-avoid_negative_ts", "disabled", "-use_editlist", "0",
		"-movflags", "+empty_moov+default_base_moof+frag_keyframe", "-f", "mp4", "pipe:1",
		"-map", "0:v:0", "-an", "-sn", "-dn", "-vsync", "passthrough", "-vf", "scale=32:32:flags=neighbor", "-enc_time_base", "1:90000", "-f", "framecrc", "pipe:4")
	out, list := capped{limit: mostCopy}, anonymise.Times{}
	if err := a.fence.run(ctx, job{args: args, in: []io.ReadCloser{in, masks}, out: &out, second: &list, cpu: anonymiseCPU}); err != nil {
		return nil, fmt.Errorf("piece %d: %w", n, err)
	}
	times, err := list.All()
	if err != nil {
		return nil, err
	}
	got, err := anonymise.CountPictures(out.b.Bytes())
	if err == nil && (got != len(c.Times) || !slices.Equal(times, c.Times)) {
		err = fault.New(fault.Corrupt, "anonymise.pictures", "piece %d had %d pictures, has %d or other times, and its copy %d", n, len(c.Times), len(times), got)
	}
	return out.b.Bytes(), err
}

// fineness is x264's rate factor: finer where a cell is less than the encoder's
// block, which then holds fill and picture and must keep them apart.
func fineness(g anonymise.Grid) string {
	if g.Cell < anonymise.Block {
		return "18"
	}
	return "23"
}

// Copy writes the finished file, fragmented MP4, of the parts that Cover saved.
// The same project gives the same bytes.
func (a *Anonymiser) Copy(ctx context.Context, kept Parts, p *anonymise.Project, out io.Writer) error {
	_, sum, err := prepare(p)
	if err != nil {
		return err
	}
	w := anonymise.Joiner{Out: out}
	for n, c := range p.Findings.Chunks {
		b, err := kept.Load(ctx, copyName(sum, n))
		if err != nil {
			return err
		}
		if b == nil {
			return fault.New(fault.NotFound, "anonymise.uncovered", "piece %d is not covered yet", n)
		}
		if err := w.Add(b, c.Start-p.Findings.Chunks[0].Start); err != nil {
			return err
		}
	}
	return nil
}

// Check decodes the finished file and holds every cell of every picture against
// the project; it looks for people in what is left, too. The file is closed.
func (a *Anonymiser) Check(ctx context.Context, file io.ReadCloser, p *anonymise.Project, progress func(done, total int)) (*anonymise.Report, error) {
	defer file.Close()
	if err := a.ready(); err != nil {
		return nil, err
	}
	painter, _, err := prepare(p)
	if err != nil {
		return nil, err
	}
	release, err := a.take(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	defer context.AfterFunc(ctx, func() { _ = file.Close() })() // frees whoever waits for it
	hash := sha256.New()
	whole := io.TeeReader(file, hash)
	g, step := painter.Grid, max(1, int(p.Findings.Rate))
	own := a.own("check", "-width", g.Width, "-height", g.Height, "-step", step)
	if p.Findings.Thorough {
		own.args = append(own.args, "-thorough")
	}
	if !a.looks() {
		own.args = append(own.args, "-none")
	}
	cells, to := io.Pipe()
	go func() { _ = to.CloseWithError(anonymise.WriteCells(to, painter)) }() // its reader hears of it
	answer := capped{limit: mostPart}
	own.in, own.out = []io.ReadCloser{cells}, &answer
	list := anonymise.Times{Each: func(n int) {
		if progress != nil && n%20 == 0 {
			progress(n, painter.Frames())
		}
	}}
	if err := a.through(ctx, decode(io.NopCloser(whole), "format=yuv420p", &list), own); err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, whole); err != nil {
		return nil, err
	}
	var found struct {
		Report anonymise.Report              `json:"report"`
		Looked map[int][]anonymise.Detection `json:"looked"`
	}
	if err := json.NewDecoder(bytes.NewReader(answer.b.Bytes())).Decode(&found); err != nil {
		return nil, fault.As(fault.Corrupt, "anonymise.check", err)
	}
	times, err := list.All()
	if err != nil {
		return nil, err
	}
	found.Report.Judge(p.Findings, painter, times, found.Looked)
	found.Report.Blind = !a.looks()
	found.Report.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return &found.Report, nil
}
