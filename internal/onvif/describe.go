package onvif

import (
	"context"
	"net/url"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Namespaces of the media services.
const (
	nsMedia  = "http://www.onvif.org/ver10/media/wsdl"
	nsMedia2 = "http://www.onvif.org/ver20/media/wsdl"
	nsSchema = "http://www.onvif.org/ver10/schema"
)

// maxStreams bounds the streams that are asked for.
const maxStreams = 8

// Description is what a camera says of itself. It is the camera's word: what
// its stream really is, the stream shows.
type Description struct {
	Manufacturer string
	Model        string
	Firmware     string
	Serial       string
	Hardware     string
	Name         string
	Profiles     []string // of ONVIF: "Streaming", "T", "G"
	// ClockKnown says that it told the time; Clock is then its clock minus
	// ours, and ClockSet how it is set: "NTP" or "Manual".
	ClockKnown bool
	Clock      time.Duration
	ClockSet   string
	// HTTPS and RTSPS say that it has them switched on.
	HTTPS   bool
	RTSPS   bool
	Storage Storage
	Streams []Stream
}

// Stream is one profile that a camera sends.
type Stream struct {
	Token   string
	Name    string
	Codec   string // "H.264", "H.265", "JPEG", or its own word
	Width   int
	Height  int
	FPS     float64
	BitRate int    // bits a second, the limit
	URL     string // rtsp or rtsps, without user and password
}

// Describe asks a camera what it is. What one service does not tell is left
// empty; a camera that tells nothing at all is an error. No picture is asked
// for.
func (c *Client) Describe(ctx context.Context) (d Description, err error) {
	defer fault.Wrap(&err, "onvif.Describe(%s)", c.host)
	services, err := c.services(ctx)
	if err != nil {
		return d, err
	}
	var about struct{ Manufacturer, Model, FirmwareVersion, SerialNumber, HardwareId string }
	if err := c.call(ctx, c.cfg.Address, `<GetDeviceInformation xmlns="`+nsDevice+`"/>`, &about); err != nil {
		return d, err
	}
	d.Manufacturer, d.Model, d.Firmware = clean(about.Manufacturer), clean(about.Model), clean(about.FirmwareVersion)
	d.Serial, d.Hardware = clean(about.SerialNumber), clean(about.HardwareId)
	c.learnClock(ctx)
	d.ClockKnown, d.Clock, d.ClockSet = c.synced, c.offset, clean(c.clockSet)

	var scopes struct{ Scopes []struct{ ScopeItem string } }
	if c.call(ctx, c.cfg.Address, `<GetScopes xmlns="`+nsDevice+`"/>`, &scopes) == nil {
		var list []string
		for _, s := range scopes.Scopes {
			list = append(list, s.ScopeItem)
		}
		d.Name, _, _, d.Profiles = readScopes(list)
	}
	var protocols struct {
		NetworkProtocols []struct {
			Name    string
			Enabled bool
		}
	}
	if c.call(ctx, c.cfg.Address, `<GetNetworkProtocols xmlns="`+nsDevice+`"/>`, &protocols) == nil {
		for _, p := range protocols.NetworkProtocols {
			d.HTTPS = d.HTTPS || (p.Enabled && p.Name == "HTTPS")
			d.RTSPS = d.RTSPS || (p.Enabled && p.Name == "RTSPS")
		}
	}
	d.Storage = c.storage(ctx, services)
	switch {
	case services[nsMedia2] != "":
		d.Streams = c.media2(ctx, services[nsMedia2])
	case services[nsMedia] != "":
		d.Streams = c.media(ctx, services[nsMedia])
	}
	for i := range d.Streams {
		d.Streams[i].URL = c.streamURL(d.Streams[i].URL)
	}
	return d, ctx.Err()
}

// services are the addresses of the camera's services by namespace, those on
// its own host.
func (c *Client) services(ctx context.Context) (map[string]string, error) {
	var list struct {
		Service []struct {
			Namespace string
			XAddr     string
		}
	}
	if err := c.call(ctx, c.cfg.Address, `<GetServices xmlns="`+nsDevice+`"><IncludeCapability>false</IncludeCapability></GetServices>`, &list); err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, s := range list.Service {
		if to, err := c.own(s.XAddr); err == nil {
			out[s.Namespace] = to
		}
	}
	return out, nil
}

// storage is what the camera keeps itself; the zero value if it does not say.
func (c *Client) storage(ctx context.Context, services map[string]string) (s Storage) {
	to := services[nsRecording]
	if to == "" {
		return s
	}
	s.Service = true
	var found struct {
		RecordingItem []struct{ RecordingToken string }
	}
	if c.call(ctx, to, `<GetRecordings xmlns="`+nsRecording+`"/>`, &found) == nil {
		s.Recordings = len(found.RecordingItem)
	}
	return s
}

type resolution struct{ Width, Height int }

func (c *Client) media2(ctx context.Context, to string) (out []Stream) {
	var list struct {
		Profiles []struct {
			Token          string `xml:"token,attr"`
			Name           string
			Configurations struct {
				VideoEncoder *struct {
					Encoding    string
					Resolution  resolution
					RateControl struct {
						FrameRateLimit float64
						BitrateLimit   int
					}
				}
			}
		}
	}
	if c.call(ctx, to, `<GetProfiles xmlns="`+nsMedia2+`"><Type>VideoEncoder</Type></GetProfiles>`, &list) != nil {
		return nil
	}
	for _, p := range list.Profiles {
		v := p.Configurations.VideoEncoder
		if v == nil || len(out) == maxStreams {
			continue
		}
		s := Stream{Token: clean(p.Token), Name: clean(p.Name), Codec: codec(v.Encoding), Width: v.Resolution.Width, Height: v.Resolution.Height,
			FPS: v.RateControl.FrameRateLimit, BitRate: v.RateControl.BitrateLimit * 1000}
		var at struct{ Uri string }
		if c.call(ctx, to, `<GetStreamUri xmlns="`+nsMedia2+`"><Protocol>RTSP</Protocol><ProfileToken>`+escape(p.Token)+`</ProfileToken></GetStreamUri>`, &at) == nil {
			s.URL = at.Uri
		}
		out = append(out, s)
	}
	return out
}

func (c *Client) media(ctx context.Context, to string) (out []Stream) {
	var list struct {
		Profiles []struct {
			Token                     string `xml:"token,attr"`
			Name                      string
			VideoEncoderConfiguration *struct {
				Encoding    string
				Resolution  resolution
				RateControl struct {
					FrameRateLimit float64
					BitrateLimit   int
				}
			}
		}
	}
	if c.call(ctx, to, `<GetProfiles xmlns="`+nsMedia+`"/>`, &list) != nil {
		return nil
	}
	for _, p := range list.Profiles {
		v := p.VideoEncoderConfiguration
		if v == nil || len(out) == maxStreams {
			continue
		}
		s := Stream{Token: clean(p.Token), Name: clean(p.Name), Codec: codec(v.Encoding), Width: v.Resolution.Width, Height: v.Resolution.Height,
			FPS: v.RateControl.FrameRateLimit, BitRate: v.RateControl.BitrateLimit * 1000}
		var at struct{ MediaUri struct{ Uri string } }
		if c.call(ctx, to, `<GetStreamUri xmlns="`+nsMedia+`"><StreamSetup><Stream xmlns="`+nsSchema+`">RTP-Unicast</Stream><Transport xmlns="`+nsSchema+
			`"><Protocol>RTSP</Protocol></Transport></StreamSetup><ProfileToken>`+escape(p.Token)+`</ProfileToken></GetStreamUri>`, &at) == nil {
			s.URL = at.MediaUri.Uri
		}
		out = append(out, s)
	}
	return out
}

// codec is the name that the rest of the house has for an encoding.
func codec(s string) string {
	switch strings.ToUpper(s) {
	case "H264":
		return "H.264"
	case "H265", "HEVC":
		return "H.265"
	}
	return clean(s)
}

// streamURL keeps the address of a stream that lies on the camera itself,
// without user and password, which some cameras put there.
func (c *Client) streamURL(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || (u.Scheme != "rtsp" && u.Scheme != "rtsps") || !strings.EqualFold(u.Hostname(), c.host) || len(s) > 1024 {
		return ""
	}
	u.User = nil
	return u.String()
}
