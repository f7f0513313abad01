package onvif

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

// parse reads the first element of a SOAP body into out. A SOAP fault that
// says "not authorised" is Denied "camera.auth", any other is Unavailable
// "camera.protocol"; neither shows the camera's own words, which may be hostile.
func parse(b []byte, out any) error {
	if err := bounded(b); err != nil {
		return err
	}
	var env struct {
		Body struct {
			Fault *struct {
				Code struct {
					Subcode struct{ Value string }
				}
			}
			Inner []byte `xml:",innerxml"`
		}
	}
	if err := xml.Unmarshal(b, &env); err != nil {
		return malformed(err)
	}
	if f := env.Body.Fault; f != nil {
		_, code, _ := strings.Cut(f.Code.Subcode.Value, ":")
		if code == "NotAuthorized" || code == "FailedAuthentication" {
			return fault.New(fault.Denied, "camera.auth", "the camera refuses the user")
		}
		return fault.New(fault.Unavailable, "camera.protocol", "the camera answers with a fault")
	}
	if err := xml.Unmarshal(env.Body.Inner, out); err != nil {
		return malformed(err)
	}
	return nil
}

func malformed(err error) error {
	return fault.New(fault.Invalid, "camera.protocol", "an ONVIF answer that is not XML of its kind: %T", err)
}

// bounded walks the tokens once and refuses what would be dear to parse or
// has no place in SOAP: a document type, an instruction, too many elements.
func bounded(b []byte) error {
	// Attributes are parsed a whole element at a time, so they are counted in
	// the bytes before the parser sees them.
	if bytes.Count(b, []byte("=")) > elementsMax {
		return fault.New(fault.Invalid, "camera.too-large", "an ONVIF answer with too many attributes")
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	for n := 0; ; {
		t, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return malformed(err)
		}
		switch t.(type) {
		case xml.Directive:
			return fault.New(fault.Invalid, "camera.protocol", "an ONVIF answer with a document type")
		case xml.StartElement:
			if n++; n > elementsMax {
				return fault.New(fault.Invalid, "camera.too-large", "an ONVIF answer with too many elements")
			}
		}
	}
}
