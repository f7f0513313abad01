package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
)

// recipe says which part of a model is converted: from its input to where its
// heads end, so that it takes pictures of any size.
type recipe struct {
	input   string
	size    int // of the pictures that it was made for
	outputs [][2]string
}

// value is what a step gives. Dimension i of the model's value is dimension
// perm[i] of the ONNX tensor: transposing is remembered, not done. shape is the
// model's, for pictures of the recipe's size.
type value struct {
	name   string
	perm   []int
	shape  []int
	pad    []int // zeros still to be put around it, by the tensor's dimension: before, then after
	floats []float32
	ints   []int
}

func (v *value) constant() bool { return v.name == "" }

// channelsLast is the order of most models; ONNX has channels first.
var channelsLast = []int{0, 2, 3, 1}

func straight(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	return p
}

// converter is one conversion.
type converter struct {
	graph  message
	count  int
	nodes  map[string]*node
	values map[string]*value
	consts map[string]*value
	deep   int
}

// convert gives the ONNX file of a part of a model.
func convert(topology, weights []byte, r recipe) (file []byte, err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case failure:
			err = errors.New(p.what)
		default:
			panic(p)
		}
	}()
	var m graphModel
	if err := json.Unmarshal(topology, &m); err != nil {
		return nil, err
	}
	c := &converter{nodes: map[string]*node{}, values: map[string]*value{}, consts: m.constants(weights)}
	for _, n := range m.ModelTopology.Node {
		if n != nil {
			c.nodes[n.Name] = n
		}
	}
	c.graph.text(2, "vidne")
	c.begin(r)
	for i, o := range r.outputs {
		v := c.padded(c.get(o[0]))
		if v.constant() || len(v.perm) != 4 {
			fail("%s is no picture", o[0])
		}
		c.node("Identity", []string{v.name}, []string{o[1]})
		var dims [4]any
		for k, at := range v.perm {
			dims[at] = "o" + strconv.Itoa(i) + "_" + strconv.Itoa(at)
			if at == 1 {
				dims[at] = v.shape[k]
			}
		}
		c.graph.bytes(12, describe(o[1], dims))
	}
	return c.file(), nil
}

// begin makes the input.
func (c *converter) begin(r recipe) {
	in := c.nodes[r.input]
	if in == nil {
		fail("no input %q", r.input)
	}
	var shape struct {
		Shape struct {
			Dim []struct {
				Size string `json:"size"`
			} `json:"dim"`
		} `json:"shape"`
	}
	in.read("shape", &shape)
	v := &value{name: "image", perm: channelsLast, shape: []int{1, r.size, r.size, 3}}
	if d := shape.Shape.Dim; len(d) == 4 && d[1].Size == "3" {
		v.perm, v.shape = straight(4), []int{1, 3, r.size, r.size}
	}
	c.values[r.input] = v
	c.graph.bytes(11, describe("image", [4]any{1, 3, "h", "w"}))
}

// file wraps the graph: version 8 of the format, version 13 of its steps.
func (c *converter) file() []byte {
	var m, steps message
	m.int(1, 8)
	m.text(2, "vidne tools/weights")
	m.bytes(7, c.graph)
	steps.text(1, "")
	steps.int(2, 13)
	m.bytes(8, steps)
	return m
}

func (c *converter) fresh() string {
	c.count++
	return "t" + strconv.Itoa(c.count)
}

func (c *converter) node(op string, in, out []string, attrs ...attr) {
	var m message
	for _, s := range in {
		m.text(1, s)
	}
	for _, s := range out {
		m.text(2, s)
	}
	c.count++
	m.text(3, op+strconv.Itoa(c.count))
	m.text(4, op)
	for _, a := range attrs {
		m.bytes(5, a.message())
	}
	c.graph.bytes(1, m)
}

// floats stores a constant and gives its name.
func (c *converter) floats(dims []int, d []float32) string {
	b := make([]byte, 0, 4*len(d))
	for _, x := range d {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return c.store(dims, kindFloat, b)
}

func (c *converter) ints(d []int) string {
	b := make([]byte, 0, 8*len(d))
	for _, x := range d {
		b = binary.LittleEndian.AppendUint64(b, uint64(int64(x)))
	}
	return c.store([]int{len(d)}, kindInt64, b)
}

func (c *converter) store(dims []int, kind int, raw []byte) string {
	var m message
	for _, d := range dims {
		m.int(1, d)
	}
	name := c.fresh()
	m.int(2, kind)
	m.text(8, name)
	m.bytes(9, raw)
	c.graph.bytes(5, m)
	return name
}

// get gives what a step gives, and carries it out the first time.
func (c *converter) get(name string) *value {
	name = strings.TrimPrefix(name, "^")
	name, _, _ = strings.Cut(name, ":")
	if v := c.consts[name]; v != nil {
		return v
	}
	if v := c.values[name]; v != nil {
		return v
	}
	n := c.nodes[name]
	if n == nil {
		fail("no step %q", name)
	}
	if c.deep++; c.deep > len(c.nodes) {
		fail("step %q goes in circles", name)
	}
	v := c.emit(n)
	c.deep--
	c.values[name] = v
	return v
}

// input is the i-th input of a step.
func (c *converter) input(n *node, i int) *value {
	if i >= len(n.Input) {
		fail("%s has %d inputs", n.Name, len(n.Input))
	}
	return c.get(n.Input[i])
}

// tensor is the i-th input of a step, which must be of four dimensions and no
// constant.
func (c *converter) tensor(n *node, i int) *value {
	v := c.input(n, i)
	if v.constant() || len(v.perm) != 4 || len(v.shape) != 4 {
		fail("input %d of %s is no picture", i, n.Name)
	}
	return v
}

// numbers is the i-th input of a step, which must be so many whole numbers.
func (c *converter) numbers(n *node, i, many int) []int {
	v := c.input(n, i)
	if len(v.ints) != many {
		fail("input %d of %s has %d numbers", i, n.Name, len(v.ints))
	}
	return v.ints
}

// kernel is the second input of a step: numbers of four dimensions.
func (c *converter) kernel(n *node) *value {
	v := c.input(n, 1)
	if len(v.shape) != 4 || len(v.floats) == 0 || len(v.floats) != product(v.shape) {
		fail("%s has no kernel", n.Name)
	}
	return v
}

// padded carries out what is left to be padded.
func (c *converter) padded(v *value) *value {
	if v.pad == nil {
		return v
	}
	o := *v
	o.name, o.pad = c.fresh(), nil
	c.node("Pad", []string{v.name, c.ints(v.pad)}, []string{o.name})
	return &o
}

// ordered gives a value in another order of dimensions.
func (c *converter) ordered(v *value, perm []int) *value {
	if v.constant() {
		return c.orderedConstant(v, perm)
	}
	if slices.Equal(v.perm, perm) {
		return v
	}
	v = c.padded(v)
	swap := make([]int, len(perm))
	for i := range perm {
		swap[perm[i]] = v.perm[i]
	}
	o := *v
	o.name, o.perm = c.fresh(), perm
	c.node("Transpose", []string{v.name}, []string{o.name}, attr{"perm", swap})
	return &o
}

func (c *converter) orderedConstant(v *value, perm []int) *value {
	if len(v.floats) == 0 || len(v.shape) > len(perm) {
		fail("a constant of shape %v among numbers of %d dimensions", v.shape, len(perm))
	}
	o := &value{perm: perm, shape: v.shape}
	if len(v.floats) == 1 {
		o.name = c.floats(nil, v.floats)
		return o
	}
	shape := slices.Concat(slices.Repeat([]int{1}, len(perm)-len(v.shape)), v.shape)
	d, dims := reorder(v.floats, shape, perm)
	o.name = c.floats(dims, d)
	return o
}

// reorder lays numbers out anew: dimension i goes to place perm[i].
func reorder(d []float32, shape, perm []int) ([]float32, []int) {
	n := len(shape)
	dims, stride, jump := make([]int, n), make([]int, n), make([]int, n)
	for i, s := range shape {
		dims[perm[i]] = s
	}
	step := 1
	for i := n - 1; i >= 0; i-- {
		stride[i] = step
		step *= dims[i]
	}
	for i := range shape {
		jump[i] = stride[perm[i]]
	}
	out, at := make([]float32, len(d)), make([]int, n)
	for _, x := range d {
		o := 0
		for i, k := range at {
			o += k * jump[i]
		}
		out[o] = x
		for i := n - 1; i >= 0; i-- {
			if at[i]++; at[i] < shape[i] {
				break
			}
			at[i] = 0
		}
	}
	return out, dims
}
