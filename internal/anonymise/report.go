package anonymise

// Flaw is a cell of the finished file that should be the fill and is not.
type Flaw struct {
	Frame int `json:"frame"`
	X     int `json:"x"` // the cell's column and row
	Y     int `json:"y"`
	Off   int `json:"off"` // how far its worst pixel is from the fill, 0 to 255
}

// Sighting is somebody whom the detector sees in the finished file, outside
// what is covered and kept.
type Sighting struct {
	Frame int `json:"frame"`
	Box   Box `json:"box"`
	Score int `json:"score"` // percent
}

// Report is what the check of a finished file found.
type Report struct {
	Frames   int `json:"frames"`   // pictures in the file
	Expected int `json:"expected"` // pictures in the footage
	Cells    int `json:"cells"`    // covered cells that were looked at
	Flawed   int `json:"flawed"`   // of them those that are not the fill
	// Flaws are the first of those, at most [MaxFlaws].
	Flaws []Flaw `json:"flaws,omitempty"`
	// Late are pictures whose time in the file is another than in the footage.
	Late int `json:"late,omitempty"`
	// Shown is the share of all pictures that is not covered.
	Shown float64 `json:"shown"`
	// Seen are those for a person to look at: nobody has said that they may be
	// shown. None of them need be a person.
	Seen []Sighting `json:"seen,omitempty"`
	// Blind says that no detector looked.
	Blind bool `json:"blind,omitempty"`
	// SHA256 is of the file that was checked, in hex.
	SHA256 string `json:"sha256"`
}

// MaxFlaws is how many flaws are listed.
const MaxFlaws = 100

// Sound reports whether the file is what the project says: as many pictures,
// at their times, and everything covered that should be.
func (r *Report) Sound() bool {
	return r.Frames == r.Expected && r.Frames > 0 && r.Flawed == 0 && r.Late == 0 && r.SHA256 != ""
}
