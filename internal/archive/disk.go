package archive

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/archive/segment"
)

// Names in the archive's directory that are not cameras.
const (
	holdsDir   = "holds"
	journalDir = "journal"
)

// cameras lists the cameras that have a folder, whether or not anything else
// still knows them.
func (a *Archive) cameras() ([]string, error) {
	entries, err := a.cfg.FS.ReadDir(a.cfg.Dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if n := e.Name(); e.IsDir() && segment.IsCamera(n) && n != holdsDir && n != journalDir && n != offspringDir {
			out = append(out, n)
		}
	}
	return out, nil
}

// days lists a camera's folders, oldest first.
func (a *Archive) days(camera string) ([]string, error) {
	entries, err := a.cfg.FS.ReadDir(a.path(camera))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if n := e.Name(); e.IsDir() && len(n) == 8 && strings.Trim(n, "0123456789") == "" {
			out = append(out, n)
		}
	}
	return out, nil
}

// files lists the segments' files of a camera's day by start. Names of other
// files are given to other, which may be nil.
func (a *Archive) files(camera, day string, other func(base string)) ([]segment.Name, error) {
	entries, err := a.cfg.FS.ReadDir(a.path(camera, day))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := make([]segment.Name, 0, len(entries))
	for _, e := range entries {
		if n, ok := segment.ParseName(camera, e.Name()); ok && n.Day() == day {
			out = append(out, n)
		} else if other != nil {
			other(e.Name())
		}
	}
	return out, nil
}

// eachDay calls f for every camera's every day, oldest first, and goes on
// after errors; it returns the first.
func (a *Archive) eachDay(f func(camera, day string) error) error {
	cameras, err := a.cameras()
	if err != nil {
		return err
	}
	var first error
	for _, c := range cameras {
		days, err := a.days(c)
		for _, d := range days {
			if err == nil {
				err = f(c, d)
			}
			if err != nil && first == nil {
				first = err
			}
			err = nil
		}
		if err != nil && first == nil {
			first = err
		}
	}
	return first
}

// about reads what a file says of itself: its header, and its end if it is
// closed; an open one's end is that of its start plus the longest segment.
func (a *Archive) about(name segment.Name) (h *segment.Header, end, size int64, err error) {
	file, err := a.cfg.FS.OpenFile(a.path(name.Path()), os.O_RDONLY, 0)
	if err != nil {
		return nil, 0, 0, err
	}
	defer file.Close() //nolint:errcheck // only read
	info, err := file.Stat()
	if err != nil {
		return nil, 0, 0, err
	}
	if h, err = segment.ReadHeader(file); err != nil {
		return nil, 0, info.Size(), err
	}
	end = h.Start + 2*longest.Microseconds()
	if f, ferr := segment.ReadFooter(file, info.Size(), h); ferr == nil {
		end = f.End
	}
	return h, end, info.Size(), nil
}

// inUse reports whether a segment is being written, closed or mended now.
func (a *Archive) inUse(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, ok := a.open[id]
	return ok
}

// onDisk lists the closed files of a camera that may overlap [from, to), by
// their names alone.
func (a *Archive) onDisk(camera string, from, to int64) ([]segment.Name, error) {
	days, err := a.days(camera)
	if err != nil {
		return nil, err
	}
	from -= 2 * longest.Microseconds()
	lo, hi := segment.Day(from), segment.Day(to)
	var out []segment.Name
	for _, d := range days {
		if d < lo || d > hi {
			continue
		}
		names, err := a.files(camera, d, nil)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			if n.Suffix == segment.Closed && n.Start >= from && n.Start < to {
				out = append(out, n)
			}
		}
	}
	slices.SortFunc(out, func(x, y segment.Name) int { return strings.Compare(x.Base(), y.Base()) })
	return out, nil
}
