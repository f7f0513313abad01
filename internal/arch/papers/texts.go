package papers

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
)

// A ban is a text that must not be committed.
type ban struct {
	pattern *regexp.Regexp
	why     string
	docs    bool // in pages only
}

// Machine paths, the hosts that packages come from (a lock file must not hold
// them, or it works on one network alone), and what a merge left behind.
var bans = []ban{
	{regexp.MustCompile(`\.\./shared\b`), "speaks of a folder outside the repository", false},
	{regexp.MustCompile(`(^|[^\w./-])/(work|root)/\w`), "names a path of one machine", false},
	{regexp.MustCompile(`(^|[\s(` + "`" + `"'])/tmp/\w`), "names a temporary path of one machine", true},
	{regexp.MustCompile(`registry\.(npmjs|yarnpkg)\b|\bnpmjs\.(com|org)|proxy\.golang\b|\b(files\.)?pythonhosted\b|deb\.debian\b`), "names a package registry", false},
	{regexp.MustCompile(`(<<<<<<<|>>>>>>>) \w`), "holds a conflict", false},
}

// Texts finds what must not be committed, in every text file below root.
func Texts(root string) (found []string, err error) {
	files, err := Files(root)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if path.Dir(file) == "internal/arch/papers" {
			continue // has to name them
		}
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if err != nil || bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 {
			continue // gone meanwhile, or not a text
		}
		found = append(found, judge(file, data)...)
	}
	return found, nil
}

// judge finds the banned texts of one file.
func judge(file string, data []byte) (found []string) {
	page := path.Ext(file) == ".md"
	for i, line := range bytes.Split(data, []byte("\n")) {
		for _, b := range bans {
			if b.docs && !page {
				continue
			}
			if m := b.pattern.Find(line); m != nil {
				found = append(found, fmt.Sprintf("%s:%d: %q %s", file, i+1, m, b.why))
			}
		}
	}
	return found
}
