package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/permit"
)

// segmentKey is a segment's own key: under its period key while that lives,
// else under the key of a hold that is in force. NotFound "key.erased" when
// neither is there.
func (a *Archive) segmentKey(h *segment.Header, name segment.Name) (keys.Key, error) {
	kek, err := a.cfg.Keys.Lookup(keys.Period{Camera: h.Camera, Hour: h.Hour, Class: h.Class})
	if err == nil {
		return keys.Unwrap(kek, h.Wrapped[:], h.WrapAAD())
	}
	if !fault.Is(err, fault.NotFound) {
		return keys.Key{}, err
	}
	car, cerr := a.readSidecar(name)
	if cerr != nil {
		if errors.Is(cerr, fs.ErrNotExist) {
			return keys.Key{}, err
		}
		return keys.Key{}, cerr
	}
	for _, k := range car.Keys {
		if kek, herr := a.cfg.Keys.LookupHold(k.Hold); herr == nil {
			return keys.Unwrap(kek, k.Wrapped, h.HeldAAD(k.Hold))
		}
	}
	return keys.Key{}, err
}

// sidecar is a .held file: the segment's key under the keys of its holds.
type sidecar struct {
	V       int       `json:"v"`
	Segment string    `json:"segment"`
	Header  string    `json:"header"`
	Keys    []heldKey `json:"keys"`
}

type heldKey struct {
	Hold    permit.ID `json:"hold"`
	Wrapped []byte    `json:"wrapped"`
}

func decodeSidecar(b []byte, id string) (*sidecar, error) {
	var c sidecar
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return nil, fault.As(fault.Corrupt, "segment.corrupt", err)
	}
	if c.V != 1 || c.Segment != id {
		return nil, fault.New(fault.Corrupt, "segment.corrupt", "keys of %.40q version %d beside segment %s", c.Segment, c.V, id)
	}
	return &c, nil
}

func (a *Archive) readSidecar(name segment.Name) (*sidecar, error) {
	b, err := durable.ReadFile(a.cfg.FS, a.path(name.With(segment.Held).Path()))
	if err != nil {
		return nil, err
	}
	return decodeSidecar(b, name.ID)
}

// secure wraps a held segment's key under the key of each of these holds, in
// its .held file, and proves from what then lies on the disk that each of
// them opens the segment. Keys of other holds are left out. It changes
// nothing that is already so.
func (a *Archive) secure(name segment.Name, holds []permit.ID) (err error) {
	defer fault.Wrap(&err, "secure(%s)", name.Path())
	file, err := a.cfg.FS.OpenFile(a.path(name.With(segment.Closed).Path()), os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	h, err := segment.ReadHeader(file)
	if err != nil {
		return err
	}
	old, err := a.readSidecar(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !fault.Is(err, fault.Corrupt) {
		return err
	}
	if old == nil || !slices.EqualFunc(old.Keys, holds, func(k heldKey, id permit.ID) bool { return k.Hold == id }) || a.prove(file, h, name, holds) != nil {
		dek, err := a.segmentKey(h, name)
		if err != nil {
			return err
		}
		if _, err := segment.NewOpener(h, dek); err != nil {
			return err
		}
		car := sidecar{V: 1, Segment: name.ID, Header: fmt.Sprintf("%x", h.Hash), Keys: []heldKey{}}
		for _, id := range holds {
			kek, err := a.cfg.Keys.Hold(id)
			if err != nil {
				return err
			}
			car.Keys = append(car.Keys, heldKey{id, keys.Wrap(kek, dek, h.HeldAAD(id))})
		}
		b, err := json.Marshal(car)
		if err != nil {
			return err
		}
		if err := durable.WriteFile(a.cfg.FS, a.path(name.With(segment.Held).Path()), b, 0o600); err != nil {
			return err
		}
	}
	return a.prove(file, h, name, holds)
}

// prove reads the .held file back and opens the segment's first chunk with
// each hold's key. A chunk that was damaged before is no fault of the keys:
// the commitment then stands for it.
func (a *Archive) prove(file durable.File, h *segment.Header, name segment.Name, holds []permit.ID) error {
	car, err := a.readSidecar(name)
	if err != nil {
		return err
	}
	if len(car.Keys) != len(holds) {
		return fault.New(fault.Corrupt, "hold.unproved", "%d keys for %d holds", len(car.Keys), len(holds))
	}
	for i, id := range holds {
		if car.Keys[i].Hold != id {
			return fault.New(fault.Corrupt, "hold.unproved", "no key for hold %s", id)
		}
		kek, err := a.cfg.Keys.LookupHold(id)
		if err != nil {
			return err
		}
		dek, err := keys.Unwrap(kek, car.Keys[i].Wrapped, h.HeldAAD(id))
		if err != nil {
			return err
		}
		o, err := segment.NewOpener(h, dek)
		if err != nil {
			return err
		}
		if err := o.Probe(file); err != nil && !fault.Is(err, fault.Corrupt) {
			return err
		} else if err != nil {
			a.alarm(AlarmCorrupt, h.Camera, name.Path(), true)
		}
	}
	return nil
}
