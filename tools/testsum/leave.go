package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
)

const module = "vidne.dk/vidne/"

// leave is which tests may skip: the line of the list by package and test, for
// what this machine lacks.
type leave map[string]string

// allows reports whether the test, or the test that it is part of, may skip.
// In the list, * stands for any run of characters.
func (l leave) allows(pkg, test string) bool {
	for full := range l {
		in, name, _ := strings.Cut(full, " ")
		if !glob(in).MatchString(strings.TrimPrefix(pkg, module)) {
			continue
		}
		for part := test; part != ""; {
			if glob(name).MatchString(part) {
				return true
			}
			part = part[:max(0, strings.LastIndexByte(part, '/'))]
		}
	}
	return false
}

func glob(pattern string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
}

// readLeave reads the list ("need package test words..." a line) and keeps the
// lines whose need stands in the file of what is lacking.
func readLeave(list, lacking string) (leave, error) {
	lack := map[string]bool{}
	data, err := os.ReadFile(lacking)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, name := range strings.Fields(string(data)) {
		lack[name] = true
	}
	data, err = os.ReadFile(list)
	if err != nil {
		return nil, err
	}
	may := leave{}
	for i, line := range strings.Split(string(data), "\n") {
		f := strings.Fields(line)
		switch {
		case len(f) == 0 || strings.HasPrefix(f[0], "#"):
		case len(f) < 4:
			return nil, fmt.Errorf("%s:%d: want what is needed, package, test and what is not shown then", list, i+1)
		case lack[f[0]]:
			may[f[1]+" "+f[2]] = line
		}
	}
	return may, nil
}
