package engine

import (
	"encoding/json"

	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
)

// readable says which entries of the ledger are for a controller to read, nil
// for all of them when none is named: what names that controller, a camera or
// a hold of its own, and what names none, which is about the engine itself.
// What is only about others, or about a camera that nobody knows, is not.
func (e *Engine) readable(controller string) func(*ledger.Entry) bool {
	if controller == "" {
		return nil
	}
	holds := map[permit.ID]string{}
	for _, h := range e.book.Holds() {
		holds[h.Hold.ID] = h.Hold.Controller
	}
	return func(v *ledger.Entry) bool {
		if v.Expired {
			return true // it says nothing any more
		}
		var about struct {
			Controller string
			Camera     string
			Cameras    []string
			Hold       permit.ID
		}
		if json.Unmarshal(v.Body, &about) != nil {
			return false
		}
		if about.Controller != "" {
			return about.Controller == controller
		}
		cameras := about.Cameras
		if about.Camera != "" {
			cameras = append(cameras, about.Camera)
		}
		for _, c := range cameras {
			if owner, _ := e.book.Controller(c); owner == controller {
				return true
			}
		}
		if about.Hold != "" {
			return holds[about.Hold] == controller
		}
		return len(cameras) == 0
	}
}
