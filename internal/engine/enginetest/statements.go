package enginetest

import (
	"time"

	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/testcam"
)

// Head is a new statement's.
func (s *Site) Head() permit.Head {
	return permit.Head{V: 1, ID: permit.NewID(), Controller: Controller, Engine: EngineID, Issued: s.Now(), By: "p-9"}
}

// Sign is a statement as it is handed in.
func (s *Site) Sign(st permit.Statement) []byte {
	s.T.Helper()
	d, err := permit.Sign(st, s.Signer)
	if err != nil {
		s.T.Fatal(err)
	}
	return d.Encode()
}

// Say hands a statement in and wants it accepted.
func (s *Site) Say(st permit.Statement) engineapi.Accepted {
	s.T.Helper()
	a, err := s.Client.Statement(s.T.Context(), s.Sign(st))
	if err != nil {
		s.T.Fatalf("%s: %v", st.Kind(), err)
	}
	return a
}

// Allow issues a permit for a camera.
func (s *Site) Allow(name string, change ...func(*permit.Permit)) *permit.Permit {
	s.T.Helper()
	s.Serial++
	now := s.Now()
	p := &permit.Permit{
		Head: s.Head(), Camera: name, Stream: engine.Stream, Serial: s.Serial, Hours: Always(), RetentionHours: 14 * 24,
		Class: permit.ClassCrime, Basis: "tv-overvågningsloven § 2 d, stk. 1", Case: "2026-014",
		ValidFrom: now.Add(-time.Hour), ValidTo: now.AddDate(1, 0, 0), LeaseUntil: now.Add(permit.LongestLease), Text: "Optagetilladelse",
	}
	for _, f := range change {
		f(p)
	}
	s.Say(p)
	return p
}

// Connect tells the engine where a test camera is.
func (s *Site) Connect(name string, c *testcam.Camera, login ...string) {
	s.T.Helper()
	s.Reach(&permit.Camera{Camera: name, Name: "Kamera " + name, URL: c.URL(), Transport: permit.TransportTCP}, login...)
}

// Reach tells the engine how to reach a camera. login is none, or a user and a
// password.
func (s *Site) Reach(c *permit.Camera, login ...string) {
	s.T.Helper()
	s.Serial++
	c.Head, c.Serial, c.Place, c.Sealed = s.Head(), s.Serial, "Heimdal Skole", []byte{}
	if len(login) == 2 {
		c.Sealed = s.Seal(c.Camera, login[0], login[1])
	}
	s.Say(c)
}

// Seal seals credentials for a camera.
func (s *Site) Seal(name, user, password string) []byte {
	s.T.Helper()
	i, err := s.Client.Identity(s.T.Context())
	if err != nil {
		s.T.Fatal(err)
	}
	b, err := permit.SealTo(i.SealKey, permit.Credentials{User: user, Password: password}, permit.SealFor(EngineID, name))
	if err != nil {
		s.T.Fatal(err)
	}
	return b
}

// Ticket is a viewing ticket for some cameras.
func (s *Site) Ticket(from, to time.Time, cameras ...string) *permit.Ticket {
	now := s.Now()
	return &permit.Ticket{Head: s.Head(), Person: "p-7", Purpose: "Hærværk", Case: "2026-117", Cameras: cameras,
		From: from.Truncate(time.Microsecond), To: to.Truncate(time.Microsecond), Expires: now.Add(time.Hour), Text: "Anna Berg"}
}

// Live is a live ticket.
func (s *Site) Live(cameras ...string) *permit.Live {
	now := s.Now()
	return &permit.Live{Head: s.Head(), Person: "p-7", Approver: "p-8", Purpose: "Fare for liv", Case: "2026-118", Cameras: cameras,
		Expires: now.Add(permit.LongestLive), Text: "Anna Berg"}
}

// Order is an export order.
func (s *Site) Order(from, to time.Time, cameras ...string) *permit.Export {
	now := s.Now()
	return &permit.Export{Head: s.Head(), Person: "p-7", Purpose: "Politiet", Case: "2026-117", Recipient: "Politiet", Cameras: cameras,
		From: from.Truncate(time.Microsecond), To: to.Truncate(time.Microsecond), Expires: now.Add(time.Hour), Text: "Anna Berg"}
}

// Pass lets a request for pictures in by a statement.
func (s *Site) Pass(st permit.Statement) engineapi.Pass {
	s.T.Helper()
	return engineapi.Pass{Statement: s.Sign(st), Whence: "10.1.2.3"}
}

// Still is an order of one picture.
func (s *Site) Still(name string) *permit.Still {
	return &permit.Still{Head: s.Head(), Camera: name, Person: "p-7", Purpose: "Opsætning", Expires: s.Now().Add(time.Minute), Text: "Anna Berg"}
}
