package engine_test

import (
	"testing"
	"time"

	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// looked asks for motion marks until all is looked at.
func looked(t *testing.T, s *enginetest.Site, from, to time.Time, p engineapi.Pass) (m engineapi.Motion) {
	t.Helper()
	s.Until("all is looked at", func() bool {
		var err error
		if m, err = s.Client.Motion(t.Context(), "cam", from, to, p); err != nil {
			t.Fatal(err)
		}
		return m.Done
	})
	return m
}

func TestMotionIsMarkedOnATicketAndNeverUnderAMask(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-3", "VIEW-4")
	s, from, to := past(t, 14*time.Second, map[string]string{"cam": testcam.Small})
	stop := s.Run(1)
	defer stop()
	if _, err := s.Client.Motion(t.Context(), "cam", from, to, s.Pass(s.Ticket(from, to, "other"))); !fault.Is(err, fault.Refused) {
		t.Errorf("another camera's ticket: %v", err)
	}
	if _, err := s.Client.Motion(t.Context(), "cam", from, to, s.Pass(s.Order(from, to, "cam"))); fault.Key(err) != "statement.kind" {
		t.Errorf("an export order: %v", err)
	}
	pass := s.Pass(s.Ticket(from, to, "cam"))
	m := looked(t, s, from, to, pass)
	if len(m.Marks) == 0 || m.Marks[0].Share <= 0 || m.Marks[0].From.Before(from) || m.Marks[len(m.Marks)-1].To.After(to) {
		t.Errorf("marks of people who walk: %+v", m.Marks)
	}
	if len(m.Looked) != 1 || !m.Looked[0].From.Equal(from) || !m.Looked[0].To.Equal(to) {
		t.Errorf("looked at %+v, of %s to %s", m.Looked, from, to)
	}
	if n := len(s.Ledger("viewing.opened")); n != 1 {
		t.Errorf("%d entries of one look at the marks", n)
	}
	s.Serial++
	s.Say(&permit.Mask{Head: s.Head(), Camera: "cam", Serial: s.Serial, Areas: [][]permit.Point{{{X: 0, Y: 0}, {X: 10000, Y: 0}, {X: 10000, Y: 10000}, {X: 0, Y: 10000}}}})
	if m := looked(t, s, from, to, pass); len(m.Marks) != 0 {
		t.Errorf("marks under a mask: %+v", m.Marks)
	}
}
