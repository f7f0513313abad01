package casework_test

import (
	"testing"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/processes"
)

func shipped(t testing.TB) *casework.Library {
	t.Helper()
	l, err := casework.Read(processes.Files())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestShipped(t *testing.T) { shipped(t) }
