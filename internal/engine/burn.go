package engine

import (
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fence"
	"vidne.dk/vidne/internal/permit"
)

// live reports whether the pass lets somebody see what is younger than
// permit.LiveAge.
func (v *pass) live() bool {
	_, live := v.st.(*permit.Live)
	return live
}

// painted says that no stored byte of the picture may go out as it is: parts
// of it are masked, or it is seen live, and the name of whoever looks is in it
// (H 4.1: as extraordinary as it is, it is never unseen).
func (v *pass) painted() bool { return v.body.Masked || v.live() }

// overlay is who looks and when, for what is seen live.
func (v *pass) overlay() fence.Overlay {
	if !v.live() {
		return fence.Overlay{}
	}
	name, clk := textOf(v.st), v.e.clk
	return fence.Overlay{Clock: clk, Say: func() string {
		return name + "  " + clk.Now().In(clock.Denmark()).Format("02.01.2006 15.04.05")
	}}
}

// stamp is who a single picture was given to, and of when it is: it leaves the
// screen more easily than what flows, and never without a name.
func (v *pass) stamp(at time.Time) fence.Overlay {
	name, clk := textOf(v.st), v.e.clk
	return fence.Overlay{Clock: clk, Say: func() string { return name + "  " + at.In(clock.Denmark()).Format("02.01.2006 15.04.05") }}
}
