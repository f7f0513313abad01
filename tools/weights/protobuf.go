package main

import (
	"encoding/binary"
	"math"
)

// message is a protobuf message in the making. ONNX files are written by hand:
// of the format five messages are needed.
type message []byte

func (m *message) key(field, wire int) {
	*m = binary.AppendUvarint(*m, uint64(field<<3|wire))
}

func (m *message) int(field, v int) {
	m.key(field, 0)
	*m = binary.AppendUvarint(*m, uint64(int64(v)))
}

func (m *message) bytes(field int, b []byte) {
	m.key(field, 2)
	*m = binary.AppendUvarint(*m, uint64(len(b)))
	*m = append(*m, b...)
}

func (m *message) text(field int, s string) { m.bytes(field, []byte(s)) }

func (m *message) float(field int, v float32) {
	m.key(field, 5)
	*m = binary.LittleEndian.AppendUint32(*m, math.Float32bits(v))
}

// Kinds of ONNX attributes and numbers.
const (
	attrFloat, attrInt, attrText, attrInts = 1, 2, 3, 7
	kindFloat, kindInt64                   = 1, 7
)

// attr is an attribute of a node: an int, a float32, a string or []int.
type attr struct {
	name  string
	value any
}

func (a attr) message() message {
	var m message
	m.text(1, a.name)
	switch v := a.value.(type) {
	case int:
		m.int(3, v)
		m.int(20, attrInt)
	case float32:
		m.float(2, v)
		m.int(20, attrFloat)
	case string:
		m.text(4, v)
		m.int(20, attrText)
	case []int:
		for _, x := range v {
			m.int(8, x)
		}
		m.int(20, attrInts)
	}
	return m
}

// describe says what an input or output is: 32 bit floats in four dimensions,
// each a number or a name.
func describe(name string, dims [4]any) message {
	var shape, tensor, kind, out message
	for _, d := range dims {
		var dim message
		switch v := d.(type) {
		case int:
			dim.int(1, v)
		case string:
			dim.text(2, v)
		}
		shape.bytes(1, dim)
	}
	tensor.int(1, kindFloat)
	tensor.bytes(2, shape)
	kind.bytes(1, tensor)
	out.text(1, name)
	out.bytes(2, kind)
	return out
}
