package page

// SearchPath is the search for everything but faces: the box in the header.
const SearchPath = "/soeg"

// Hit is one thing that a search found.
type Hit struct {
	Href, Text string
	Quiet      string // what tells it from others of the name
}

// Hits are those of one kind. Key is a text's: "search.cameras".
type Hits struct {
	Key  string
	Hits []Hit
	// All leads to the list with the same words; empty for none.
	All string
}

// MostHits is how many of a kind are shown.
const MostHits = 8

// Finder is screens whose things the search in the header finds: what the
// person may see and nothing else.
type Finder interface {
	Find(v *Visit, text string) ([]Hits, error)
}
