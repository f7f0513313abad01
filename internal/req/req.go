// Package req marks which requirement a test shows. `make trace` reads the
// markers from the source and prints requirement by requirement which tests
// show it; the id must therefore be a string literal. The list of
// requirements lies in docs/requirements.md.
package req

import "testing"

// Shows says that the test t shows the requirement with this id. More than
// one id may be shown by one test.
func Shows(t testing.TB, ids ...string) {
	t.Helper()
	for _, id := range ids {
		t.Logf("shows %s", id)
	}
}
