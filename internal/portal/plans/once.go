package plans

import (
	"crypto/rand"
	"sync"
	"time"
)

// onceFor is how long a taken picture can be shown.
const onceFor = 2 * time.Minute

// Once keeps pictures that were taken and not yet shown: each is shown once, to
// whoever took it, and kept nowhere. The zero Once is empty.
type Once struct {
	mu   sync.Mutex
	kept map[string]taken
}

type taken struct {
	person string
	until  time.Time
	jpeg   []byte
}

// Keep holds a picture for its person, and lets go of those whose time is up.
func (s *Once) Keep(person string, jpeg []byte, now time.Time) (token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]taken{}
	}
	for k, x := range s.kept {
		if now.After(x.until) {
			delete(s.kept, k)
		}
	}
	token = rand.Text()
	s.kept[token] = taken{person, now.Add(onceFor), jpeg}
	return token
}

// Take gives a picture to its person, once.
func (s *Once) Take(person, token string, now time.Time) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.kept[token]
	if !ok || x.person != person || now.After(x.until) {
		return nil, false
	}
	delete(s.kept, token)
	return x.jpeg, true
}
