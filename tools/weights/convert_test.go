package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// small is a model with one convolution: 3 × 3, strided, with bias and Relu6,
// after a transposing to channels last and back.
func small() (topology, weights []byte) {
	ints := func(v ...string) string {
		return `{"list":{"i":["` + strings.Join(v, `","`) + `"]}}`
	}
	topology = []byte(`{"modelTopology":{"node":[
{"name":"in","op":"Placeholder","attr":{"shape":{"shape":{"dim":[{"size":"1"},{"size":"3"},{"size":"8"},{"size":"8"}]}}}},
{"name":"t","op":"Transpose","input":["in","order"]},
{"name":"p","op":"Pad","input":["t","pads"]},
{"name":"c","op":"_FusedConv2D","input":["p","k","b"],"attr":{"strides":` + ints("1", "2", "2", "1") + `,"padding":{"s":"` + b64("VALID") + `"},"fused_ops":{"list":{"s":["` + b64("BiasAdd") + `","` + b64("Relu6") + `"]}}}},
{"name":"a","op":"AddV2","input":["c","one"]},
{"name":"s","op":"Sigmoid","input":["a"]}]},
"weightsManifest":[{"weights":[
{"name":"order","dtype":"int32","shape":[4]},{"name":"pads","dtype":"int32","shape":[4,2]},
{"name":"k","dtype":"float32","shape":[3,3,3,2],"quantization":{"dtype":"float16"}},
{"name":"b","dtype":"float32","shape":[2]},{"name":"one","dtype":"float32","shape":[]}]}]}`)
	for _, v := range []int32{0, 2, 3, 1, 0, 0, 1, 1, 1, 1, 0, 0} {
		weights = binary.LittleEndian.AppendUint32(weights, uint32(v))
	}
	for range 54 {
		weights = binary.LittleEndian.AppendUint16(weights, 0x3c00)
	}
	for _, v := range []float32{.5, -.5, 1} {
		weights = binary.LittleEndian.AppendUint32(weights, math.Float32bits(v))
	}
	return topology, weights
}

var one = recipe{"in", 8, [][2]string{{"s", "out"}}}

func TestAModelBecomesONNX(t *testing.T) {
	topology, weights := small()
	got, err := convert(topology, weights, one)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Conv", "Clip", "Add", "Sigmoid", "Identity", "pads", "strides", "image", "out", "o0_2"} {
		if !bytes.Contains(got, []byte(want)) {
			t.Errorf("no %s", want)
		}
	}
	// Zeros around the picture go into the convolution, and nothing is moved.
	for _, want := range []string{"Pad1", "Transpose"} {
		if bytes.Contains(got, []byte(want)) {
			t.Errorf("there is a %s", want)
		}
	}
	again, err := convert(topology, weights, one)
	if err != nil || !bytes.Equal(got, again) {
		t.Error("the same model gives other bytes")
	}
}

func TestModelsThatAreNotUnderstood(t *testing.T) {
	topology, weights := small()
	change := func(old, new string) []byte { return bytes.ReplaceAll(topology, []byte(old), []byte(new)) }
	for name, test := range map[string]struct {
		topology, weights []byte
		recipe            recipe
	}{
		"no JSON":          {[]byte("{"), weights, one},
		"no input":         {topology, weights, recipe{"x", 8, one.outputs}},
		"no output":        {topology, weights, recipe{"in", 8, [][2]string{{"x", "out"}}}},
		"a constant":       {topology, weights, recipe{"in", 8, [][2]string{{"one", "out"}}}},
		"unknown step":     {change("Sigmoid", "Softmax"), weights, one},
		"weights too few":  {topology, weights[:20], one},
		"weights too many": {topology, append(bytes.Clone(weights), 0), one},
		"a circle":         {change(`"input":["c","one"]`, `"input":["s","one"]`), weights, one},
		"other bias":       {change(`"b","dtype":"float32","shape":[2]`, `"b","dtype":"float32","shape":[]`), weights, one},
		"huge shape":       {change(`"shape":[3,3,3,2]`, `"shape":[3000000,3000000,3,2]`), weights, one},
		"no kernel":        {change(`["p","k","b"]`, `["p","pads","b"]`), weights, one},
		"strides of none":  {change(`["1","2","2","1"]`, `["1","0","2","1"]`), weights, one},
	} {
		if _, err := convert(test.topology, test.weights, test.recipe); err == nil {
			t.Errorf("%s: converted", name)
		}
	}
}

func TestHalfFloats(t *testing.T) {
	for h, want := range map[uint16]float32{0: 0, 0x3c00: 1, 0xc000: -2, 0x3555: 0.33325195, 1: 1. / (1 << 24), 0x7bff: 65504} {
		if got := half(h); got != want {
			t.Errorf("%04x is %v, not %v", h, got, want)
		}
	}
	if !math.IsInf(float64(half(0xfc00)), -1) || !math.IsNaN(float64(half(0x7e00))) || math.Float32bits(half(0x8000)) != 1<<31 {
		t.Error("the ends of the scale")
	}
}

func TestReorder(t *testing.T) {
	got, dims := reorder([]float32{0, 1, 2, 3, 4, 5}, []int{2, 3}, []int{1, 0})
	if dims[0] != 3 || dims[1] != 2 || got[0] != 0 || got[1] != 3 || got[2] != 1 || got[5] != 5 {
		t.Errorf("%v of %v", got, dims)
	}
}

func TestAPackageThatWasChangedMakesNothing(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name := range taken {
		if err := w.WriteHeader(&tar.Header{Name: name, Size: 5, Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("other")); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "p.tgz")
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, "models")
	if err := build(to, []string{name}); err == nil || !strings.Contains(err.Error(), "has the sum") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(to); err == nil {
		t.Error("half a folder was made")
	}
	if err := build(to, nil); err == nil {
		t.Error("a folder was made of nothing")
	}
	if err := check(to); err == nil {
		t.Error("a folder that is not there is whole")
	}
}

func FuzzConvert(f *testing.F) {
	topology, weights := small()
	f.Add(topology, weights)
	f.Fuzz(func(_ *testing.T, topology, weights []byte) {
		if json.Valid(topology) {
			_, _ = convert(topology, weights, one)
		}
	})
}
