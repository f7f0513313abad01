package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vidne.dk/vidne/internal/access"
)

const (
	accessAsks = 100_000
	accessGoal = 10 // µs, of the median
)

// measureAccess asks the policies for decisions of each kind, for a person with
// the right to look at many places.
func measureAccess(_ context.Context, s *sheet) error {
	p := access.Person{ID: "p", Controller: "lindeby", Roles: []access.Role{access.Operator, access.Manager}}
	for i := range 40 {
		p.Locations = append(p.Locations, fmt.Sprintf("sted-%d", i))
	}
	o := access.Object{Controller: "lindeby", Location: "sted-39", Camera: "k", Ground: access.GroundCrime, Purpose: "Rude knust ved indgangen", Reference: "H-1"}
	for _, c := range []struct {
		what string
		act  access.Act
		ok   bool
	}{{"may look at footage", access.View, true}, {"may see a camera", access.SeeCameras, true}, {"may not read the log", access.SeeLog, false}} {
		took := make([]time.Duration, accessAsks)
		for i := range took {
			begun := time.Now()
			v := access.May(p, c.act, o)
			took[i] = time.Since(begun)
			if v.OK != c.ok {
				return fmt.Errorf("%s: %+v", c.what, v)
			}
		}
		slices.Sort(took)
		us := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
		s.most("decision: "+c.what+", median", us(took[len(took)/2]), accessGoal, "µs")
		s.note("decision: "+c.what+", 99 of 100", "%.1f µs", us(took[len(took)*99/100]))
	}
	return nil
}
