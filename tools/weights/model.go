package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// graphModel is a TensorFlow.js graph model as it is stored.
type graphModel struct {
	ModelTopology struct {
		Node []*node `json:"node"`
	} `json:"modelTopology"`
	WeightsManifest []struct {
		Weights []weight `json:"weights"`
	} `json:"weightsManifest"`
}

// weight is where a constant lies in the weights' file: one after the other.
type weight struct {
	Name         string `json:"name"`
	Dtype        string `json:"dtype"`
	Shape        []int  `json:"shape"`
	Quantization *struct {
		Dtype string `json:"dtype"`
	} `json:"quantization"`
}

// node is one step of the computation.
type node struct {
	Name  string                     `json:"name"`
	Op    string                     `json:"op"`
	Input []string                   `json:"input"`
	Attr  map[string]json.RawMessage `json:"attr"`
}

// read gives an attribute; one that is absent leaves into as it is.
func (n *node) read(name string, into any) {
	raw, ok := n.Attr[name]
	if !ok {
		return
	}
	if err := json.Unmarshal(raw, into); err != nil {
		fail("attribute %s of %s: %v", name, n.Name, err)
	}
}

// ints gives a list of four numbers, ones where it is absent.
func (n *node) ints(name string) []int {
	var a struct {
		List struct {
			I []string `json:"i"`
		} `json:"list"`
	}
	n.read(name, &a)
	if a.List.I == nil {
		return []int{1, 1, 1, 1}
	}
	out := make([]int, len(a.List.I))
	for i, s := range a.List.I {
		v, err := strconv.Atoi(s)
		if err != nil || v < 1 || v > 64 {
			fail("attribute %s of %s: %q", name, n.Name, s)
		}
		out[i] = v
	}
	if len(out) != 4 {
		fail("attribute %s of %s has %d numbers", name, n.Name, len(out))
	}
	return out
}

func decoded(s string) string {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		fail("%q: %v", s, err)
	}
	return string(b)
}

func (n *node) texts(name string) []string {
	var a struct {
		List struct {
			S []string `json:"s"`
		} `json:"list"`
	}
	n.read(name, &a)
	var out []string
	for _, s := range a.List.S {
		out = append(out, decoded(s))
	}
	return out
}

func (n *node) text(name string) string {
	var a struct {
		S string `json:"s"`
	}
	n.read(name, &a)
	return decoded(a.S)
}

func (n *node) flag(name string) bool {
	var a struct {
		B bool `json:"b"`
	}
	n.read(name, &a)
	return a.B
}

func (n *node) float(name string) float32 {
	var a struct {
		F float32 `json:"f"`
	}
	n.read(name, &a)
	return a.F
}

// mostNumbers bounds one constant.
const mostNumbers = 1 << 26

// product is how many numbers a shape has.
func product(shape []int) int {
	n := 1
	for _, d := range shape {
		if d < 0 || d > mostNumbers || n*max(d, 1) > mostNumbers {
			fail("a shape of %v", shape)
		}
		n *= d
	}
	return n
}

// constants reads the weights' file.
func (m *graphModel) constants(file []byte) map[string]*value {
	all := map[string]*value{}
	take := func(n int) []byte {
		if n > len(file) {
			fail("the weights end %d bytes early", n-len(file))
		}
		b := file[:n]
		file = file[n:]
		return b
	}
	for _, g := range m.WeightsManifest {
		for _, w := range g.Weights {
			kind, n := w.Dtype, product(w.Shape)
			if w.Quantization != nil {
				kind = w.Quantization.Dtype
			}
			v := &value{perm: straight(len(w.Shape)), shape: w.Shape}
			switch kind {
			case "float32":
				for b := take(4 * n); len(b) > 0; b = b[4:] {
					v.floats = append(v.floats, math.Float32frombits(binary.LittleEndian.Uint32(b)))
				}
			case "float16":
				for b := take(2 * n); len(b) > 0; b = b[2:] {
					v.floats = append(v.floats, half(binary.LittleEndian.Uint16(b)))
				}
			case "int32":
				for b := take(4 * n); len(b) > 0; b = b[4:] {
					v.ints = append(v.ints, int(int32(binary.LittleEndian.Uint32(b))))
				}
			default:
				fail("weights of kind %q", kind)
			}
			all[w.Name] = v
		}
	}
	if len(file) > 0 {
		fail("%d bytes of weights too many", len(file))
	}
	return all
}

// half is a 16 bit float (IEEE 754).
func half(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch exponent {
	case 0:
		return math.Float32frombits(math.Float32bits(float32(fraction)/(1<<24)) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}

// failure ends a conversion; convert turns it into an error.
type failure struct{ what string }

func fail(format string, args ...any) { panic(failure{fmt.Sprintf(format, args...)}) }
