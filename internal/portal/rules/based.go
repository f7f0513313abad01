package rules

import (
	"slices"

	"vidne.dk/vidne/internal/register"
)

// cameras are those that the person sees, by the bases that they rest on. They
// can be thousands: they are counted, and read a few at a time.
type cameras struct {
	on   map[string]int // how many rest on each basis
	read func(bases []string, from, n int) ([]register.Camera, error)
}

func (v *visit) cameras() (c cameras, err error) {
	q := register.Query{Controller: v.Person.Controller, Locations: v.Sees(), Brief: true}
	c.on, err = v.s.Register.ByBasis(v.Ctx, q)
	c.read = func(bases []string, from, n int) ([]register.Camera, error) {
		q.Bases, q.Offset, q.Limit = bases, from, n
		list, _, err := v.s.Register.Cameras(v.Ctx, q)
		return list, err
	}
	return c, err
}

// resting is how many cameras rest on these bases.
func (c cameras) resting(bases []string) (n int) {
	for b, cameras := range c.on {
		if b != "" && slices.Contains(bases, b) {
			n += cameras
		}
	}
	return n
}
