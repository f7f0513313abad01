package plans

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
)

// WMS is a map service (OGC Web Map Service 1.3.0) that the operator has
// chosen. The portal asks it; the browser never does.
type WMS struct {
	// Address is the service's, with what it needs, such as a token:
	// "https://api.dataforsyningen.dk/topo_skaermkort_DAF?token=...".
	Address string
	Layers  string // as the service calls them, with commas
	Styles  string // empty: the layers' own
	Source  string // what must be said of where the map comes from
	Client  *http.Client
}

// MapWindow is a piece of Denmark in EPSG:25832 (ETRS89, UTM zone 32), metres.
type MapWindow struct {
	East, North float64 // of the middle
	Across      float64 // metres from left to right
}

// mapSide is how many px a map is across and half as many again are enough to
// print an A4 page sharply.
const (
	mapWide = 2000
	mapHigh = 1400
)

// Scale is metres per px.
func (m MapWindow) Scale() float64 { return m.Across / mapWide }

// Bounds of what can be asked for: Denmark with its waters in zone 32, and
// what a property is seen at.
const (
	leastEast, mostEast     = 400_000, 900_000
	leastNorth, mostNorth   = 6_000_000, 6_450_000
	leastAcross, mostAcross = 20, 5_000
)

func (m MapWindow) ok() bool {
	return m.East >= leastEast && m.East <= mostEast && m.North >= leastNorth && m.North <= mostNorth && m.Across >= leastAcross && m.Across <= mostAcross
}

// mapWait is how long a map service may take.
const mapWait = 20 * time.Second

// Fetch asks the service for a map. Unavailable "map.away" is a service that
// does not answer or has no picture to give. The caller closes it.
func (w *WMS) Fetch(ctx context.Context, m MapWindow) (io.ReadCloser, error) {
	if !m.ok() {
		return nil, fault.New(fault.Invalid, "map.place", "%+v", m)
	}
	u, err := url.Parse(w.Address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return nil, fault.New(fault.Internal, "", "the map service's address is none")
	}
	q := u.Query()
	half, high := m.Across/2, m.Across*mapHigh/mapWide/2
	num := func(f float64) string { return strconv.FormatFloat(f, 'f', 3, 64) }
	for k, val := range map[string]string{"SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetMap", "LAYERS": w.Layers, "STYLES": w.Styles, "CRS": "EPSG:25832",
		"BBOX":  num(m.East-half) + "," + num(m.North-high) + "," + num(m.East+half) + "," + num(m.North+high),
		"WIDTH": itoa(mapWide), "HEIGHT": itoa(mapHigh), "FORMAT": "image/png", "EXCEPTIONS": "XML"} {
		q.Set(k, val)
	}
	u.RawQuery = q.Encode()
	ctx, cancel := context.WithTimeout(ctx, mapWait)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		cancel()
		return nil, fault.New(fault.Internal, "", "the map service's address is none")
	}
	resp, err := w.client().Do(r) //nolint:bodyclose // mapBody closes it
	if err != nil {
		cancel()
		// The address holds a token: only what went wrong is told.
		return nil, fault.New(fault.Unavailable, "map.away", "the map service does not answer")
	}
	body := mapBody{http.MaxBytesReader(nil, resp.Body, drawing.MaxPicture), cancel}
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "image/") {
		said, _ := io.ReadAll(io.LimitReader(body, 500)) // what it says is for the log alone
		_ = body.Close()
		return nil, fault.New(fault.Unavailable, "map.away", "the map service answers %d, %.60q: %q", resp.StatusCode, kind, said)
	}
	return body, nil
}

// client is one that follows nobody elsewhere.
func (w *WMS) client() *http.Client {
	if w.Client != nil {
		return w.Client
	}
	return &http.Client{Timeout: mapWait, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

type mapBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b mapBody) Close() error {
	b.cancel()
	return b.ReadCloser.Close()
}

// mapForm asks which piece of map is wanted.
type mapForm struct {
	Action                 string
	East, Northing, Across fds.Field
	Button                 fds.Button
	Source                 string
	Errors                 *fds.ErrorSummary
}

func (v *visit) mapForm(action string, w *WMS, _ int) *mapForm {
	return &mapForm{Action: action, Source: w.Source,
		East:     v.decimal("oest", "plan.map.east", ""),
		Northing: v.decimal("nordlig", "plan.map.north", ""),
		Across:   v.decimal("bredde-kort", "plan.map.across", "100"),
		Button:   fds.Button{Kind: "secondary", Text: v.T("plan.map.button")}}
}

func (m *mapForm) read(v *visit, in url.Values) (MapWindow, bool) {
	var w MapWindow
	for _, x := range []struct {
		f           *fds.Field
		to          *float64
		least, most float64
	}{{&m.East, &w.East, leastEast, mostEast}, {&m.Northing, &w.North, leastNorth, mostNorth}, {&m.Across, &w.Across, leastAcross, mostAcross}} {
		x.f.Value = in.Get(x.f.Name)
		n, ok := readNum(strings.ReplaceAll(x.f.Value, " ", ""))
		if !ok || n < x.least || n > x.most {
			x.f.Error = v.T("plan.error.number", x.f.Label, v.num(x.least), v.num(x.most))
		}
		*x.to = n
	}
	m.Errors = v.Summary(m.East, m.Northing, m.Across)
	return w, m.Errors == nil
}
