package casework

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"time"

	"vidne.dk/vidne/internal/tomlfile"
)

// Library is every version of every process of an installation.
type Library struct {
	all []*Process
}

// Read reads all *.toml in the top folders of files, one process each. What is
// wrong with any of them, in form or in meaning, is said all at once, each with
// file and line; then there is no library. One version of one process stands
// in one file, whichever folder that is in.
func Read(folders ...fs.FS) (*Library, error) {
	var l Library
	var wrong []error
	where := map[string]string{} // process to file
	for _, files := range folders {
		names, err := fs.Glob(files, "*.toml")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			p, lines, err := read(files, name)
			if err != nil {
				wrong = append(wrong, err)
				continue
			}
			if first, twice := where[p.key()]; twice {
				wrong = append(wrong, lines.Errorf([]any{"id"}, "%s is also in %s", p.key(), first))
				continue
			}
			where[p.key()] = name
			l.all = append(l.all, p)
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return &l, nil
}

func read(files fs.FS, name string) (*Process, *tomlfile.Lines, error) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, nil, err
	}
	return parse(path.Base(name), data)
}

// Parse reads one process; name is what errors call its file.
func Parse(name string, data []byte) (*Process, error) {
	p, _, err := parse(name, data)
	return p, err
}

func parse(name string, data []byte) (*Process, *tomlfile.Lines, error) {
	p := new(Process)
	lines, err := tomlfile.Decode(name, data, p)
	if err != nil {
		return nil, nil, err
	}
	for i := range p.Tasks {
		if p.Tasks[i].Kind == "" {
			p.Tasks[i].Kind = TaskFields
		}
	}
	if err := p.check(lines); err != nil {
		return nil, nil, err
	}
	return p, lines, nil
}

// Process is one version of a process. It must not be changed.
func (l *Library) Process(id string, version int) (*Process, bool) {
	for _, p := range l.all {
		if p.ID == id && p.Version == version {
			return p, true
		}
	}
	return nil, false
}

// Newest lists the processes that a kind of controller can begin a case under
// at a time: of each the version that came into force last, in order of id.
func (l *Library) Newest(controllerKind string, at time.Time) []*Process {
	newest := map[string]*Process{}
	for _, p := range l.all {
		if p.InForce.After(at) || !slices.Contains(p.For, controllerKind) {
			continue
		}
		if q := newest[p.ID]; q == nil || q.InForce.Before(p.InForce) || q.InForce.Equal(p.InForce) && q.Version < p.Version {
			newest[p.ID] = p
		}
	}
	var out []*Process
	for _, p := range newest {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *Process) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return out
}

// Body finds a body by id in any process.
func (l *Library) Body(id string) (Body, bool) {
	for _, p := range l.all {
		if b, ok := p.Body(id); ok {
			return *b, true
		}
	}
	return Body{}, false
}

// All lists every version of every process, by id and version.
func (l *Library) All() []*Process {
	out := slices.Clone(l.all)
	slices.SortFunc(out, func(a, b *Process) int {
		if a.ID != b.ID {
			if a.ID < b.ID {
				return -1
			}
			return 1
		}
		return a.Version - b.Version
	})
	return out
}
