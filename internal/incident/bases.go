package incident

import (
	"slices"

	"vidne.dk/vidne/internal/law"
)

// Bases are the legal bases, ids of internal/law, that the footage was recorded
// under: the camera's own, and what its permits of the time name, for it may
// have been another then.
func (f Footage) Bases(rules law.Rules) []string {
	out := []string{f.Basis}
	for _, b := range rules.Bases() {
		if slices.Contains(f.Cites, b.Cite) && !slices.Contains(out, b.ID) {
			out = append(out, b.ID)
		}
	}
	return out
}
