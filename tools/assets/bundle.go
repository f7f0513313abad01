package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// bundlePages builds the pages' scripts and styles; the keys of the result are
// paths below web/dist.
func bundlePages(root string) (map[string][]byte, error) {
	var entries []api.EntryPoint
	err := eachFile(filepath.Join(root, "web"), func(rel string) {
		ext := filepath.Ext(rel)
		if ext != ".ts" && ext != ".css" {
			return
		}
		var out string
		switch stem := strings.TrimSuffix(rel, ext); {
		case stem == "shell/shell":
			out = "shell"
		case strings.HasPrefix(stem, "pages/") && strings.HasSuffix(stem, "/page"):
			out = strings.TrimSuffix(stem, "/page")
		default:
			return
		}
		entries = append(entries, api.EntryPoint{InputPath: filepath.Join(root, "web", filepath.FromSlash(rel)), OutputPath: out})
	})
	if err != nil || len(entries) == 0 {
		return map[string][]byte{}, err
	}
	return build(root, api.BuildOptions{
		EntryPointsAdvanced: entries,
		Platform:            api.PlatformBrowser,
		Target:              api.ES2022,
		Outdir:              filepath.Join(root, "web", "dist"),
		MinifySyntax:        true,
		MinifyWhitespace:    true,
		External:            []string{"/static/*"}, // where the server serves web/dist
	})
}

// bundleTests builds every web/**/*.test.ts for Node's test runner.
func bundleTests(root string) (map[string][]byte, error) {
	var entries []api.EntryPoint
	err := eachFile(filepath.Join(root, "web"), func(rel string) {
		if stem, ok := strings.CutSuffix(rel, ".test.ts"); ok {
			entries = append(entries, api.EntryPoint{
				InputPath:  filepath.Join(root, "web", filepath.FromSlash(rel)),
				OutputPath: stem + ".test",
			})
		}
	})
	if err != nil || len(entries) == 0 {
		return map[string][]byte{}, err
	}
	return build(root, api.BuildOptions{
		EntryPointsAdvanced: entries,
		Platform:            api.PlatformNode,
		Target:              api.ES2022,
		Outdir:              filepath.Join(root, ".cache", "webtest"),
		OutExtension:        map[string]string{".js": ".mjs"},
		Sourcemap:           api.SourceMapInline,
	})
}

func build(root string, o api.BuildOptions) (map[string][]byte, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	if o.Outdir, err = filepath.Abs(o.Outdir); err != nil {
		return nil, err
	}
	o.AbsWorkingDir = abs
	for i, e := range o.EntryPointsAdvanced {
		if o.EntryPointsAdvanced[i].InputPath, err = filepath.Abs(e.InputPath); err != nil {
			return nil, err
		}
	}
	o.Bundle = true
	o.Format = api.FormatESModule
	o.Charset = api.CharsetUTF8
	o.LegalComments = api.LegalCommentsEndOfFile
	o.Tsconfig = filepath.Join(abs, "tsconfig.json")
	if _, err := os.Stat(o.Tsconfig); err != nil {
		o.Tsconfig = ""
	}
	result := api.Build(o)
	var errs []error
	for _, m := range append(result.Errors, result.Warnings...) {
		where := "esbuild"
		if m.Location != nil {
			where = fmt.Sprintf("%s:%d:%d", m.Location.File, m.Location.Line, m.Location.Column+1)
		}
		errs = append(errs, fmt.Errorf("%s: %s", where, m.Text)) // a warning ends the build too
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	files := map[string][]byte{}
	for _, f := range result.OutputFiles {
		rel, err := filepath.Rel(o.Outdir, f.Path)
		if err != nil {
			return nil, err
		}
		files[filepath.ToSlash(rel)] = f.Contents
	}
	return files, nil
}

// eachFile calls f with the slash path of every file below dir, relative to
// it, and leaves out web/dist. A dir that is not there holds no files.
func eachFile(dir string, f func(rel string)) error {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if d.IsDir() && rel == "dist" {
			return fs.SkipDir
		}
		if !d.IsDir() {
			f(filepath.ToSlash(rel))
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
