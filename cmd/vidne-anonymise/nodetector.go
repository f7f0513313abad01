//go:build !cgo

package main

import (
	"errors"

	"vidne.dk/vidne/internal/anonymise"
)

// detector is none: this program was built without cgo.
type detector struct{}

var errNone = errors.New("built without cgo: no detector")

func newDetector(options) (*detector, error)                          { return nil, errNone }
func (*detector) close()                                              {}
func (*detector) sums() map[string]string                             { return nil }
func (*detector) see(*anonymise.Small) ([]anonymise.Detection, error) { return nil, errNone }
