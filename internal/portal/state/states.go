package state

import (
	"strings"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// Two states that the portal gives itself, beside the engine's.
const (
	stateUnknown engineapi.State = "unknown" // the engine does not answer
	stateUnset   engineapi.State = "unset"   // the engine has never heard of it
)

// look is how a state is shown: words, an icon and a tone, and how bad it is.
type look struct {
	icon string
	tone fds.Tone
	rank int  // the worst first
	bad  bool // needs a person
}

func lookOf(s engineapi.State) look {
	switch s {
	case engineapi.StateRecording:
		return look{"videocam", fds.Success, 90, false}
	case engineapi.StateDegraded:
		return look{"warning", fds.Warning, 30, true}
	case engineapi.StateLost:
		return look{"error", fds.Error, 10, true}
	case engineapi.StateRefused:
		return look{"error", fds.Error, 11, true}
	case engineapi.StateDisk:
		return look{"error", fds.Error, 12, true}
	case stateUnknown:
		return look{"help", fds.Warning, 13, true}
	case engineapi.StateLeaseOut:
		return look{"hourglass", fds.Error, 14, true}
	case engineapi.StateExpired:
		return look{"hourglass", fds.Warning, 31, true}
	case engineapi.StateConnecting:
		return look{"sync", fds.Info, 40, false}
	case engineapi.StateStopped:
		return look{"minus", fds.Warning, 50, false}
	case engineapi.StateNoConfig, stateUnset:
		return look{"settings", fds.Plain, 60, false}
	case engineapi.StateNoPermit:
		return look{"lock", fds.Plain, 61, false}
	case engineapi.StateOutside:
		return look{"time", fds.Plain, 80, false}
	case engineapi.StateRemoved:
		return look{"delete", fds.Plain, 99, false}
	}
	return look{"help", fds.Plain, 70, false}
}

// Shown is a camera's state as a person reads it.
type Shown struct {
	State engineapi.State
	Badge fds.Badge
	Icon  string
	Since string
	// Why is empty when all is well; Do is what to do next, Link where.
	Why, Do string
	Link    *fds.Link
	Next    string // when the hours open or close
	Bad     bool
	Rank    int // the worst first
}

// Standing is how a camera is, before it is put into words: enough to count,
// to choose and to sort by, of thousands.
type Standing struct {
	State    engineapi.State
	Bad      bool    // it needs a person
	Rank     int     // the worst first
	Recorded float64 // of what it should have, 0 to 1; 2 when it should not
	look     look
	said     *engineapi.CameraStatus
}

// Standing is how a camera in service is.
func (s Now) Standing(id string) Standing {
	st := &engineapi.CameraStatus{Camera: id, State: stateUnset}
	if i, ok := s.at[id]; s.Away {
		st.State, st.Since = stateUnknown, s.Heard
	} else if ok {
		st = &s.Cameras[i]
	}
	out := standing(st, st.State)
	if bad := st.Picture.Verdict; bad != "" && bad != "ok" && st.State == engineapi.StateRecording {
		out.Bad, out.Rank = true, 29
	}
	if i, ok := s.at[id]; ok {
		if c := &s.Cameras[i]; c.Expected > 0 {
			out.Recorded = float64(c.Recorded) / float64(c.Expected)
		}
	}
	return out
}

func standing(said *engineapi.CameraStatus, st engineapi.State) Standing {
	l := lookOf(st)
	return Standing{State: st, Bad: l.bad, Rank: l.rank, Recorded: 2, look: l, said: said}
}

// Of puts the engine's word about a camera into a person's.
func Of(v *page.Visit, c register.Camera, e Now) Shown {
	s := e.Standing(c.ID)
	if !c.Removed.IsZero() {
		s = standing(s.said, engineapi.StateRemoved)
	}
	return s.In(v)
}

// In puts it into words.
func (s Standing) In(v *page.Visit) Shown {
	st := s.said
	out := Shown{State: s.State, Badge: fds.Badge{Tone: s.look.tone, Text: v.Or("state."+string(s.State), string(s.State))}, Icon: s.look.icon, Bad: s.Bad, Rank: s.Rank}
	if !st.Since.IsZero() {
		out.Since = v.T("state.since", v.When(st.Since, v.Now))
	}
	if s.State != engineapi.StateRecording {
		out.Why, out.Do = because(v.Words, s.State, st.Cause)
	} else if s.Bad { // it records, and the picture is wrong
		bad := st.Picture.Verdict
		out.Badge = fds.Badge{Tone: fds.Warning, Text: v.T("picture." + bad)}
		out.Icon, out.Why, out.Do = "visibility-off", v.T("why.picture."+bad), v.T("do.picture")
	}
	if !st.NextChange.IsZero() && st.NextChange.After(v.Now) {
		switch s.State {
		case engineapi.StateOutside:
			out.Next = v.T("state.opens", v.When(st.NextChange, v.Now))
		case engineapi.StateRecording, engineapi.StateDegraded, engineapi.StateLost, engineapi.StateRefused, engineapi.StateConnecting:
			out.Next = v.T("state.closes", v.When(st.NextChange, v.Now))
		}
	}
	return out
}

// because says why a camera is in a state and what to do. What the law decides
// is said by its state, what a camera or a disk does by its cause.
func because(v page.Words, st engineapi.State, cause engineapi.Cause) (why, do string) {
	first, second := string(cause), "state."+string(st)
	if strings.HasPrefix(first, "permit.") {
		first, second = second, first
	}
	return v.Or("why."+first, v.Or("why."+second, "")), v.Or("do."+first, v.Or("do."+second, ""))
}

// clockBound is how far a camera's clock may be from ours before somebody
// should look at it.
const clockBound = 10 * time.Second

// clockApart is how far a camera's clock is before ours.
func clockApart(st engineapi.CameraStatus) time.Duration {
	return time.Duration(st.ClockMS) * time.Millisecond
}

// clockWrong reports whether a camera's clock is worth looking at.
func clockWrong(st engineapi.CameraStatus) bool {
	return st.ClockKnown && clockApart(st).Abs() > clockBound
}

// ClockWords is a camera's clock against ours in words, and whether it is worth
// looking at.
func ClockWords(v page.Words, st engineapi.CameraStatus) (string, bool) {
	if !st.ClockKnown {
		return v.T("clock.unknown"), false
	}
	d := clockApart(st)
	size := d.Abs()
	switch {
	case size < time.Second:
		return v.T("clock.right"), false
	case d > 0:
		return v.T("clock.fast", v.Span(size)), clockWrong(st)
	default:
		return v.T("clock.slow", v.Span(size)), clockWrong(st)
	}
}

// CoverageWords is how much of what it should have a camera recorded in the
// last 24 hours.
func CoverageWords(v page.Words, st engineapi.CameraStatus) string {
	if st.Expected <= 0 {
		return v.T("coverage.none")
	}
	return v.Percent(min(st.Recorded, st.Expected), st.Expected)
}

// AlarmName is an alarm in words, without a full stop.
func AlarmName(v page.Words, a engineapi.Alarm) string {
	return strings.TrimSuffix(v.Or("alarm."+a.Key, v.Or("why."+a.Key, a.Key)), ".")
}

// StretchWords is what a stretch of a timeline is.
func StretchWords(v page.Words, s engineapi.Stretch) string {
	if s.Kind == "recorded" {
		return v.T("stretch.recorded")
	}
	return v.Or("why."+string(s.Cause), v.T("stretch."+s.Kind))
}
