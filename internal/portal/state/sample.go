package state

import (
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
)

// Away is an engine that does not answer, for stories.
func Away() Now {
	return Now{Away: true, Heard: sample.Moment().Add(-4 * time.Minute), Err: fault.New(fault.Unavailable, "engine.away", "away")}
}

// Well is an engine whose cameras are all well, for stories.
func Well(cams []register.Camera) Now {
	return heard(sample.Status(cams, sample.Moment()), sample.Moment())
}

// Ill is an engine with troubles of each sort, for stories.
func Ill(cams []register.Camera) Now {
	return heard(sample.Trouble(sample.Status(cams, sample.Moment()), sample.Moment()), sample.Moment())
}
