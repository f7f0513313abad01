package archive

// Finding is one thing that a check found.
type Finding struct {
	Key     string
	Camera  string
	Segment string
	Path    string // in the archive
	Detail  string // for developers
}

// What a check can find. The keys are stable.
const (
	FoundNoRow   = "check.no-row"  // a closed file that the index does not have
	FoundMissing = "check.missing" // a row whose file is not there
	FoundOpen    = "check.open"    // a file left open that nobody writes
	FoundDamaged = "check.damaged" // a file that is not what it was
	FoundDiffers = "check.differs" // header or footer say otherwise than the index
	FoundName    = "check.name"    // the file's name says otherwise than the index
	FoundHash    = "check.hash"    // the file's hash is not the index's
	FoundLedger  = "check.ledger"  // the ledger's entry is not the file's
	FoundNoKey   = "check.no-key"  // the key is erased before its time
	FoundForeign = "check.foreign" // a file of another archive
	FoundSidecar = "check.sidecar" // keys of held footage without the footage
	FoundOther   = "check.other"   // a file that is none of ours
	FoundRun     = "check.run"     // the timeline's summary leaves something out
	FoundAdopted = "check.adopted" // files taken into the index
)

// Grave reports whether footage is lost or altered, rather than badly kept in
// order.
func (f *Finding) Grave() bool {
	switch f.Key {
	case FoundMissing, FoundDamaged, FoundDiffers, FoundHash, FoundLedger, FoundNoKey, FoundForeign:
		return true
	}
	return false
}

// Text is the finding in words, in "da" or, for every other language, English.
func (f *Finding) Text(language string) string {
	da, en := f.words()
	s, of := en, "Camera "
	if language == "da" {
		s, of = da, "Kamera "
	}
	if f.Camera != "" {
		s = of + f.Camera + ": " + s
	}
	if f.Path != "" {
		s += " (" + f.Path + ")"
	} else if f.Detail != "" {
		s += " (" + f.Detail + ")"
	}
	return s
}

func (f *Finding) words() (da, en string) {
	switch f.Key {
	case FoundNoRow:
		return "En optagelse mangler i indekset", "A recording is missing from the index"
	case FoundMissing:
		return "Indekset nævner en optagelse, hvis fil er væk", "The index names a recording whose file is gone"
	case FoundOpen:
		return "En optagelse er ikke afsluttet, og ingen skriver på den", "A recording is not closed and nobody is writing it"
	case FoundDamaged:
		return "En optagelse er beskadiget", "A recording is damaged"
	case FoundDiffers:
		return "Filen siger noget andet end indekset", "The file says otherwise than the index"
	case FoundName:
		return "Filens navn passer ikke til indekset", "The file's name does not fit the index"
	case FoundHash:
		return "Filens kontrolsum er ikke den, der blev skrevet ned", "The file's hash is not the one that was written down"
	case FoundLedger:
		return "Indførslen i loggen passer ikke til filen", "The entry in the log does not match the file"
	case FoundNoKey:
		return "Nøglen til en optagelse er væk før tiden", "The key of a recording is gone before its time"
	case FoundForeign:
		return "Filen hører til et andet arkiv", "The file belongs to another archive"
	case FoundSidecar:
		return "Der er nøgler til en bevislåst optagelse, men ikke selve optagelsen", "There are keys of locked footage but not the footage"
	case FoundOther:
		return "En fil hører ikke til her", "A file does not belong here"
	case FoundRun:
		return "Tidslinjen mangler et stykke, der er optaget", "The timeline leaves out a stretch that is recorded"
	case FoundAdopted:
		return "Optagelser er taget ind i indekset", "Recordings were taken into the index"
	}
	return f.Key, f.Key
}
