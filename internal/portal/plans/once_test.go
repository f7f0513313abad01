package plans

import (
	"testing"
	"time"

	"vidne.dk/vidne/internal/req"
)

// A picture is shown to its person, once, and for two minutes at most.
func TestAStillIsShownOnce(t *testing.T) {
	req.Shows(t, "VIEW-6", "KEEP-6")
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	var s Once
	token := s.Keep("p-1", []byte("jpeg"), now)
	if _, ok := s.Take("p-2", token, now); ok {
		t.Error("another person was shown it")
	}
	if got, ok := s.Take("p-1", token, now); !ok || string(got) != "jpeg" {
		t.Errorf("%q, %v", got, ok)
	}
	if _, ok := s.Take("p-1", token, now); ok {
		t.Error("it was shown twice")
	}
	token = s.Keep("p-1", []byte("jpeg"), now)
	if _, ok := s.Take("p-1", token, now.Add(onceFor+time.Second)); ok {
		t.Error("it was shown past its time")
	}
	s.Keep("p-1", nil, now.Add(onceFor+time.Second))
	if len(s.kept) != 1 {
		t.Errorf("%d pictures are kept, of which one's time is not up", len(s.kept))
	}
}
