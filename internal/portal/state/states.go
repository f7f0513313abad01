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

// Of puts the engine's word about a camera into a person's.
func Of(v *page.Visit, c register.Camera, e Now) Shown {
	st, ok := e.Camera(c.ID)
	switch {
	case e.Away:
		st = engineapi.CameraStatus{Camera: c.ID, State: stateUnknown, Since: e.Heard}
	case !ok:
		st = engineapi.CameraStatus{Camera: c.ID, State: stateUnset}
	}
	if !c.Removed.IsZero() {
		st.State = engineapi.StateRemoved
	}
	l := lookOf(st.State)
	s := Shown{State: st.State, Badge: fds.Badge{Tone: l.tone, Text: v.Or("state."+string(st.State), string(st.State))}, Icon: l.icon, Bad: l.bad, Rank: l.rank}
	if !st.Since.IsZero() {
		s.Since = v.T("state.since", v.When(st.Since, v.Now))
	}
	if st.State != engineapi.StateRecording {
		s.Why, s.Do = because(v.Words, st.State, st.Cause)
	}
	if !st.NextChange.IsZero() && st.NextChange.After(v.Now) {
		switch st.State {
		case engineapi.StateOutside:
			s.Next = v.T("state.opens", v.When(st.NextChange, v.Now))
		case engineapi.StateRecording, engineapi.StateDegraded, engineapi.StateLost, engineapi.StateRefused, engineapi.StateConnecting:
			s.Next = v.T("state.closes", v.When(st.NextChange, v.Now))
		}
	}
	if bad := st.Picture.Verdict; bad != "" && bad != "ok" && st.State == engineapi.StateRecording {
		s.Bad, s.Rank = true, 29
		s.Badge = fds.Badge{Tone: fds.Warning, Text: v.T("picture." + bad)}
		s.Icon, s.Why, s.Do = "visibility-off", v.T("why.picture."+bad), v.T("do.picture")
	}
	return s
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

// ClockWords is a camera's clock against ours in words, and whether it is worth
// looking at.
func ClockWords(v page.Words, st engineapi.CameraStatus) (string, bool) {
	if !st.ClockKnown {
		return v.T("clock.unknown"), false
	}
	d := time.Duration(st.ClockMS) * time.Millisecond
	size := max(d, -d)
	switch {
	case size < time.Second:
		return v.T("clock.right"), false
	case d > 0:
		return v.T("clock.fast", v.Span(size)), size > 10*time.Second
	default:
		return v.T("clock.slow", v.Span(size)), size > 10*time.Second
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
