package durable_test

import (
	"os"
	"path/filepath"
	"testing"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
)

func TestASecretThatOthersCanReadIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "s", "x.secret")
	a, err := durable.Secret(file, 32)
	if err != nil {
		t.Fatal(err)
	}
	b, err := durable.Secret(file, 32)
	if err != nil || string(a) != string(b) {
		t.Fatalf("the secret is not the same again: %v", err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := durable.Secret(file, 32); fault.Key(err) != "secret.open" {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(file, []byte("kodeord\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := durable.Secret(file, 32); fault.Key(err) != "secret.form" {
		t.Errorf("got %v", err)
	}
}
