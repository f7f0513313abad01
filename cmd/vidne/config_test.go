package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/fault"
)

func TestAnUnknownKeyIsRefusedWithItsLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "vidne.toml")
	if err := os.WriteFile(file, []byte("[engine]\nid = \"a\"\nretention = 99\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := readConfig(file)
	if fault.Key(err) != "config.unknown" || !strings.Contains(err.Error(), "3|") {
		t.Errorf("got %v", err)
	}
}

func TestOneMachineNeedsNothingSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "vidne.toml")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig(file)
	if err != nil || len(c.sum) != 64 {
		t.Fatalf("%+v, %v", c, err)
	}
	if c.Engine.Dir != filepath.Join(filepath.Dir(file), "engine") || c.Portal.EngineID != c.Engine.ID || c.Portal.SecretFile != c.Engine.SecretFile {
		t.Errorf("%+v", c)
	}
}

func TestMissingAndBrokenFilesSayWhatToDo(t *testing.T) {
	_, err := readConfig(filepath.Join(t.TempDir(), "none.toml"))
	if fault.Key(err) != "config.missing" || !strings.Contains(explain(err), "vidne demo") {
		t.Errorf("got %v", err)
	}
	file := filepath.Join(t.TempDir(), "vidne.toml")
	if err := os.WriteFile(file, []byte("[engine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = readConfig(file); fault.Key(err) != "config.form" {
		t.Errorf("got %v", err)
	}
	c := engineConfig{Master: "kodeord"}
	if _, err := c.master(); fault.Key(err) != "config.master" {
		t.Errorf("got %v", err)
	}
}

// TestThePageHasEveryKey holds docs/ref/config.md to the code.
func TestThePageHasEveryKey(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "ref", "config.md"))
	if err != nil {
		t.Fatal(err)
	}
	var walk func(reflect.Type)
	walk = func(ty reflect.Type) {
		for i := range ty.NumField() {
			f := ty.Field(i)
			key := f.Tag.Get("toml")
			if key == "" {
				continue
			}
			in := f.Type
			if in.Kind() == reflect.Slice {
				in = in.Elem()
			}
			if in.Kind() == reflect.Struct {
				walk(in)
				continue
			}
			if !strings.Contains(string(b), "| `"+key+"` |") {
				t.Errorf("docs/ref/config.md does not explain %s", key)
			}
		}
	}
	walk(reflect.TypeFor[config]())
}
