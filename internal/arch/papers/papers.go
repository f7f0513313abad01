// Package papers checks what is written beside the code: that links lead
// somewhere, that paths named in the documents exist, that the glossary covers
// the domain and has one word for one meaning, and that nothing committed
// speaks of the machine it was written on.
//
// It reads files only, reports by file and line, and is used by its own tests
// alone. Addresses on the web are not followed: no test may need the network.
package papers

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// skipped is folders that hold nothing of ours.
var skipped = []string{".git", "node_modules", ".cache", "bin", "web/dist"}

// Files lists the slash paths of all files of the repository below root.
func Files(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if os.IsNotExist(err) { // somebody's temporary file
				return nil
			}
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if slices.Contains(skipped, rel) {
				return fs.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() {
			files = append(files, rel)
		}
		return nil
	})
	return files, err
}

var (
	heading = regexp.MustCompile(`^#{1,6} +(.+?) *#*$`)
	link    = regexp.MustCompile(`\[[^\]]*\]\(([^)\s]+)(?: "[^"]*")?\)`)
	code    = regexp.MustCompile("`([^`]+)`")
	pathish = regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+/?$`)
	notSlug = regexp.MustCompile(`[^\p{L}\p{N}\- _]`)
)

// anchors returns the anchors that a rendered page has for its headings.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, line := range prose(text) {
		m := heading.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		slug := strings.ToLower(strings.ReplaceAll(m[1], "`", ""))
		slug = strings.ReplaceAll(notSlug.ReplaceAllString(slug, ""), " ", "-")
		base := slug
		for i := 1; found[slug]; i++ {
			slug = fmt.Sprintf("%s-%d", base, i)
		}
		found[slug] = true
	}
	return found
}

// prose returns the lines of a page with those of fenced blocks made empty.
func prose(text string) []string {
	lines := strings.Split(text, "\n")
	inside := false
	for i, line := range lines {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		if inside || fence {
			lines[i] = ""
		}
		if fence {
			inside = !inside
		}
	}
	return lines
}

// Links checks the links and the paths in backticks of every Markdown page.
// dirs is the top folders whose paths count as ours in backticks.
func Links(root string, dirs []string) (found []string, err error) {
	files, err := Files(root)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if path.Ext(file) != ".md" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if err != nil {
			return nil, err
		}
		for i, line := range prose(string(data)) {
			for _, m := range link.FindAllStringSubmatch(line, -1) {
				if why := broken(root, file, m[1]); why != "" {
					found = append(found, fmt.Sprintf("%s:%d: %s", file, i+1, why))
				}
			}
			for _, m := range code.FindAllStringSubmatch(line, -1) {
				if named := m[1]; pathish.MatchString(named) {
					top, _, _ := strings.Cut(named, "/")
					if slices.Contains(dirs, top) && !exists(root, named) {
						found = append(found, fmt.Sprintf("%s:%d: `%s` does not exist", file, i+1, named))
					}
				}
			}
		}
	}
	return found, nil
}

// broken says what is wrong with a link in file, or nothing.
func broken(root, file, target string) string {
	if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
		return ""
	}
	name, anchor, _ := strings.Cut(target, "#")
	to := file
	if name != "" {
		to = path.Join(path.Dir(file), name)
		if strings.HasPrefix(name, "/") || strings.HasPrefix(to, "..") {
			return fmt.Sprintf("link %s leads out of the repository", target)
		}
		if !exists(root, to) {
			return fmt.Sprintf("link %s leads nowhere", target)
		}
	}
	if anchor == "" || path.Ext(to) != ".md" {
		return ""
	}
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(to)))
	if err != nil {
		return err.Error()
	}
	if !anchors(string(data))[anchor] {
		return fmt.Sprintf("link %s: %s has no such heading", target, to)
	}
	return ""
}

func exists(root, name string) bool {
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
	return err == nil
}
