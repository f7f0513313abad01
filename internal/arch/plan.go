package arch

// Room is one place on the plan: a package and the packages below it that have
// no line of their own.
type Room struct {
	Path string
	May  []string // rooms of ours that it may import, beside itself
	// Later says that it is planned and not built. The line must be changed by
	// whoever builds it.
	Later bool
}

// Any in [Room.May] stands for every room.
const Any = "*"

// Plan is the floors of the house, from the ground up.
var Plan = []Room{
	// The ground: words, time, files.
	{Path: "internal/fault"},
	{Path: "internal/req"},
	{Path: "internal/clock", May: []string{"internal/fault"}},
	{Path: "internal/tomlfile", May: []string{"internal/fault"}},
	{Path: "internal/durable", May: []string{"internal/fault"}},
	{Path: "internal/durable/durabletest", May: []string{"internal/durable", "internal/fault"}},
	{Path: "internal/db", May: []string{"internal/fault"}},
	{Path: "internal/testport"},
	{Path: "internal/db/dbtest", May: []string{"internal/db", "internal/testport", "internal/fault"}},
	{Path: "internal/ledger", May: []string{"internal/db", "internal/fault", "internal/clock"}},
	{Path: "internal/permit", May: []string{"internal/fault"}},
	{Path: "internal/media", May: []string{"internal/fault"}},
	{Path: "internal/engineapi", May: []string{"internal/permit", "internal/clock", "internal/fault"}},
	{Path: "internal/notify", May: []string{"internal/db", "internal/clock", "internal/fault"}},

	{Path: "internal/notify/notifytest"},
	{Path: "internal/envelope", May: []string{"internal/fault"}},
	{Path: "internal/anonymise", May: []string{"internal/fault"}},
	{Path: "internal/edge", May: []string{"internal/durable", "internal/clock", "internal/fault"}},

	// The engine's half.
	{Path: "internal/keys", May: []string{"internal/durable", "internal/permit", "internal/fault"}},
	{Path: "internal/camera", May: []string{"internal/media", "internal/permit", "internal/clock", "internal/fault"}},
	{Path: "internal/onvif", May: []string{"internal/clock", "internal/fault"}},
	{Path: "internal/onvif/onviftest"},
	{Path: "internal/fence", May: []string{"internal/anonymise", "internal/clock", "internal/fault"}},
	{Path: "internal/export", May: []string{"internal/media", "internal/fault"}},
	{Path: "internal/archive", May: []string{"internal/media", "internal/durable", "internal/db", "internal/ledger", "internal/keys", "internal/permit", "internal/clock", "internal/fault"}},
	{Path: "internal/engine", May: []string{
		"internal/camera", "internal/archive", "internal/keys", "internal/ledger", "internal/db", "internal/durable",
		"internal/permit", "internal/media", "internal/fence", "internal/anonymise", "internal/export", "internal/onvif", "internal/notify",
		"internal/engineapi", "internal/clock", "internal/fault",
	}},
	{Path: "internal/engine/enginetest", May: []string{
		"internal/engine", "internal/engineapi", "internal/camera", "internal/keys", "internal/permit", "internal/testcam", "internal/clock",
	}},

	// The portal's half.
	{Path: "internal/issuer", May: []string{"internal/permit", "internal/db", "internal/ledger", "internal/engineapi", "internal/clock", "internal/fault"}},
	{Path: "internal/accesslog", May: []string{"internal/tomlfile", "internal/db", "internal/ledger", "internal/clock", "internal/fault"}},
	{Path: "internal/access", May: []string{"internal/fault"}},
	{Path: "internal/register", May: []string{"internal/sheet", "internal/engineapi", "internal/permit", "internal/db", "internal/ledger", "internal/clock", "internal/fault"}},
	{Path: "internal/sheet", May: []string{"internal/fault"}},
	{Path: "internal/identity", May: []string{"internal/db", "internal/ledger", "internal/clock", "internal/fault"}},
	{Path: "internal/identity/directory", May: []string{"internal/identity", "internal/clock", "internal/fault"}},
	{Path: "internal/identity/directory/directorytest", May: []string{"internal/identity/directory", "internal/testport", "internal/clock"}},
	{Path: "internal/identity/sso", May: []string{"internal/identity", "internal/db", "internal/ledger", "internal/clock", "internal/fault"}},
	{Path: "internal/identity/oidc", May: []string{"internal/identity/sso", "internal/identity", "internal/clock", "internal/fault"}},
	{Path: "internal/identity/oidc/oidctest", May: []string{"internal/clock"}},
	{Path: "internal/identity/saml", May: []string{"internal/identity/sso", "internal/identity", "internal/clock", "internal/fault"}},
	{Path: "internal/identity/saml/samltest"},
	{Path: "internal/document", May: []string{"internal/durable", "internal/db", "internal/ledger", "internal/clock", "internal/fault"}},
	{Path: "internal/dossier", May: []string{
		"internal/casework", "internal/law", "internal/plan", "internal/drawing", "internal/permit", "internal/issuer", "internal/register", "internal/document",
		"internal/engineapi", "internal/db", "internal/ledger", "internal/clock", "internal/fault",
	}},
	{Path: "internal/dossier/dossiertest", May: []string{
		"internal/dossier", "internal/staff", "internal/casework", "internal/register", "internal/permit", "internal/engineapi", "internal/clock",
		"internal/db", "internal/document", "internal/drawing", "internal/issuer", "internal/law", "internal/ledger", "lawdata", "processes",
	}},
	{Path: "internal/staff", May: []string{
		"internal/authorisation", "internal/casework", "internal/dossier", "internal/document", "internal/deadline", "internal/identity", "internal/issuer", "internal/law", "internal/notify", "internal/permit",
		"internal/register", "internal/second", "internal/sheet", "internal/db", "internal/clock", "internal/fault",
	}},
	{Path: "internal/authorisation", May: []string{
		"internal/casework", "internal/identity", "internal/register", "internal/notify", "internal/db", "internal/clock", "internal/fault",
	}},
	{Path: "internal/authorisation/authorisationtest", May: []string{
		"internal/authorisation", "internal/dossier", "internal/identity", "internal/register", "internal/db", "internal/clock",
	}},
	{Path: "internal/second", May: []string{"internal/identity", "internal/register", "internal/clock", "internal/fault"}},
	{Path: "internal/live", May: []string{"internal/second", "internal/casework", "internal/issuer", "internal/register", "internal/identity", "internal/notify", "internal/permit", "internal/db", "internal/ledger", "internal/clock", "internal/fault"}},
	{Path: "internal/fds"},
	{Path: "internal/paper", May: []string{"internal/fault"}},
	{Path: "internal/calendar", May: []string{"internal/fault"}},
	{Path: "lawdata"},
	{Path: "docs/guide"},
	{Path: "internal/law", May: []string{"internal/tomlfile", "internal/fault"}},
	{Path: "internal/plan", May: []string{"internal/fault"}},
	{Path: "internal/drawing", May: []string{"internal/plan", "internal/document", "internal/db", "internal/ledger", "internal/clock", "internal/fault"}},
	{Path: "internal/casework", May: []string{"internal/law", "internal/plan", "internal/permit", "internal/tomlfile", "internal/fault"}},
	{Path: "processes"},
	{Path: "internal/reminder", May: []string{"internal/dossier", "internal/casework", "internal/identity", "internal/notify", "internal/db", "internal/ledger", "internal/clock", "internal/fault"}},
	{Path: "internal/grant", May: []string{"internal/access", "internal/db", "internal/ledger", "internal/clock", "internal/fault"}},
	{Path: "internal/incident", May: []string{
		"internal/grant", "internal/access", "internal/register", "internal/issuer", "internal/law", "internal/permit", "internal/db", "internal/ledger", "internal/clock", "internal/fault",
	}},
	{Path: "internal/hold", May: []string{
		"internal/second", "internal/incident", "internal/casework", "internal/register", "internal/identity", "internal/issuer", "internal/notify", "internal/law", "internal/permit",
		"internal/db", "internal/ledger", "internal/clock", "internal/fault",
	}},
	{Path: "internal/masking", May: []string{
		"internal/second", "internal/incident", "internal/register", "internal/identity", "internal/issuer", "internal/notify", "internal/engineapi", "internal/permit",
		"internal/db", "internal/ledger", "internal/clock", "internal/fault",
	}},
	{Path: "internal/sharing", May: []string{
		"internal/second", "internal/incident", "internal/register", "internal/identity", "internal/issuer", "internal/notify", "internal/law", "internal/permit",
		"internal/db", "internal/ledger", "internal/clock", "internal/fault",
	}},
	{Path: "internal/request", May: []string{
		"internal/second", "internal/incident", "internal/register", "internal/identity", "internal/issuer", "internal/notify", "internal/permit",
		"internal/db", "internal/ledger", "internal/clock", "internal/fault",
	}},
	{Path: "internal/anonymised", May: []string{
		"internal/disclosure", "internal/request", "internal/hold", "internal/incident", "internal/second", "internal/register", "internal/identity", "internal/issuer", "internal/notify",
		"internal/engineapi", "internal/permit", "internal/db", "internal/ledger", "internal/clock", "internal/fault",
	}},
	{Path: "internal/evidence", May: []string{"internal/envelope", "internal/paper", "internal/durable", "internal/clock", "internal/fault"}},
	{Path: "internal/evidence/fetch", May: []string{"internal/evidence", "internal/engineapi", "internal/permit", "internal/clock", "internal/fault"}},
	{Path: "internal/evidence/evidencetest", May: []string{
		"internal/evidence", "internal/export", "internal/media", "internal/testcam", "internal/ledger", "internal/db", "internal/db/dbtest",
		"internal/durable", "internal/paper", "internal/clock",
	}},
	{Path: "internal/disclosure", May: []string{
		"internal/evidence", "internal/evidence/fetch", "internal/envelope", "internal/paper", "internal/hold", "internal/incident", "internal/second", "internal/document", "internal/register", "internal/identity",
		"internal/issuer", "internal/law", "internal/engineapi", "internal/permit", "internal/notify", "internal/durable", "internal/db", "internal/ledger", "internal/clock", "internal/fault",
	}},
	{Path: "internal/notice", May: []string{
		"internal/register", "internal/identity", "internal/second", "internal/notify", "internal/issuer", "internal/law", "internal/permit", "internal/durable", "internal/db", "internal/ledger", "internal/clock", "internal/fault",
	}},
	{Path: "internal/breach", May: []string{
		"internal/notice", "internal/incident", "internal/second", "internal/register", "internal/identity", "internal/issuer", "internal/engineapi", "internal/permit", "internal/notify",
		"internal/db", "internal/ledger", "internal/clock", "internal/fault",
	}},
	{Path: "internal/oversight", May: []string{
		"internal/accesslog", "internal/authorisation", "internal/identity", "internal/register", "internal/issuer", "internal/permit", "internal/notify",
		"internal/db", "internal/ledger", "internal/clock", "internal/fault",
	}},
	{Path: "internal/deadline", May: []string{"internal/clock"}},
	{Path: "internal/letter", May: []string{
		"internal/deadline", "internal/document", "internal/register", "internal/identity", "internal/notify", "internal/db", "internal/clock", "internal/fault",
	}},
	{Path: "internal/guideline", May: []string{
		"internal/deadline", "internal/document", "internal/law", "internal/register", "internal/identity", "internal/notify", "internal/db", "internal/clock", "internal/fault",
	}},
	{Path: "internal/deletion", May: []string{
		"internal/hold", "internal/register", "internal/identity", "internal/notify", "internal/engineapi", "internal/permit", "internal/db", "internal/clock", "internal/fault",
	}},
	{Path: "internal/agenda", May: []string{
		"internal/deletion", "internal/guideline", "internal/letter", "internal/request", "internal/sharing", "internal/hold", "internal/oversight", "internal/authorisation", "internal/dossier", "internal/casework", "internal/issuer",
		"internal/notice", "internal/staff", "internal/breach", "internal/register", "internal/clock",
	}},
	{Path: "internal/processing", May: []string{
		"internal/register", "internal/issuer", "internal/authorisation", "internal/oversight", "internal/law", "internal/permit", "internal/clock",
	}},
	{Path: "internal/yearly", May: []string{
		"internal/accesslog", "internal/disclosure", "internal/request", "internal/hold", "internal/incident", "internal/oversight", "internal/issuer", "internal/register",
		"internal/engineapi", "internal/clock", "internal/fault",
	}},
	{Path: "internal/assessment", May: []string{
		"internal/dossier", "internal/casework", "internal/drawing", "internal/law", "internal/issuer", "internal/register", "internal/permit", "internal/clock", "internal/fault",
	}},
	{Path: "internal/safeguards", May: []string{
		"internal/register", "internal/issuer", "internal/authorisation", "internal/oversight", "internal/accesslog", "internal/document", "internal/db", "internal/ledger", "internal/clock", "internal/fault",
	}},
	{Path: "internal/inspection", May: []string{
		"internal/safeguards", "internal/staff", "internal/breach", "internal/dossier", "internal/notice", "internal/register", "internal/issuer", "internal/authorisation", "internal/oversight", "internal/hold",
		"internal/disclosure", "internal/sharing", "internal/accesslog", "internal/law", "internal/permit", "internal/engineapi", "internal/clock", "internal/fault",
	}},
	{Path: "internal/standing", May: []string{
		"internal/register", "internal/issuer", "internal/authorisation", "internal/incident", "internal/hold", "internal/oversight", "internal/dossier",
		"internal/notice", "internal/staff", "internal/breach", "internal/request", "internal/guideline", "internal/letter",
		"internal/engineapi", "internal/clock",
	}},
	{Path: "internal/jobs", Later: true},
	{Path: "web"},
	{Path: "internal/portal/page", May: []string{
		"internal/edge", "internal/paper",
		"internal/authorisation", "internal/accesslog",
		"internal/issuer", "internal/register", "internal/identity", "internal/access", "internal/ledger", "internal/db",
		"internal/engineapi", "internal/permit", "internal/fds", "internal/sheet", "internal/clock", "internal/fault", "web",
	}},
	{Path: "internal/portal", May: []string{
		"internal/edge", "internal/safeguards", "internal/inspection",
		"internal/authorisation", "internal/accesslog",
		"internal/portal/page", "internal/notice", "internal/staff", "internal/guideline", "internal/letter", "internal/deletion", "internal/agenda", "internal/breach", "internal/oversight", "internal/standing", "internal/processing", "docs/guide", "internal/yearly", "internal/assessment", "internal/live", "internal/incident", "internal/disclosure", "internal/hold", "internal/anonymised", "internal/masking", "internal/request", "internal/sharing", "internal/grant", "internal/reminder", "internal/paper", "internal/calendar", "internal/casework", "internal/dossier", "internal/document", "internal/drawing", "internal/plan", "processes", "internal/law", "lawdata",
		"internal/issuer", "internal/register", "internal/sheet", "internal/identity", "internal/identity/sso", "internal/access", "internal/ledger", "internal/db",
		"internal/engineapi", "internal/permit", "internal/fds", "internal/notify", "internal/clock", "internal/fault", "internal/sample", "web",
	}},

	// The stranger who checks both.
	{Path: "internal/verify", May: []string{"internal/fault"}},

	// Programs.
	{Path: "cmd/vidne", May: []string{Any}},
	{Path: "cmd/vidne-verify", May: []string{"internal/verify", "internal/fault"}},
	{Path: "cmd/vidne-anonymise", May: []string{"internal/anonymise", "internal/fault"}},

	// For tests, tools and the demo.
	{Path: "internal/arch"},
	{Path: "internal/testcam", May: []string{"internal/media", "internal/permit", "internal/clock", "internal/fault"}},
	{Path: "internal/sample", May: []string{"internal/authorisation", "internal/register", "internal/engineapi", "internal/permit", "internal/fault"}},
	{Path: "tools", May: []string{Any}},
	{Path: "test", May: []string{Any}},
}

// Owners says which rooms alone may import an outside package, or one below it.
var Owners = map[string][]string{
	"os/exec":                             {"internal/fence", "internal/testcam", "internal/engine/enginetest", "internal/evidence/evidencetest", "internal/db/dbtest", "internal/identity/directory/directorytest", "tools", "test"},
	"database/sql":                        {"internal/db"},
	"net/smtp":                            {"internal/notify"},
	"modernc.org/sqlite":                  {"internal/db"},
	"github.com/jackc/pgx/v5":             {"internal/db", "internal/db/dbtest"},
	"github.com/pressly/goose/v3":         {"internal/db"},
	"github.com/bluenviron/gortsplib/v5":  {"internal/camera", "internal/testcam"},
	"github.com/bluenviron/mediacommon":   {"internal/camera", "internal/media", "internal/testcam"},
	"github.com/abema/go-mp4":             {"internal/media"},
	"github.com/pion":                     {"internal/camera", "internal/testcam"},
	"golang.org/x/mod/sumdb":              {"internal/ledger"},
	"github.com/alecthomas/kong":          {"cmd/vidne"},
	"github.com/pelletier/go-toml/v2":     {"internal/tomlfile", "cmd/vidne"},
	"github.com/coreos/go-systemd/v22":    {"cmd/vidne"},
	"github.com/prometheus/client_golang": {"internal/engine", "internal/portal", "cmd/vidne"},
	"github.com/go-ldap/ldap/v3":          {"internal/identity/directory", "internal/identity/directory/directorytest"},
	"github.com/coreos/go-oidc/v3":        {"internal/identity/oidc"},
	"golang.org/x/oauth2":                 {"internal/identity/oidc"},
	"github.com/go-webauthn/webauthn":     {"internal/identity"},
	"rsc.io/qr":                           {"internal/portal", "internal/paper"},
	"github.com/crewjam/saml":             {"internal/identity/saml"},
	"github.com/russellhaering/goxmldsig": {"internal/identity/saml", "internal/identity/saml/samltest"},
	"github.com/beevik/etree":             {"internal/identity/saml", "internal/identity/saml/samltest"},
	"github.com/evanw/esbuild":            {"tools"},
	"github.com/chromedp":                 {"test", "tools"},
	"github.com/cedar-policy/cedar-go":    {"internal/access"},
	"golang.org/x/crypto/acme":            {"internal/edge"},
	"github.com/letsencrypt/pebble/v2":    {"internal/edge"}, // its tests
	"codeberg.org/go-pdf/fpdf":            {"internal/paper"},
	"github.com/yalue/onnxruntime_go":     {"cmd/vidne-anonymise"},
	"html/template":                       {"internal/fds", "internal/paper", "internal/portal", "internal/portal/page", "web"},
	"golang.org/x/sys":                    {"internal/clock", "internal/db", "internal/durable", "internal/fence", "internal/keys", "internal/camera", "internal/testcam", "cmd/vidne", "test"},
	"syscall":                             {"internal/clock", "internal/db", "internal/db/dbtest", "internal/durable", "internal/durable/durabletest", "internal/fence", "internal/keys", "internal/camera", "internal/testcam", "internal/identity/directory/directorytest", "cmd/vidne", "tools", "test"},
	"unsafe":                              {},
}

// TestsOnly says which rooms exist for tests, and which rooms of the product
// may use them all the same.
var TestsOnly = map[string][]string{
	"internal/req":                 {},
	"internal/testcam":             {"cmd/vidne"},       // the demo's cameras
	"internal/sample":              {"internal/portal"}, // the storybook
	"internal/dossier/dossiertest": {"cmd/vidne"},       // the demo's cases

	"internal/authorisation/authorisationtest": {"cmd/vidne"}, // the demo's rights
	"internal/durable/durabletest":             {},
	"internal/identity/saml/samltest":          {},
	"internal/identity/oidc/oidctest":          {},
	"internal/engine/enginetest":               {},
	"internal/evidence/evidencetest":           {},
	"internal/onvif/onviftest":                 {},
	"internal/db/dbtest":                       {},
	"internal/testport":                        {"internal/identity/directory/directorytest"},
	"internal/arch":                            {},
}

// Strangers says what a room must never reach, through however many others.
var Strangers = map[string][]string{
	// The portal's half cannot open a video file.
	"internal/portal":        engineRooms,
	"internal/register":      engineRooms,
	"internal/identity":      engineRooms,
	"internal/access":        engineRooms,
	"internal/authorisation": engineRooms,
	"internal/accesslog":     engineRooms,
	"internal/issuer":        engineRooms,
	"internal/casework":      engineRooms,
	"internal/dossier":       engineRooms,
	"internal/document":      engineRooms,
	"internal/law":           engineRooms,
	"internal/plan":          engineRooms,
	"internal/drawing":       engineRooms,
	"internal/reminder":      engineRooms,
	"internal/incident":      engineRooms,
	"internal/hold":          engineRooms,
	"internal/masking":       engineRooms,
	"internal/grant":         engineRooms,
	"internal/request":       engineRooms,
	"internal/sharing":       engineRooms,
	"internal/evidence":      engineRooms,
	"internal/disclosure":    engineRooms,
	"internal/notice":        engineRooms,
	"internal/staff":         engineRooms,
	"internal/breach":        engineRooms,
	"internal/oversight":     engineRooms,
	"internal/standing":      engineRooms,
	"internal/processing":    engineRooms,
	"internal/live":          engineRooms,
	"internal/anonymised":    engineRooms,
	"web":                    engineRooms,
	// The engine's half knows no cases, no people and cannot sign a permit.
	"internal/engine":  portalRooms,
	"internal/camera":  portalRooms,
	"internal/archive": portalRooms,
	"internal/keys":    portalRooms,
	"internal/export":  portalRooms,
	"internal/onvif":   portalRooms,
	"internal/fence":   portalRooms,
	"internal/media":   portalRooms,
	// The bridge belongs to neither.
	"internal/engineapi": both(engineRooms, portalRooms),
	"internal/permit":    both(engineRooms, portalRooms),
	"internal/ledger":    both(engineRooms, portalRooms),
	"internal/edge":      both(engineRooms, portalRooms),
	"internal/envelope":  both(engineRooms, portalRooms),
	"internal/anonymise": both(engineRooms, portalRooms),
	// The verifier shares no code with the writers and cannot call home.
	"internal/verify":  both(both(engineRooms, portalRooms), verifierNever),
	"cmd/vidne-verify": both(both(engineRooms, portalRooms), verifierNever),
	// What looks at pictures cannot send them anywhere.
	"cmd/vidne-anonymise": both(both(engineRooms, portalRooms), []string{"net", "net/http", "os/exec", "database/sql"}),
}

var engineRooms = []string{"internal/archive", "internal/camera", "internal/engine", "internal/keys", "internal/media", "internal/export", "internal/fence", "internal/onvif"}
var portalRooms = []string{"internal/anonymised", "internal/casework", "internal/dossier", "internal/document", "internal/drawing", "internal/plan", "internal/law", "internal/access", "internal/accesslog", "internal/identity", "internal/register", "internal/portal", "internal/issuer", "internal/incident", "internal/hold", "internal/masking", "internal/evidence", "internal/disclosure", "internal/live", "internal/grant", "internal/notice", "internal/staff", "internal/oversight", "web"}

// verifierNever is beside both halves' rooms.
var verifierNever = []string{
	"internal/ledger", "internal/permit", "internal/db", "internal/durable", "internal/engineapi", "internal/notify", "internal/envelope",
	"golang.org/x/mod/sumdb/tlog", "golang.org/x/mod/sumdb/note",
	"net", "net/http", "net/smtp", "os/exec", "database/sql", "crypto/tls", "plugin", "syscall", "unsafe",
}

func both(a, b []string) []string { return append(append([]string{}, a...), b...) }

// Limits on the length of a file in lines.
const (
	LongFile    = 400 // said, so that the next change splits it
	TooLongFile = 450 // refused
	TooLongTest = 600 // refused for a file of tests, whose tables make it long
)
