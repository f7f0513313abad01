//go:build cgo

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	ort "github.com/yalue/onnxruntime_go"

	"vidne.dk/vidne/internal/anonymise"
)

// library is ONNX Runtime's file in the folder of models.
const library = "libonnxruntime.so.1"

// kind is one of the networks.
type kind struct {
	file    string
	outputs []string
	nano    bool
}

// kinds are the networks: the first sees people as they stand and walk, the
// second, of thorough looks, the near and the grey.
var kinds = []kind{
	{file: "movenet.onnx", outputs: []string{"hm", "wh", "off"}},
	{file: "nanodet.onnx", outputs: []string{"p8", "p16", "p32"}, nano: true},
}

// network is one that is loaded.
type network struct {
	kind
	session *ort.DynamicAdvancedSession
	sum     string
}

// detector looks with one network or both.
type detector struct {
	networks []network
	lib      string
	in       *ort.Tensor[float32]
	w, h     int
}

func newDetector(o options) (d *detector, err error) {
	d = &detector{}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	lib := filepath.Join(o.models, library)
	if d.lib, err = sum(lib); err != nil {
		return d, err
	}
	ort.SetSharedLibraryPath(lib)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return d, fmt.Errorf("ONNX Runtime: %w", err)
	}
	for i, k := range kinds {
		if i > 0 && !o.thorough {
			break
		}
		n, err := load(k, o)
		if err != nil {
			return d, err
		}
		d.networks = append(d.networks, n)
	}
	return d, nil
}

func sum(name string) (string, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:]), nil
}

func load(k kind, o options) (network, error) {
	b, err := os.ReadFile(filepath.Join(o.models, k.file))
	if err != nil {
		return network{}, err
	}
	s := sha256.Sum256(b)
	n := network{kind: k, sum: hex.EncodeToString(s[:])}
	opt, err := ort.NewSessionOptions()
	if err != nil {
		return n, err
	}
	defer opt.Destroy() //nolint:errcheck // the session has its own copy
	err = errors.Join(
		opt.SetIntraOpNumThreads(o.threads), opt.SetInterOpNumThreads(1),
		opt.SetGraphOptimizationLevel(ort.GraphOptimizationLevelEnableAll),
		opt.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"), // the encoder and the recorder need the processor
	)
	if err != nil {
		return n, err
	}
	n.session, err = ort.NewDynamicAdvancedSessionWithONNXData(b, []string{"image"}, k.outputs, opt)
	return n, err
}

func (d *detector) close() {
	for _, n := range d.networks {
		_ = n.session.Destroy() // at the program's end
	}
	if d.in != nil {
		_ = d.in.Destroy() // memory
	}
	_ = ort.DestroyEnvironment() // as above
}

// sums are what looked, by name.
func (d *detector) sums() map[string]string {
	out := map[string]string{library: d.lib}
	for _, n := range d.networks {
		out[n.file] = n.sum
	}
	return out
}

// see finds people.
func (d *detector) see(s *anonymise.Small) ([]anonymise.Detection, error) {
	if d.in == nil {
		in, err := ort.NewEmptyTensor[float32](ort.NewShape(1, 3, int64(s.H), int64(s.W)))
		if err != nil {
			return nil, err
		}
		d.in, d.w, d.h = in, s.W, s.H
	}
	if s.W != d.w || s.H != d.h {
		return nil, errors.New("pictures of two sizes")
	}
	var all []anonymise.Detection
	for _, n := range d.networks {
		s.Planes(d.in.GetData(), n.nano)
		found, err := n.see(d.in, s)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if len(d.networks) > 1 {
		all = anonymise.Suppress(all, 0.7)
	}
	return all, nil
}

func (n network) see(in *ort.Tensor[float32], s *anonymise.Small) ([]anonymise.Detection, error) {
	values := make([]ort.Value, len(n.outputs))
	if err := n.session.Run([]ort.Value{in}, values); err != nil {
		return nil, err
	}
	var heads [3][]float32
	var h, w int
	for i, v := range values {
		defer v.Destroy() //nolint:errcheck // memory
		t, ok := v.(*ort.Tensor[float32])
		if !ok {
			return nil, fmt.Errorf("%s answers with another kind of numbers", n.file)
		}
		heads[i] = t.GetData()
		if shape := t.GetShape(); i == 0 {
			if len(shape) != 4 {
				return nil, fmt.Errorf("%s answers with another shape", n.file)
			}
			h, w = int(shape[2]), int(shape[3])
		}
	}
	if n.nano {
		return anonymise.NanoDet(heads, s.W, s.H, anonymise.Unsure), nil
	}
	return anonymise.MoveNet(heads[0], heads[1], heads[2], w, h, anonymise.Unsure), nil
}
