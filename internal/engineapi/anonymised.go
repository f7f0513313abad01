package engineapi

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Routes of anonymised copies. Each is a job of one camera and interval, which
// the engine keeps sealed, and removes when the footage that it is made of goes.
// All but the first and the last two need an export order that names the camera
// and covers the interval; none gives out a picture that the order does not
// cover at that moment.
//
//	GET    /v1/anonymised/{copy}             Anonymised
//	PUT    /v1/anonymised/{copy}             ?camera&from&to[&thorough=1]: begin, or go on with what was stopped: Anonymised
//	GET    /v1/anonymised/{copy}/findings    what was found and corrected, JSON of docs/ref/anonymise.md
//	PUT    /v1/anonymised/{copy}/corrections ?revision: the whole list, JSON: Anonymised, or Conflict "anonymised.changed"
//	GET    /v1/anonymised/{copy}/pictures    ?first&count&width: frames of kind jpeg, see Frame; with masks, else as recorded
//	POST   /v1/anonymised/{copy}/cover       make the film, and check it: Anonymised
//	GET    /v1/anonymised/{copy}/film        the finished film, video/mp4, with ranges
//	POST   /v1/anonymised/{copy}/stop        end what runs or waits, so that it can go on: Anonymised
//	DELETE /v1/anonymised/{copy}             remove all of it

// FramePicture carries one picture as JPEG; Start is when it was recorded.
const FramePicture FrameKind = "jpeg"

// AnonymisedState says how far a copy has come.
type AnonymisedState string

// The states.
const (
	AnonymisedWaiting  AnonymisedState = "waiting"  // for its turn to be looked through
	AnonymisedFinding  AnonymisedState = "finding"  // people are being found
	AnonymisedEditing  AnonymisedState = "editing"  // a person's turn: whom to keep, what to correct
	AnonymisedQueued   AnonymisedState = "queued"   // for its turn to be covered
	AnonymisedCovering AnonymisedState = "covering" // the film is being made
	AnonymisedChecking AnonymisedState = "checking" // the film is being checked
	AnonymisedDone     AnonymisedState = "done"     // there is a film that passed its check
	AnonymisedStopped  AnonymisedState = "stopped"  // by a person, or because the order ran out; goes on where it was
	AnonymisedFailed   AnonymisedState = "failed"   // see Cause
)

// Anonymised is an anonymised copy in the making.
type Anonymised struct {
	ID     string          `json:"id"`
	Camera string          `json:"camera"`
	From   time.Time       `json:"from"`
	To     time.Time       `json:"to"`
	State  AnonymisedState `json:"state"`
	Cause  Cause           `json:"cause,omitempty"` // of failed and stopped
	Done   float64         `json:"done"`            // share of what runs, 0 to 1
	Left   int64           `json:"left_s"`          // seconds, judged by how it went so far; 0 unknown
	// Until is when it is deleted, as holds are now: with the footage it is of.
	Until time.Time `json:"until"`
	// Revision rises with each change of the corrections.
	Revision int `json:"revision"`
	// Of what was found, once it is.
	Frames   int     `json:"frames"`
	Seconds  float64 `json:"seconds"`
	Width    int     `json:"width"`
	Height   int     `json:"height"`
	Rate     float64 `json:"rate"`
	Reduced  bool    `json:"reduced"` // no detector: whoever stands still was not found
	Thorough bool    `json:"thorough"`
	Blind    int     `json:"blind"`  // pictures that are covered whole
	Kept     int     `json:"kept"`   // fragments that are kept
	Undone   int     `json:"undone"` // fragments that nobody has judged
	// Film is there when a film was made of exactly this revision.
	Film *AnonymisedFilm `json:"film,omitempty"`
}

// AnonymisedFilm is the finished film, and what its check found.
type AnonymisedFilm struct {
	Bytes    int64           `json:"bytes"`
	SHA256   string          `json:"sha256"`
	Frames   int             `json:"frames"`
	Seconds  float64         `json:"seconds"`
	Revision int             `json:"revision"`
	Check    json.RawMessage `json:"check"` // verdict, JSON of docs/ref/anonymise.md
	Passed   bool            `json:"passed"`
}

// PicturesQuery asks for pictures of a copy's footage, counted from 0.
type PicturesQuery struct {
	First, Count int
	Width        int // at most so wide, 0 as recorded
}

// Anonymiser is the part of an [Engine] that makes anonymised copies.
type Anonymiser interface {
	Anonymised(ctx context.Context, id string) (Anonymised, error)
	Anonymise(ctx context.Context, id string, q FragmentQuery, thorough bool, p Pass) (Anonymised, error)
	AnonymisedFindings(ctx context.Context, id string, p Pass) ([]byte, error)
	AnonymisedCorrect(ctx context.Context, id string, revision int, corrections []byte, p Pass) (Anonymised, error)
	AnonymisedPictures(ctx context.Context, id string, q PicturesQuery, p Pass, out *Stream) error
	AnonymisedCover(ctx context.Context, id string, p Pass) (Anonymised, error)
	AnonymisedFilm(ctx context.Context, id string, p Pass) (io.ReadSeekCloser, error)
	AnonymisedStop(ctx context.Context, id string) (Anonymised, error)
	AnonymisedRemove(ctx context.Context, id string) error
}

// AnonymisedJobs is the part of a [Client] that makes anonymised copies.
type AnonymisedJobs interface {
	Anonymised(ctx context.Context, id string) (Anonymised, error)
	Anonymise(ctx context.Context, id string, q FragmentQuery, thorough bool, p Pass) (Anonymised, error)
	AnonymisedFindings(ctx context.Context, id string, p Pass) ([]byte, error)
	AnonymisedCorrect(ctx context.Context, id string, revision int, corrections []byte, p Pass) (Anonymised, error)
	AnonymisedPictures(ctx context.Context, id string, q PicturesQuery, p Pass) (io.ReadCloser, error)
	AnonymisedCover(ctx context.Context, id string, p Pass) (Anonymised, error)
	AnonymisedFilm(ctx context.Context, id, spread string, p Pass) (Film, error)
	AnonymisedStop(ctx context.Context, id string) (Anonymised, error)
	AnonymisedRemove(ctx context.Context, id string) error
}

// maxCorrections bounds the list of corrections, in bytes.
const maxCorrections = 32 << 20

func anonymisedRoutes() []Route {
	const one = "/v1/anonymised/{copy}"
	id := func(r *http.Request) string { return r.PathValue("copy") }
	return []Route{
		{"GET " + one, false, answer(func(s *server, r *http.Request) (any, error) { return s.engine.Anonymised(r.Context(), id(r)) })},
		{"PUT " + one, true, passed(func(s *server, r *http.Request, p Pass) (any, error) {
			q := FragmentQuery{Camera: r.URL.Query().Get("camera")}
			var err error
			if q.From, q.To, err = intervalOf(r); err != nil {
				return nil, err
			}
			return s.engine.Anonymise(r.Context(), id(r), q, r.URL.Query().Get("thorough") == "1", p)
		})},
		{"GET " + one + "/findings", true, (*server).findings},
		{"PUT " + one + "/corrections", true, passed(func(s *server, r *http.Request, p Pass) (any, error) {
			revision, err := numberOf(r, "revision")
			if err != nil {
				return nil, err
			}
			b, err := io.ReadAll(io.LimitReader(r.Body, maxCorrections+1))
			if err != nil || len(b) > maxCorrections {
				return nil, fault.New(fault.Invalid, "anonymised.corrections", "%d bytes: %v", len(b), err)
			}
			return s.engine.AnonymisedCorrect(r.Context(), id(r), int(revision), b, p)
		})},
		{"GET " + one + "/pictures", true, (*server).anonymisedPictures},
		{"POST " + one + "/cover", true, passed(func(s *server, r *http.Request, p Pass) (any, error) {
			return s.engine.AnonymisedCover(r.Context(), id(r), p)
		})},
		{"GET " + one + "/film", true, (*server).film},
		{"POST " + one + "/stop", false, answer(func(s *server, r *http.Request) (any, error) { return s.engine.AnonymisedStop(r.Context(), id(r)) })},
		{"DELETE " + one, false, answer(func(s *server, r *http.Request) (any, error) {
			return struct{}{}, s.engine.AnonymisedRemove(r.Context(), id(r))
		})},
	}
}

// passed is answer for what needs a pass.
func passed(f func(*server, *http.Request, Pass) (any, error)) func(*server, http.ResponseWriter, *http.Request) error {
	return answer(func(s *server, r *http.Request) (any, error) {
		p, err := passOf(r)
		if err != nil {
			return nil, err
		}
		return f(s, r, p)
	})
}

func (s *server) findings(w http.ResponseWriter, r *http.Request) error {
	p, err := passOf(r)
	if err != nil {
		return err
	}
	b, err := s.engine.AnonymisedFindings(r.Context(), r.PathValue("copy"), p)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b) // the peer has gone: nobody is left to tell
	return nil
}

func (s *server) anonymisedPictures(w http.ResponseWriter, r *http.Request) error {
	p, err := passOf(r)
	if err != nil {
		return err
	}
	var n [3]int64
	for i, name := range []string{"first", "count", "width"} {
		if n[i], err = numberOf(r, name); err != nil {
			return err
		}
	}
	out := newStream(r.Context(), w, FrameType)
	defer out.close()
	err = s.engine.AnonymisedPictures(r.Context(), r.PathValue("copy"), PicturesQuery{int(min(n[0], 1<<30)), int(min(n[1], 1<<30)), int(min(n[2], 1<<16))}, p, out)
	switch {
	case err != nil && out.begun:
		return &streamBroken{err}
	case err != nil:
		return err
	}
	if err := out.Frame(&Frame{FragmentHeader: FragmentHeader{Kind: FrameEnd}}); err != nil {
		return &streamBroken{err}
	}
	return nil
}

func (s *server) film(w http.ResponseWriter, r *http.Request) error {
	p, err := passOf(r)
	if err != nil {
		return err
	}
	f, err := s.engine.AnonymisedFilm(r.Context(), r.PathValue("copy"), p)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	w.Header().Set("Content-Type", "video/mp4")
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}

// Anonymised says how far a copy is; fault.NotFound "anonymised.none" when there
// is none, or none any more.
func (c *Client) Anonymised(ctx context.Context, id string) (Anonymised, error) {
	return get[Anonymised](ctx, c, anonymisedPath(id, ""), nil)
}

// Anonymise begins a copy, or lets one go on that was stopped or failed.
func (c *Client) Anonymise(ctx context.Context, id string, q FragmentQuery, thorough bool, p Pass) (Anonymised, error) {
	v := interval(q.From, q.To)
	v.Set("camera", q.Camera)
	if thorough {
		v.Set("thorough", "1")
	}
	return decode[Anonymised](c.bytes(ctx, http.MethodPut, anonymisedPath(id, ""), v, nil, p, maxAnswer))
}

// AnonymisedFindings is what was found and corrected, for the editor.
func (c *Client) AnonymisedFindings(ctx context.Context, id string, p Pass) ([]byte, error) {
	return c.bytes(ctx, http.MethodGet, anonymisedPath(id, "/findings"), nil, nil, p, maxAnswer)
}

// AnonymisedCorrect replaces the list of corrections, if nobody has changed it
// since revision.
func (c *Client) AnonymisedCorrect(ctx context.Context, id string, revision int, corrections []byte, p Pass) (Anonymised, error) {
	return decode[Anonymised](c.bytes(ctx, http.MethodPut, anonymisedPath(id, "/corrections"), url.Values{"revision": {strconv.Itoa(revision)}}, corrections, p, maxAnswer))
}

// AnonymisedPictures streams pictures as frames. The caller closes it.
func (c *Client) AnonymisedPictures(ctx context.Context, id string, q PicturesQuery, p Pass) (io.ReadCloser, error) {
	return c.stream(ctx, anonymisedPath(id, "/pictures"), url.Values{
		"first": {strconv.Itoa(q.First)}, "count": {strconv.Itoa(q.Count)}, "width": {strconv.Itoa(q.Width)}}, p)
}

// AnonymisedCover lets the film be made.
func (c *Client) AnonymisedCover(ctx context.Context, id string, p Pass) (Anonymised, error) {
	return decode[Anonymised](c.bytes(ctx, http.MethodPost, anonymisedPath(id, "/cover"), nil, nil, p, maxAnswer))
}

// AnonymisedStop ends what runs or waits.
func (c *Client) AnonymisedStop(ctx context.Context, id string) (Anonymised, error) {
	return decode[Anonymised](c.bytes(ctx, http.MethodPost, anonymisedPath(id, "/stop"), nil, nil, Pass{}, maxAnswer))
}

// AnonymisedRemove removes a copy and all that was made for it.
func (c *Client) AnonymisedRemove(ctx context.Context, id string) error {
	_, err := c.bytes(ctx, http.MethodDelete, anonymisedPath(id, ""), nil, nil, Pass{}, 64<<10)
	return err
}

// Film is an answer with the finished film, or the part that a Range asked for.
type Film struct {
	Code   int // 200, 206 or 416
	Header http.Header
	Body   io.ReadCloser
}

// AnonymisedFilm asks for the film; spread is the Range header, or empty. The
// caller closes the body.
func (c *Client) AnonymisedFilm(ctx context.Context, id, spread string, p Pass) (Film, error) {
	r, err := c.doWith(ctx, http.MethodGet, anonymisedPath(id, "/film"), nil, nil, p, http.Header{"Range": {spread}}) //nolint:bodyclose // the caller has it
	if err != nil {
		return Film{}, err
	}
	return Film{r.StatusCode, r.Header, r.Body}, nil
}

func anonymisedPath(id, what string) string { return "/v1/anonymised/" + url.PathEscape(id) + what }
