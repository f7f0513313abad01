package permit_test

import (
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

func TestARevokedTicketShowsNothing(t *testing.T) {
	req.Shows(t, "REC-4")
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	all := samples(t, now)
	var b permit.Book
	apply(t, &b, now, all[permit.KindCamera])
	ticket := all[permit.KindTicket].(*permit.Ticket)
	if err := b.May(ticket, "cam-1", ticket.From, ticket.To, now); err != nil {
		t.Fatal(err)
	}
	apply(t, &b, now, &permit.Revocation{Head: head(now), Permit: ticket.ID, Reason: "Trukket tilbage"})
	if err := b.May(ticket, "cam-1", ticket.From, ticket.To, now); fault.Key(err) != "ticket.revoked" {
		t.Errorf("a revoked ticket: %v", err)
	}
}
