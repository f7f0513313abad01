package engineapi

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// maxAnswer bounds a JSON answer: coverage of 100 cameras over 30 days with a
// change each ten minutes is below it.
const maxAnswer = 64 << 20

// Client speaks to one engine. It is safe for concurrent use. Errors carry
// the engine's own kind and key; an engine that does not answer is
// fault.Unavailable "engine.away".
type Client struct {
	base   string
	secret string
	http   *http.Client
}

// NewClient speaks to the engine at base ("https://engine:8443") with the
// bearer secret that both share. h must have no overall timeout: streams last.
func NewClient(base, secret string, h *http.Client) *Client {
	if h == nil {
		h = &http.Client{}
	}
	return &Client{strings.TrimRight(base, "/"), secret, h}
}

// Statement hands the engine one signed statement (permit.Signed.Encode).
// Refusals are fault.Refused or fault.Conflict; sending one again that is in
// force already is no error.
func (c *Client) Statement(ctx context.Context, signed []byte) (Accepted, error) {
	return post[Accepted](ctx, c, "/v1/statements", signed)
}

// Identity tells who the engine is, and the key that credentials are sealed to.
func (c *Client) Identity(ctx context.Context) (Identity, error) {
	return get[Identity](ctx, c, "/v1/identity", nil)
}

// Status tells how the engine and its cameras are now.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return get[Status](ctx, c, "/v1/status", nil)
}

// Coverage is expected against recorded for one camera.
func (c *Client) Coverage(ctx context.Context, camera string, from, to time.Time) (Coverage, error) {
	return get[Coverage](ctx, c, cameraPath(camera, "coverage"), interval(from, to))
}

// Coverages is Coverage of several cameras in one go, in the order asked.
func (c *Client) Coverages(ctx context.Context, cameras []string, from, to time.Time) ([]Coverage, error) {
	q := interval(from, to)
	q["camera"] = cameras
	return get[[]Coverage](ctx, c, "/v1/coverage", q)
}

// States is the series of states of some cameras, or of all when none is named.
func (c *Client) States(ctx context.Context, cameras []string, from, to time.Time) ([]StateChange, error) {
	q := interval(from, to)
	q["camera"] = cameras
	return get[[]StateChange](ctx, c, "/v1/states", q)
}

// Clock is the series of a camera's clock against the engine's.
func (c *Client) Clock(ctx context.Context, camera string, from, to time.Time) ([]ClockSample, error) {
	return get[[]ClockSample](ctx, c, cameraPath(camera, "clock"), interval(from, to))
}

// Permit is the permit in force for a camera, as the engine sees it.
func (c *Client) Permit(ctx context.Context, camera string) (InForce, error) {
	return get[InForce](ctx, c, "/v1/permits/"+url.PathEscape(camera), nil)
}

// Holds lists the holds in force.
func (c *Client) Holds(ctx context.Context) ([]Held, error) {
	return get[[]Held](ctx, c, "/v1/holds", nil)
}

// Deletions lists what was deleted, will be and should have been, by due time.
func (c *Client) Deletions(ctx context.Context, from, to time.Time) ([]Deletion, error) {
	return get[[]Deletion](ctx, c, "/v1/deletions", interval(from, to))
}

// Tallies counts what each camera recorded, and what was deleted of it.
func (c *Client) Tallies(ctx context.Context, from, to time.Time) ([]Tally, error) {
	return get[[]Tally](ctx, c, "/v1/tallies", interval(from, to))
}

// Late lists what was due from from to to and was deleted more than an hour
// late, or is still there then; holds apart.
func (c *Client) Late(ctx context.Context, from, to time.Time) ([]Deletion, error) {
	return get[[]Deletion](ctx, c, "/v1/late", interval(from, to))
}

// Alarms lists the alarms that stood at some time from from to to.
func (c *Client) Alarms(ctx context.Context, from, to time.Time) ([]Alarm, error) {
	return get[[]Alarm](ctx, c, "/v1/alarms", interval(from, to))
}

// Checkpoint is the ledger's newest signed checkpoint (C2SP signed note).
func (c *Client) Checkpoint(ctx context.Context) ([]byte, error) {
	return c.bytes(ctx, http.MethodGet, "/v1/ledger/checkpoint", nil, nil, Pass{}, 64<<10)
}

// Anchor enters the portal's checkpoint in the engine's ledger.
func (c *Client) Anchor(ctx context.Context, checkpoint []byte) error {
	_, err := c.bytes(ctx, http.MethodPost, "/v1/anchor", nil, checkpoint, Pass{}, 64<<10)
	return err
}

// LedgerEntries reads n entries from index from on.
func (c *Client) LedgerEntries(ctx context.Context, from int64, n int) ([]LedgerEntry, error) {
	return get[[]LedgerEntry](ctx, c, "/v1/ledger/entries", url.Values{
		"from": {strconv.FormatInt(from, 10)}, "n": {strconv.Itoa(n)}})
}

// LedgerFind selects ledger entries, newest first.
func (c *Client) LedgerFind(ctx context.Context, f LedgerFilter) ([]LedgerEntry, error) {
	q := interval(f.From, f.To)
	q["kind"], q["except"] = f.Kinds, f.Except
	if f.Text != "" {
		q.Set("text", f.Text)
	}
	if f.Controller != "" {
		q.Set("controller", f.Controller)
	}
	q.Set("limit", strconv.Itoa(f.Limit))
	return get[[]LedgerEntry](ctx, c, "/v1/ledger/find", q)
}

// ProveEntry proves that entry index is in the tree of the given size.
func (c *Client) ProveEntry(ctx context.Context, index, size int64) (LedgerProof, error) {
	return get[LedgerProof](ctx, c, "/v1/ledger/proof", url.Values{
		"index": {strconv.FormatInt(index, 10)}, "size": {strconv.FormatInt(size, 10)}})
}

// ProveTree proves that the tree of size old is a beginning of that of size.
func (c *Client) ProveTree(ctx context.Context, old, size int64) (LedgerProof, error) {
	return get[LedgerProof](ctx, c, "/v1/ledger/proof", url.Values{
		"old": {strconv.FormatInt(old, 10)}, "size": {strconv.FormatInt(size, 10)}})
}

// LedgerExtract streams entries [from, to) with their proofs. With a controller
// those that are only about others are there without their text.
func (c *Client) LedgerExtract(ctx context.Context, from, to int64, controller string) (io.ReadCloser, error) {
	q := url.Values{"from": {strconv.FormatInt(from, 10)}, "to": {strconv.FormatInt(to, 10)}}
	if controller != "" {
		q.Set("controller", controller)
	}
	return c.stream(ctx, "/v1/ledger/extract", q, Pass{})
}

// Fragments opens a stream of footage; read it with [NewFrameReader], or hand
// it on as it is. The caller closes it.
func (c *Client) Fragments(ctx context.Context, q FragmentQuery, p Pass) (io.ReadCloser, error) {
	v := interval(q.From, q.To)
	if q.H264 {
		v.Set("as", "h264")
	}
	if q.Keys {
		v.Set("keys", "1")
	}
	if q.Lines > 0 {
		v.Set("lines", strconv.Itoa(q.Lines))
	}
	return c.stream(ctx, cameraPath(q.Camera, "fragments"), v, p)
}

// Still is one picture as JPEG.
func (c *Client) Still(ctx context.Context, q StillQuery, p Pass) ([]byte, error) {
	v := url.Values{}
	if !q.At.IsZero() {
		v.Set("at", q.At.UTC().Format(time.RFC3339Nano))
	}
	return c.bytes(ctx, http.MethodGet, cameraPath(q.Camera, "still"), v, nil, p, 32<<20)
}

// Metrics is the engine's Prometheus text.
func (c *Client) Metrics(ctx context.Context) ([]byte, error) {
	return c.bytes(ctx, http.MethodGet, "/metrics", nil, nil, Pass{}, maxAnswer)
}

func cameraPath(camera, what string) string {
	return "/v1/cameras/" + url.PathEscape(camera) + "/" + what
}

func interval(from, to time.Time) url.Values {
	v := url.Values{}
	if !from.IsZero() {
		v.Set("from", from.UTC().Format(time.RFC3339Nano))
	}
	if !to.IsZero() {
		v.Set("to", to.UTC().Format(time.RFC3339Nano))
	}
	return v
}

func get[T any](ctx context.Context, c *Client, path string, q url.Values) (T, error) {
	return decode[T](c.bytes(ctx, http.MethodGet, path, q, nil, Pass{}, maxAnswer))
}

func post[T any](ctx context.Context, c *Client, path string, body []byte) (T, error) {
	return decode[T](c.bytes(ctx, http.MethodPost, path, nil, body, Pass{}, maxAnswer))
}

func decode[T any](b []byte, err error) (v T, _ error) {
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return v, fault.As(fault.Unavailable, "engine.answer", err)
	}
	return v, nil
}

func (c *Client) bytes(ctx context.Context, method, path string, q url.Values, body []byte, p Pass, limit int64) ([]byte, error) {
	r, err := c.do(ctx, method, path, q, body, p)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, away(ctx, err)
	}
	if int64(len(b)) > limit {
		return nil, fault.New(fault.Unavailable, "engine.answer", "answer of more than %d bytes", limit)
	}
	return b, nil
}

func (c *Client) stream(ctx context.Context, path string, q url.Values, p Pass) (io.ReadCloser, error) {
	r, err := c.do(ctx, http.MethodGet, path, q, nil, p)
	if err != nil {
		return nil, err
	}
	return r.Body, nil
}

func (c *Client) do(ctx context.Context, method, path string, q url.Values, body []byte, p Pass) (*http.Response, error) {
	return c.doWith(ctx, method, path, q, body, p, nil)
}

// doWith sends more headers along; those that are empty are left out.
func (c *Client) doWith(ctx context.Context, method, path string, q url.Values, body []byte, p Pass, more http.Header) (*http.Response, error) {
	u := c.base + path
	if len(q) > 0 {
		u += "?" + q.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, u, bytes.NewReader(body))
	if err != nil {
		return nil, fault.As(fault.Invalid, "engine.address", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.secret)
	if len(p.Statement) > 0 {
		req.Header.Set(StatementHeader, base64.StdEncoding.EncodeToString(p.Statement))
	}
	if p.Whence != "" {
		req.Header.Set(WhenceHeader, strconv.QuoteToASCII(p.Whence))
	}
	for k := range more {
		if v := more.Get(k); v != "" {
			req.Header.Set(k, v)
		}
	}
	r, err := c.http.Do(req)
	if err != nil {
		return nil, away(ctx, err)
	}
	if r.StatusCode/100 != 2 && !(len(more) > 0 && r.StatusCode == http.StatusRequestedRangeNotSatisfiable) {
		defer r.Body.Close()
		return nil, readProblem(r)
	}
	return r, nil
}

// away keeps the caller's own cancellation apart from an engine that is gone.
func away(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // the address stays out of what may be shown
	}
	return fault.As(fault.Unavailable, "engine.away", err)
}
