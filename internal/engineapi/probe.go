package engineapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Probed is what a probe found. It holds no picture.
type Probed struct {
	Codec      string        `json:"codec"`
	Width      int           `json:"width"`
	Height     int           `json:"height"`
	FPS        float64       `json:"fps"`
	Sound      bool          `json:"sound"`
	Transport  string        `json:"transport"`
	Encrypted  bool          `json:"encrypted"`
	Server     string        `json:"server"`
	ClockMS    int64         `json:"clock_ms"`
	ClockKnown bool          `json:"clock_known"` // the stream told the camera's time
	Took       time.Duration `json:"took_ns"`
	// ONVIF is what the camera says of itself, nil if it could not be asked;
	// ONVIFCause then says why not.
	ONVIF      *ONVIF `json:"onvif,omitempty"`
	ONVIFCause Cause  `json:"onvif_cause,omitempty"`
}

// ONVIF is what a camera says of itself. The stream's own figures are above
// it: what a camera says and what it sends may differ.
type ONVIF struct {
	Address      string          `json:"address"`
	Manufacturer string          `json:"manufacturer"`
	Model        string          `json:"model"`
	Firmware     string          `json:"firmware"`
	Serial       string          `json:"serial"`
	Hardware     string          `json:"hardware"`
	Name         string          `json:"name"`
	Profiles     []string        `json:"profiles"` // of ONVIF: "Streaming", "T", "G"
	ClockKnown   bool            `json:"clock_known"`
	ClockMS      int64           `json:"clock_ms"`   // the camera's clock minus ours
	ClockSet     string          `json:"clock_set"`  // "NTP", "Manual"
	HTTPS        bool            `json:"https"`      // switched on
	RTSPS        bool            `json:"rtsps"`      //
	Storage      string          `json:"storage"`    // "none", "found": a storage of its own
	Recordings   int             `json:"recordings"` // kept there
	Streams      []OfferedStream `json:"streams"`
}

// OfferedStream is one stream that a camera offers.
type OfferedStream struct {
	Name    string  `json:"name"`
	Codec   string  `json:"codec"`
	Width   int     `json:"width"`
	Height  int     `json:"height"`
	FPS     float64 `json:"fps"`
	BitRate int     `json:"bit_rate"` // bits a second, the limit
	URL     string  `json:"url"`      // without user and password
}

// DiscoverQuery asks the engine to look for cameras.
type DiscoverQuery struct {
	// Controller and By are who asks, for the ledger.
	Controller string `json:"controller"`
	By         string `json:"by"`
	// Networks are asked address by address, each inside those where the
	// operator lets cameras be; none: all of those that are not too large.
	Networks []string `json:"networks"`
}

// Discovered is who answered.
type Discovered struct {
	Cameras []FoundCamera `json:"cameras"`
	// Asked is how many addresses were asked one by one, beside the group.
	Asked int `json:"asked"`
	// Left are networks too large to be asked address by address: in them
	// cameras are found only where their group's messages reach.
	Left []string      `json:"left"`
	Took time.Duration `json:"took_ns"`
}

// FoundCamera is a camera on the network. Being found lets nothing be
// recorded.
type FoundCamera struct {
	Host     string   `json:"host"`
	Address  string   `json:"address"` // ONVIF's device service
	Endpoint string   `json:"endpoint"`
	Name     string   `json:"name"`
	Hardware string   `json:"hardware"`
	Location string   `json:"location"`
	Profiles []string `json:"profiles"`
	// Cameras are those of the asking controller that the engine reaches there.
	Cameras []string `json:"cameras"`
}

// Probe connects to a camera once (a signed probe statement).
func (c *Client) Probe(ctx context.Context, signed []byte) (Probed, error) {
	return post[Probed](ctx, c, "/v1/probe", signed)
}

// Discover looks for cameras where the operator lets them be. It takes some
// seconds.
func (c *Client) Discover(ctx context.Context, q DiscoverQuery) (Discovered, error) {
	b, err := json.Marshal(q)
	if err != nil {
		return Discovered{}, fault.As(fault.Internal, "", err)
	}
	return post[Discovered](ctx, c, "/v1/discover", b)
}

func (s *server) probe(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(w, r)
	if err != nil {
		return err
	}
	p, err := s.engine.Probe(r.Context(), b)
	if err != nil {
		return err
	}
	return writeJSON(w, p)
}

func (s *server) discover(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(w, r)
	if err != nil {
		return err
	}
	var q DiscoverQuery
	if err := json.Unmarshal(b, &q); err != nil {
		return fault.New(fault.Invalid, "engine.query", "a search that cannot be read")
	}
	d, err := s.engine.Discover(r.Context(), q)
	if err != nil {
		return err
	}
	return writeJSON(w, d)
}
