package cameras

import "vidne.dk/vidne/internal/portal/page"

// looked is who has looked at the camera's footage, for its page.
func (v *visit) looked() (page.Lookers, error) { return v.Lookers(v.camera.ID, "") }
