package permit_test

import (
	"testing"
	"time"

	"vidne.dk/vidne/internal/permit"
)

// samples is one statement of each kind, right in every field.
func samples(t testing.TB, now time.Time) map[permit.Kind]permit.Statement {
	t.Helper()
	h := func() permit.Head { return head(now) }
	from, to := now.Add(-3*time.Hour), now.Add(-2*time.Hour)
	rolled := signer(t, 9).Public(now)
	list := []permit.Statement{
		allowed("cam-1", now),
		&permit.Lease{Head: h(), Permits: []permit.ID{permit.NewID()}, Until: now.Add(permit.LongestLease)},
		&permit.Revocation{Head: h(), Permit: permit.NewID(), Reason: "Godkendelsen er trukket tilbage"},
		&permit.Camera{Head: h(), Camera: "cam-1", Serial: 1, Name: "Hovedindgang", Place: "Herning Bibliotek",
			URL: "rtsp://10.1.2.3:554/stream1?profile=main", Transport: permit.TransportAuto, Sealed: []byte{1, 2, 3}, Priority: 5},
		&permit.Probe{Head: h(), Camera: "cam-1", URL: "rtsps://cam.herning.example/1", Transport: permit.TransportTLS, Expires: now.Add(time.Minute)},
		&permit.Still{Head: h(), Camera: "cam-1", Person: "p1", Purpose: "Prøvebillede", Expires: now.Add(time.Minute), Text: "Anna Berg 1. juni"},
		&permit.Ticket{Head: h(), Person: "p1", Purpose: "Hærværk", Case: "2026-117", Cameras: []string{"cam-1", "cam-2"},
			From: from, To: to, Expires: now.Add(permit.LongestTicket), Text: "Anna Berg"},
		&permit.Live{Head: h(), Person: "p1", Approver: "p2", Purpose: "Fare for liv", Case: "2026-118", Cameras: []string{"cam-1"},
			Expires: now.Add(permit.LongestLive), Text: "Anna Berg"},
		&permit.Mask{Head: h(), Camera: "cam-1", Serial: 1, Areas: [][]permit.Point{{{0, 0}, {100, 0}, {0, 100}}}},
		&permit.MaskLift{Head: h(), Camera: "cam-1", From: from, To: to, Person: "p1", Approver: "p2", Purpose: "Politiet", Expires: now.Add(time.Hour)},
		&permit.Hold{Head: h(), Cameras: []string{"cam-1"}, From: from, To: to, Reason: permit.HoldCrime, Reference: "5700-12345-00001-26",
			Owner: "p1", Second: "p2", Review: now.AddDate(0, 1, 0), Until: now.AddDate(0, 6, 0)},
		&permit.Notice{Head: h(), Hold: permit.NewID(), Given: now.Add(-time.Hour), Until: now.AddDate(0, 6, 0)},
		&permit.Release{Head: h(), Hold: permit.NewID(), Reason: "Sagen er afsluttet"},
		&permit.Export{Head: h(), Person: "p1", Purpose: "Politiet", Case: "2026-117", Recipient: "Midt- og Vestjyllands Politi",
			Cameras: []string{"cam-1"}, From: from, To: to, Expires: now.Add(time.Hour), MaskLift: permit.NewID(), Text: "Anna Berg"},
		&permit.Stop{Head: h(), Reason: "Kameraejeren har bedt om det"},
		&permit.Restart{Head: h(), Stop: permit.NewID(), Reason: "Fejlen er rettet"},
		&permit.KeyRoll{Head: h(), Serial: 1, Add: []permit.PublicKey{rolled}, Retire: []string{"0123456789abcdef"}},
		&permit.TimeCheck{Head: h(), Wall: now, Person: "p1", Second: "p2"},
	}
	out := map[permit.Kind]permit.Statement{}
	for _, s := range list {
		out[s.Kind()] = s
	}
	if len(out) != 18 {
		t.Fatalf("%d kinds have a sample", len(out))
	}
	return out
}

// ring trusts signer 1.
func ring(t testing.TB, from time.Time) *permit.Keyring {
	t.Helper()
	k, err := permit.NewKeyring(engine, signer(t, 1).Public(from))
	if err != nil {
		t.Fatal(err)
	}
	return k
}
