package arch

import (
	"fmt"
	"slices"
	"strings"
)

// roomOf is the path of the room that a package belongs to: the longest line
// of the plan that it lies within, or "".
func roomOf(pkg string) string {
	best := ""
	for _, r := range Plan {
		if within(pkg, r.Path) && len(r.Path) > len(best) {
			best = r.Path
		}
	}
	return best
}

func room(path string) Room {
	for _, r := range Plan {
		if r.Path == path {
			return r
		}
	}
	return Room{}
}

// CheckPlan finds imports of ours that the plan does not allow, packages that
// are not on it, and lines of the plan that the tree contradicts.
func CheckPlan(t Tree) (found []string) {
	built := map[string]bool{}
	for _, name := range sorted(t) {
		in := roomOf(name)
		if in == "" {
			found = append(found, name+" is not on the plan")
			continue
		}
		built[in] = true
		may := room(in).May
		for _, imp := range sorted(t[name].Imports) {
			path, ours := own(imp)
			if !ours {
				continue
			}
			to := roomOf(path)
			if to == in || slices.Contains(may, to) || slices.Contains(may, Any) {
				continue
			}
			found = append(found, fmt.Sprintf("%s imports %s, which the plan does not allow (%s)", name, path, t[name].Imports[imp][0]))
		}
	}
	for _, r := range Plan {
		switch {
		case r.Later && built[r.Path]:
			found = append(found, r.Path+" is built, but the plan says later")
		case !r.Later && !built[r.Path]:
			found = append(found, r.Path+" is on the plan and not built")
		}
	}
	return found
}

// CheckOwners finds outside packages used by a room that does not own them.
func CheckOwners(t Tree) (found []string) {
	for _, name := range sorted(t) {
		for _, imp := range sorted(t[name].Imports) {
			for _, out := range sorted(Owners) {
				if within(imp, out) && !slices.Contains(Owners[out], roomOf(name)) {
					found = append(found, fmt.Sprintf("%s imports %s, which belongs to %s (%s)", name, imp, strings.Join(Owners[out], ", "), t[name].Imports[imp][0]))
				}
			}
		}
	}
	return found
}

// CheckTestsOnly finds rooms for tests that the product uses.
func CheckTestsOnly(t Tree) (found []string) {
	for _, name := range sorted(t) {
		from := roomOf(name)
		if _, test := TestsOnly[from]; test || from == "tools" || from == "test" {
			continue
		}
		for _, imp := range sorted(t[name].Imports) {
			path, _ := own(imp)
			may, test := TestsOnly[roomOf(path)]
			if test && !slices.Contains(may, from) {
				found = append(found, fmt.Sprintf("%s imports %s, which is for tests (%s)", name, path, t[name].Imports[imp][0]))
			}
		}
	}
	return found
}

// CheckStrangers finds rooms that reach what they must never reach, and says
// by which chain.
func CheckStrangers(t Tree) (found []string) {
	for _, name := range sorted(Strangers) {
		reached := t.reach(name)
		for _, never := range Strangers[name] {
			for _, path := range sorted(reached) {
				if path == never || roomOf(path) == never {
					found = append(found, strings.Join(reached[path], " imports ")+": strangers")
				}
			}
		}
	}
	return found
}

// CheckComments finds packages whose comment says nothing: less than two
// sentences of substance.
func CheckComments(t Tree) (found []string) {
	for _, name := range sorted(t) {
		p := t[name]
		if p.Tests {
			continue
		}
		text := strings.Join(strings.Fields(p.Doc), " ")
		if len(text) < 120 || strings.Count(text, ". ")+strings.Count(text, ": ") < 1 {
			found = append(found, fmt.Sprintf("%s: its package comment says too little: %q", name, text))
		}
	}
	return found
}

// CheckLength finds files above [TooLongFile] or [TooLongTest]; those above [LongFile] it lists
// apart.
func CheckLength(t Tree) (found, long []string) {
	for _, name := range sorted(t) {
		for _, file := range sorted(t[name].Lines) {
			most := TooLongFile
			if strings.HasSuffix(file, "_test.go") {
				most = TooLongTest
			}
			switch n := t[name].Lines[file]; {
			case n > most:
				found = append(found, fmt.Sprintf("%s has %d lines, more than %d", file, n, most))
			case n > LongFile:
				long = append(long, fmt.Sprintf("%s has %d lines: split it at the next change", file, n))
			}
		}
	}
	return found, long
}
