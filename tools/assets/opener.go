package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// opener builds the page that opens evidence packages: one file with its
// script and style inside, each let in by its hash and nothing else at all. It
// is read from USB keys, where no server says what a page may do. A tree
// without web/opener has none.
func opener(root string) ([]byte, error) {
	dir := filepath.Join(root, "web", "opener")
	page, err := os.ReadFile(filepath.Join(dir, "opener.html"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	files, err := build(root, api.BuildOptions{
		EntryPointsAdvanced: []api.EntryPoint{
			{InputPath: filepath.Join(dir, "opener.ts"), OutputPath: "opener"},
			{InputPath: filepath.Join(dir, "opener.css"), OutputPath: "opener"},
		},
		Platform:         api.PlatformBrowser,
		Target:           api.ES2022,
		Outdir:           dir,
		MinifySyntax:     true,
		MinifyWhitespace: true,
	})
	if err != nil {
		return nil, err
	}
	script, style := bytes.TrimSpace(files["opener.js"]), bytes.TrimSpace(files["opener.css"])
	if bytes.Contains(script, []byte("</script")) || bytes.Contains(style, []byte("</style")) {
		return nil, errors.New("web/opener: a script or style that ends its own element")
	}
	sum := func(b []byte) string {
		h := sha256.Sum256(b)
		return "'sha256-" + base64.StdEncoding.EncodeToString(h[:]) + "'"
	}
	policy := fmt.Sprintf("default-src 'none'; script-src %s; style-src %s; media-src blob:; base-uri 'none'; form-action 'none'", sum(script), sum(style))
	for name, b := range map[string][]byte{"policy": []byte(policy), "style": style, "script": script} {
		mark := []byte("{{" + name + "}}")
		if bytes.Count(page, mark) != 1 {
			return nil, fmt.Errorf("web/opener/opener.html: {{%s}} must stand in it once", name)
		}
		page = bytes.Replace(page, mark, b, 1)
	}
	return page, nil
}
