package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity/saml"
	"vidne.dk/vidne/internal/req"
)

func TestAGroupGivesNoRoleThatIsGivenPersonByPerson(t *testing.T) {
	req.Shows(t, "ID-2")
	for name, all := range map[string][]grantConfig{
		"by form":     {{From: "alle", To: []string{"operator"}}},
		"break-glass": {{From: "alle", To: []string{"coordinator", "break-glass"}}},
		"no role":     {{From: "alle", To: []string{"konge"}}},
		"twice":       {{From: "alle", To: []string{"it"}}, {From: "alle", To: []string{"dpo"}}},
	} {
		if got, err := (providerConfig{ID: "entra", Roles: all}).roles(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	got, err := (providerConfig{Roles: []grantConfig{{From: "g", To: []string{"it", "dpo"}}}}).roles()
	if err != nil || len(got["g"]) != 2 {
		t.Errorf("%v %v", got, err)
	}
	if d, err := (providerConfig{Session: 60}).session(); err != nil || d != time.Hour {
		t.Errorf("%v %v", d, err)
	}
	for _, minutes := range []int{61, -1} {
		if _, err := (providerConfig{Session: minutes}).session(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%d minutes: %v", minutes, err)
		}
	}
}

func TestOurKeyForSAMLIsMadeOnceAndKeptFromOthers(t *testing.T) {
	dir := t.TempDir()
	o := &office{cfg: portalConfig{Dir: dir}, clock: clock.NewFake(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC))}
	key, certificate, err := o.samlKey(samlConfig{providerConfig: providerConfig{ID: "adfs"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := saml.ReadKey(key, certificate); err != nil {
		t.Error(err)
	}
	again, _, err := o.samlKey(samlConfig{providerConfig: providerConfig{ID: "adfs"}})
	if err != nil || string(again) != string(key) {
		t.Errorf("a second key: %v", err)
	}
	if err := os.Chmod(filepath.Join(dir, "saml-adfs.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.samlKey(samlConfig{providerConfig: providerConfig{ID: "adfs"}}); fault.Key(err) != "config.secret" {
		t.Errorf("others can read it: %v", err)
	}
}

func TestProvidersStandInTheConfiguration(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "vidne.toml")
	text := `
[[portal.oidc]]
id = "entra"
name = "Entra ID"
controller = "lindeby"
issuer = "https://login.example.dk"
client_id = "x"
secret_file = "entra.secret"
[[portal.oidc.roles]]
from = "g-1"
to = ["it"]
[[portal.saml]]
id = "kombit"
name = "Fælleskommunal Adgangsstyring"
controller = "lindeby"
metadata_file = "/etc/vidne/kombit.xml"
[portal.saml.constraints]
"http://vidne.example.dk/constraints/sted/1" = "alle"
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	o, s := c.Portal.OIDC[0], c.Portal.SAML[0]
	if o.ID != "entra" || o.SecretFile != filepath.Join(dir, "entra.secret") || o.Roles[0].To[0] != "it" || s.MetadataFile != "/etc/vidne/kombit.xml" || s.KeyFile != "" || len(s.Constraints) != 1 {
		t.Errorf("%+v\n%+v", o, s)
	}
}
