package attack

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// markup are the ways in which a script makes markup, or a program, of text.
var markup = regexp.MustCompile(`\.(innerHTML|outerHTML|srcdoc)\s*\+?=[^=]|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\(|new Function\(|setTimeout\(\s*["'` + "`" + `]|\.setAttribute\(\s*["']on|postMessage|addEventListener\(\s*["']message|__proto__`)

// Our own scripts write text as text: nothing that somebody wrote becomes
// markup in the browser, where no server looks at it.
func TestOurScriptsMakeNoMarkup(t *testing.T) {
	t.Parallel()
	read := 0
	fatal(t, filepath.WalkDir(filepath.Join("..", "..", "web"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".ts" || strings.HasSuffix(path, ".test.ts") {
			if d != nil && d.IsDir() && (d.Name() == "dist" || d.Name() == "node_modules") {
				return filepath.SkipDir
			}
			return err
		}
		read++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for n, l := range strings.Split(string(text), "\n") {
			m := markup.FindString(l)
			if m == "DOMParser" && (d.Name() == "shell.ts" || d.Name() == "cover.ts") {
				continue // they read a page of our own server again
			}
			if m != "" && !strings.HasPrefix(strings.TrimSpace(l), "//") {
				t.Errorf("%s:%d: %s", path, n+1, m)
			}
		}
		return nil
	}))
	if read < 15 {
		t.Errorf("only %d scripts were read", read)
	}
}
