package engineapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// Routes of an export order, each for one camera and interval:
//
//	GET /v1/export       ?camera&from&to&as=original|viewing[&zone]: an export stream of [Frame]s
//	GET /v1/export/facts ?camera&from&to: ExportFacts
//	GET /v1/export/log   ?camera&from&to: the ledger's entries of the segments, with their proofs
//
// An export stream is film and list frames, in pieces of any size, one report
// frame when all is out, and the end frame.

// ExportQuery asks for one camera's interval under an export order.
type ExportQuery struct {
	Camera   string
	From, To time.Time
	// Zone is the IANA name of the zone that a viewing copy's clock runs in;
	// empty is UTC.
	Zone string
}

// Exported says what an original became. One file holds one codec and size:
// where the camera's stream changed the file ends, and Changed is where the
// next begins; it is zero if the stream did not change.
type Exported struct {
	From     time.Time `json:"from"` // arrival of the first picture
	To       time.Time `json:"to"`   // end of the last
	Pictures int64     `json:"pictures"`
	Codec    string    `json:"codec"`
	Width    int       `json:"width"`
	Height   int       `json:"height"`
	Segments []string  `json:"segments"` // stored segments, in order
	Gaps     []Stretch `json:"gaps"`     // without cause: the facts have it
	Changed  time.Time `json:"changed,omitzero"`
}

// Copied says how a viewing copy was made, and as Exported where the next one
// begins.
type Copied struct {
	Tool      string    `json:"tool"`
	Version   string    `json:"version"`
	Arguments []string  `json:"arguments"`
	Changed   time.Time `json:"changed,omitzero"`
}

// ExportFacts is what an engine knows of a camera's interval that stands beside
// the pictures as evidence.
type ExportFacts struct {
	Camera string `json:"camera"`
	// Masked says that areas of the picture may not be seen: there is no
	// original, and the viewing copy is painted. Lift is the mask lift that
	// the order names and that opens the original all the same.
	Masked    bool          `json:"masked"`
	Lift      permit.ID     `json:"lift,omitempty"`
	Permits   []permit.ID   `json:"permits"` // recorded under, in their order
	Segments  []SegmentFact `json:"segments"`
	Stretches []Stretch     `json:"stretches"` // as Coverage has them
	Clock     []ClockSample `json:"clock"`
	Time      TimeState     `json:"time"`
	Version   string        `json:"version"` // of the engine
	Log       string        `json:"log"`     // origin of its ledger
	LogKey    string        `json:"log_key"` // its public key
}

// SegmentFact is a stored segment as the ledger's entry has it.
type SegmentFact struct {
	ID       string    `json:"id"`
	Index    int64     `json:"index"`
	SHA256   string    `json:"sha256"` // of the sealed file, hex
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Pictures int64     `json:"pictures"`
}

// Original writes one camera's stored pictures from q.From on to mp4, and the
// list of them to samples. After an error both hold a part that nobody may take
// for whole.
func (c *Client) Original(ctx context.Context, q ExportQuery, p Pass, mp4, samples io.Writer) (Exported, error) {
	return exported[Exported](ctx, c, q, "original", p, mp4, samples)
}

// ViewingCopy writes H.264 that every player shows, with camera and time
// beneath the picture and masks painted.
func (c *Client) ViewingCopy(ctx context.Context, q ExportQuery, p Pass, mp4 io.Writer) (Copied, error) {
	return exported[Copied](ctx, c, q, "viewing", p, mp4, io.Discard)
}

// ExportFacts is what else there is to know. Footage that is not in the ledger
// yet, some of the last minute, is fault.Conflict "export.unsealed".
func (c *Client) ExportFacts(ctx context.Context, q ExportQuery, p Pass) (ExportFacts, error) {
	return decode[ExportFacts](c.bytes(ctx, http.MethodGet, "/v1/export/facts", exportValues(q), nil, p, maxAnswer))
}

// ExportLog streams an extract of the ledger that shows the entries of the
// interval's segments and no others. The caller closes it.
func (c *Client) ExportLog(ctx context.Context, q ExportQuery, p Pass) (io.ReadCloser, error) {
	return c.stream(ctx, "/v1/export/log", exportValues(q), p)
}

func exportValues(q ExportQuery) map[string][]string {
	v := interval(q.From, q.To)
	v.Set("camera", q.Camera)
	if q.Zone != "" {
		v.Set("zone", q.Zone)
	}
	return v
}

func exported[T any](ctx context.Context, c *Client, q ExportQuery, as string, p Pass, film, list io.Writer) (report T, err error) {
	v := exportValues(q)
	v["as"] = []string{as}
	body, err := c.stream(ctx, "/v1/export", v, p)
	if err != nil {
		return report, err
	}
	defer body.Close()
	frames := NewFrameReader(body)
	frames.reuse = true // each is written before the next is read
	told := false
	for {
		f, err := frames.Next()
		if err != nil {
			return report, away(ctx, err)
		}
		switch f.Kind {
		case FrameFilm:
			_, err = film.Write(f.Data)
		case FrameList:
			_, err = list.Write(f.Data)
		case FrameReport:
			told = true
			err = json.Unmarshal(f.Data, &report)
		case FrameEnd:
			switch {
			case f.Problem != nil:
				err = f.Problem.Err()
			case !told:
				err = fault.New(fault.Unavailable, "engine.answer", "an export without its report")
			}
			return report, err
		}
		if err != nil {
			return report, err
		}
	}
}

// exportPiece is how much of a film goes out in one frame.
const exportPiece = 256 << 10

// ExportOut is the answer to an export on its way out.
type ExportOut struct{ out *Stream }

// Film is where the film goes.
func (o ExportOut) Film() io.Writer { return exportPart{o.out, FrameFilm} }

// List is where the list of pictures goes.
func (o ExportOut) List() io.Writer { return exportPart{o.out, FrameList} }

// Break is [Stream.Break].
func (o ExportOut) Break() { o.out.Break() }

type exportPart struct {
	out  *Stream
	kind FrameKind
}

func (p exportPart) Write(b []byte) (n int, err error) {
	for n < len(b) {
		step := min(len(b)-n, exportPiece)
		if err := p.out.frames.Write(&Frame{FragmentHeader: FragmentHeader{Kind: p.kind}, Data: b[n : n+step]}); err != nil {
			return n, err
		}
		n += step
	}
	return n, nil
}

// exportQuery reads what all three routes are asked.
func exportQuery(r *http.Request) (q ExportQuery, p Pass, err error) {
	if p, err = passOf(r); err != nil {
		return q, p, err
	}
	q.Camera, q.Zone = r.URL.Query().Get("camera"), r.URL.Query().Get("zone")
	q.From, q.To, err = intervalOf(r)
	return q, p, err
}

func (s *server) export(w http.ResponseWriter, r *http.Request) error {
	q, p, err := exportQuery(r)
	if err != nil {
		return err
	}
	out := newStream(r.Context(), w, FrameType)
	defer out.close()
	var report any
	switch as := r.URL.Query().Get("as"); as {
	case "original":
		report, err = s.engine.Original(r.Context(), q, p, ExportOut{out})
	case "viewing":
		report, err = s.engine.ViewingCopy(r.Context(), q, p, ExportOut{out})
	default:
		return fault.New(fault.Invalid, "export.as", "cannot give %q", as)
	}
	end := &Frame{FragmentHeader: FragmentHeader{Kind: FrameEnd}}
	if err == nil {
		var b []byte
		if b, err = json.Marshal(report); err != nil {
			return fault.As(fault.Internal, "engine.encode", err)
		}
		err = out.frames.Write(&Frame{FragmentHeader: FragmentHeader{Kind: FrameReport}, Data: b})
	}
	if err != nil {
		if !out.begun {
			return err
		}
		var torn *writeError
		if errors.As(err, &torn) || r.Context().Err() != nil {
			return &streamBroken{err}
		}
		problem := ProblemOf(err)
		end.Cause, end.Problem = Cause(problem.Key), &problem
		s.log.Info("export ended", "camera", q.Camera, "key", problem.Key, "error", err.Error())
	}
	if err := out.Frame(end); err != nil {
		return &streamBroken{err}
	}
	return nil
}

func (s *server) exportFacts(w http.ResponseWriter, r *http.Request) error {
	q, p, err := exportQuery(r)
	if err != nil {
		return err
	}
	f, err := s.engine.ExportFacts(r.Context(), q, p)
	if err != nil {
		return err
	}
	return writeJSON(w, f)
}

func (s *server) exportLog(w http.ResponseWriter, r *http.Request) error {
	q, p, err := exportQuery(r)
	if err != nil {
		return err
	}
	out := newStream(r.Context(), w, "application/octet-stream")
	defer out.close()
	if err := s.engine.ExportLog(r.Context(), q, p, out); err != nil {
		if out.begun {
			return &streamBroken{err}
		}
		return err
	}
	return out.flush()
}
