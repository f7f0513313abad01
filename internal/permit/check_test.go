package permit_test

import (
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

const hour = time.Hour

// refuses wants a statement to be refused with a key, and right ("").
func refuses(t *testing.T, name string, s permit.Statement, key string) {
	t.Helper()
	err := s.Check()
	switch {
	case key == "" && err != nil:
		t.Errorf("%s: %v", name, err)
	case key != "" && (!fault.Is(err, fault.Refused) || fault.Key(err) != key):
		t.Errorf("%s: got %v, want %s", name, err, key)
	}
}

func TestPermitLimits(t *testing.T) {
	req.Shows(t, "KEEP-2")
	now := at(t, "2026-06-01 12:00")
	for name, c := range map[string]struct {
		change func(*permit.Permit)
		key    string
	}{
		"right":                {func(*permit.Permit) {}, ""},
		"retention not stated": {func(p *permit.Permit) { p.RetentionHours = 0 }, "permit.retention"},
		"retention negative":   {func(p *permit.Permit) { p.RetentionHours = -1 }, "permit.retention"},
		"retention an hour":    {func(p *permit.Permit) { p.RetentionHours = 1 }, ""},
		"retention 30 days":    {func(p *permit.Permit) { p.RetentionHours = 720 }, ""},
		"retention above":      {func(p *permit.Permit) { p.RetentionHours = 721 }, "permit.retention"},
		"crime, no end":        {func(p *permit.Permit) { p.LongestHoldHours = 0 }, ""},
		"crime, a year":        {func(p *permit.Permit) { p.LongestHoldHours = 365 * 24 }, ""},
		"crime, negative":      {func(p *permit.Permit) { p.LongestHoldHours = -1 }, "permit.hold"},
		"crime, absurd":        {func(p *permit.Permit) { p.LongestHoldHours = 1 << 40 }, "permit.hold"},
		"safety, 30 days":      {func(p *permit.Permit) { p.Class, p.LongestHoldHours = permit.ClassSafety, 720 }, ""},
		"safety, no end":       {func(p *permit.Permit) { p.Class, p.LongestHoldHours = permit.ClassSafety, 0 }, "permit.hold"},
		"safety, past 30 days": {func(p *permit.Permit) { p.Class, p.LongestHoldHours = permit.ClassSafety, 721 }, "permit.hold"},
		"other, no end":        {func(p *permit.Permit) { p.Class, p.LongestHoldHours = permit.ClassOther, 0 }, "permit.hold"},
		"other, past 30 days":  {func(p *permit.Permit) { p.Class, p.LongestHoldHours = permit.ClassOther, 721 }, "permit.hold"},
		"class unknown":        {func(p *permit.Permit) { p.Class = "fun" }, "permit.class"},
		"class empty":          {func(p *permit.Permit) { p.Class = "" }, "permit.class"},
		"no basis":             {func(p *permit.Permit) { p.Basis = " " }, "statement.empty"},
		"no case":              {func(p *permit.Permit) { p.Case = "" }, "statement.empty"},
		"no hours":             {func(p *permit.Permit) { p.Hours = permit.Hours{} }, "permit.hours"},
		"serial 0":             {func(p *permit.Permit) { p.Serial = 0 }, "statement.serial"},
		"stream":               {func(p *permit.Permit) { p.Stream = "Main" }, "permit.stream"},
		"replaces itself":      {func(p *permit.Permit) { p.Replaces = p.ID }, "statement.id"},
		"replaces nonsense":    {func(p *permit.Permit) { p.Replaces = "x" }, "statement.id"},
		"term backwards":       {func(p *permit.Permit) { p.ValidTo = p.ValidFrom }, "permit.term"},
		"no term":              {func(p *permit.Permit) { p.ValidTo = time.Time{} }, "permit.term"},
		"lease a week":         {func(p *permit.Permit) { p.LeaseUntil = now.Add(permit.LongestLease) }, ""},
		"lease above":          {func(p *permit.Permit) { p.LeaseUntil = now.Add(permit.LongestLease + time.Microsecond) }, "permit.lease"},
		"no lease":             {func(p *permit.Permit) { p.LeaseUntil = time.Time{} }, "permit.lease"},
		"lease backwards":      {func(p *permit.Permit) { p.LeaseUntil = now }, "permit.lease"},
		"text too long":        {func(p *permit.Permit) { p.Text = strings.Repeat("å", permit.MaxText/2+1) }, "statement.text"},
		"text with lines":      {func(p *permit.Permit) { p.Text = "En\nto" }, ""},
		"basis with lines":     {func(p *permit.Permit) { p.Basis = "En\nto" }, "statement.text"},
		"basis turned round":   {func(p *permit.Permit) { p.Basis = "§ 2 d \u202e" }, "statement.text"},
	} {
		p := allowed("cam-1", now)
		c.change(p)
		refuses(t, name, p, c.key)
	}
}

// L § 2 stk. 2-4: at most five years, to the day and through leap years and
// clock changes.
func TestPermitRunsFiveYearsAtMost(t *testing.T) {
	req.Shows(t, "LAW-4")
	for _, c := range []struct {
		from, to, key string
	}{
		{"2026-03-01 00:00", "2031-03-01 00:00", ""},
		{"2026-03-01 00:00", "2031-03-01 00:01", "permit.term"},
		{"2027-03-01 00:00", "2032-03-01 00:00", ""}, // two leap days between
		{"2026-03-29 12:00", "2031-03-29 12:00", ""}, // summer time then, not yet now
		{"2026-03-29 12:00", "2031-03-29 12:01", "permit.term"},
		{"2026-03-28 12:00", "2031-03-30 12:00", "permit.term"},
		{"2026-06-01 00:00", "2126-06-01 00:00", "permit.term"},
	} {
		p := allowed("cam-1", at(t, c.from))
		p.ValidTo = at(t, c.to)
		refuses(t, c.from+" to "+c.to, p, c.key)
	}
}

// Names, heads and texts that attack paths, logs and terminals.
func TestHostileTexts(t *testing.T) {
	now := at(t, "2026-06-01 12:00")
	for _, bad := range []string{"", "../../etc/passwd", `..\..\x`, "/abs", "C:\\x", "a\x00b", "a b", "CAM", "cam_1", "-rf",
		"cam.1", "kæmera", "\u202ecam", "cam-1 ", strings.Repeat("a", permit.MaxName+1), "\xff"} {
		p := allowed("cam-1", now)
		p.Camera = bad
		refuses(t, "camera "+bad, p, "statement.camera")
		refuses(t, "stop "+bad, &permit.Stop{Head: head(now), Cameras: []string{bad}}, "statement.camera")
	}
	for _, bad := range []string{"", "..", ".x", "a/b", "a b", "a\nb", strings.Repeat("a", permit.MaxName+1)} {
		s := &permit.Stop{Head: head(now)}
		s.Controller = bad
		refuses(t, "controller "+bad, s, "statement.controller")
		s = &permit.Stop{Head: head(now)}
		s.Engine = bad
		refuses(t, "engine "+bad, s, "statement.engine")
	}
	for _, bad := range []permit.ID{"", "1", permit.ID(strings.Repeat("A", 32)), permit.ID(strings.Repeat("a", 33))} {
		s := &permit.Stop{Head: head(now)}
		s.ID = bad
		refuses(t, "id "+string(bad), s, "statement.id")
	}
	for _, bad := range []string{"a\rb", "a\x1b[2Jb", "a\u2028b", "a\u2066b", "a\u0085b", "\ufeffa", "a\xffb", strings.Repeat("x", permit.MaxText+1)} {
		refuses(t, "reason "+bad, &permit.Stop{Head: head(now), Reason: bad}, "statement.text")
		s := &permit.Stop{Head: head(now)}
		s.By = bad
		refuses(t, "by "+bad, s, "statement.text")
	}
	for _, bad := range []time.Time{{}, now.AddDate(-100, 0, 0), now.AddDate(500, 0, 0)} {
		s := &permit.Stop{Head: head(now)}
		s.Issued = bad
		refuses(t, "issued", s, "statement.issued")
	}
}

func TestCameraAddresses(t *testing.T) {
	req.Shows(t, "REC-3")
	now := at(t, "2026-06-01 12:00")
	cam := func(address string, tr permit.Transport) *permit.Camera {
		return &permit.Camera{Head: head(now), Camera: "cam-1", Serial: 1, Name: "Indgang", URL: address, Transport: tr}
	}
	for _, good := range []string{"rtsp://10.0.0.1/", "rtsp://10.0.0.1:8554/a/b?c=d&e=1", "rtsp://kamera-1.herning.example/stream",
		"rtsp://[fd00::1]:554/x", "rtsps://10.0.0.1/", "rtsp://10.0.0.1"} {
		refuses(t, good, cam(good, permit.TransportAuto), "")
	}
	for _, bad := range []string{"", "http://10.0.0.1/", "file:///etc/passwd", "rtsp:10.0.0.1", "rtsp://", "rtsp:///x", "RTSP://10.0.0.1/",
		"rtsp://admin:1234@10.0.0.1/", "rtsp://admin@10.0.0.1/", "rtsp://@10.0.0.1/", "rtsp://10.0.0.1/\n", "rtsp://10.0.0.1/a b", "rtsp://10.0.0.1/\x00",
		"rtsp://10.0.0.1/#@evil", "rtsp://10.0.0.1\\@evil/", "rtsp://10.0.0.1/?user=a&Password=b", "rtsp://10.0.0.1/?pwd=1", "rtsp://exämple/", "rtsp://10.0.0.1:/",
		"rtsp://10.0.0.1:99999999/", "rtsp://a..b/", "rtsp://%31/", "concat:rtsp://10.0.0.1", "rtsp://" + strings.Repeat("a", permit.MaxURL)} {
		refuses(t, bad, cam(bad, permit.TransportAuto), "camera.url")
		if err := cam(bad, permit.TransportAuto).Check(); err != nil && strings.Contains(err.Error(), "1234") {
			t.Errorf("%q: the error quotes the address", bad)
		}
	}
	for _, c := range []struct {
		url  string
		tr   permit.Transport
		cert string
		key  string
	}{
		{"rtsps://c/", permit.TransportTLS, "", ""},
		{"rtsps://c/", permit.TransportTLS, strings.Repeat("ab", 32), ""},
		{"rtsps://c/", permit.TransportTCP, "", "camera.transport"},
		{"rtsp://c/", permit.TransportTLS, "", "camera.transport"},
		{"rtsp://c/", permit.TransportUDP, "", ""},
		{"rtsp://c/", "http", "", "camera.transport"},
		{"rtsp://c/", permit.TransportTCP, strings.Repeat("ab", 32), "camera.certificate"},
		{"rtsps://c/", permit.TransportTLS, "AB", "camera.certificate"},
	} {
		x := cam(c.url, c.tr)
		x.CertSHA256 = c.cert
		refuses(t, c.url+" "+string(c.tr), x, c.key)
	}
	big := cam("rtsp://c/", permit.TransportTCP)
	big.Sealed = make([]byte, permit.MaxSealed+1)
	refuses(t, "sealed", big, "camera.sealed")
	refuses(t, "removed", &permit.Camera{Head: head(now), Camera: "cam-1", Serial: 2, Removed: true}, "")
	refuses(t, "priority", &permit.Camera{Head: head(now), Camera: "cam-1", Serial: 2, Removed: true, Priority: 1001}, "camera.priority")
}

// TestOrderLimits: how long what is ordered can be used, for how much, and by
// how many it must be wanted.
func TestOrderLimits(t *testing.T) {
	req.Shows(t, "KEEP-4")
	now := at(t, "2026-06-01 12:00")
	long := strings.Repeat("x", permit.MaxLine+1)
	many := make([]string, permit.MaxCameras+1)
	for i := range many {
		many[i] = "cam-" + hhmm(i)[:2] + strings.ReplaceAll(hhmm(i), ":", "")
	}
	old := now.Add(-20 * 24 * hour)
	for _, c := range []struct {
		name   string
		kind   permit.Kind
		change func(permit.Statement)
		key    string
	}{
		{"ticket too long", permit.KindTicket, func(s permit.Statement) { s.(*permit.Ticket).Expires = now.Add(permit.LongestTicket + 1) }, "statement.expires"},
		{"ticket without end", permit.KindTicket, func(s permit.Statement) { s.(*permit.Ticket).Expires = time.Time{} }, "statement.expires"},
		{"ticket ended", permit.KindTicket, func(s permit.Statement) { s.(*permit.Ticket).Expires = now }, "statement.expires"},
		{"ticket for nobody", permit.KindTicket, func(s permit.Statement) { s.(*permit.Ticket).Person = "" }, "statement.empty"},
		{"ticket for nothing", permit.KindTicket, func(s permit.Statement) { s.(*permit.Ticket).Purpose = "\t" }, "statement.empty"},
		{"ticket for a story", permit.KindTicket, func(s permit.Statement) { s.(*permit.Ticket).Purpose = long }, "statement.text"},
		{"ticket without camera", permit.KindTicket, func(s permit.Statement) { s.(*permit.Ticket).Cameras = nil }, "statement.cameras"},
		{"ticket, camera twice", permit.KindTicket, func(s permit.Statement) { s.(*permit.Ticket).Cameras = []string{"a", "a"} }, "statement.cameras"},
		{"ticket, too many", permit.KindTicket, func(s permit.Statement) { s.(*permit.Ticket).Cameras = many }, "statement.cameras"},
		{"ticket backwards", permit.KindTicket, func(s permit.Statement) { s.(*permit.Ticket).From = now }, "statement.interval"},
		{"ticket for all time", permit.KindTicket, func(s permit.Statement) { s.(*permit.Ticket).From = now.AddDate(-1, 0, 0) }, "statement.interval"},
		{"live above an hour", permit.KindLive, func(s permit.Statement) { s.(*permit.Live).Expires = now.Add(hour + 1) }, "statement.expires"},
		{"live by one", permit.KindLive, func(s permit.Statement) { s.(*permit.Live).Approver = "p1" }, "statement.two"},
		{"live by one, written otherwise", permit.KindLive, func(s permit.Statement) { s.(*permit.Live).Approver = " P1 " }, "statement.two"},
		{"live without second", permit.KindLive, func(s permit.Statement) { s.(*permit.Live).Approver = "" }, "statement.two"},
		{"live alone, too long", permit.KindLive, func(s permit.Statement) {
			s.(*permit.Live).Approver, s.(*permit.Live).Expires = "", now.Add(permit.LongestAlone+1)
		}, "statement.two"},
		{"still too long", permit.KindStill, func(s permit.Statement) { s.(*permit.Still).Expires = now.Add(permit.LongestStill + 1) }, "statement.expires"},
		{"probe too long", permit.KindProbe, func(s permit.Statement) { s.(*permit.Probe).Expires = now.Add(permit.LongestProbe + 1) }, "statement.expires"},
		{"export too long", permit.KindExport, func(s permit.Statement) { s.(*permit.Export).Expires = now.Add(permit.LongestExport + 1) }, "statement.expires"},
		{"export to nobody", permit.KindExport, func(s permit.Statement) { s.(*permit.Export).Recipient = "" }, "statement.empty"},
		{"export, lift", permit.KindExport, func(s permit.Statement) { s.(*permit.Export).MaskLift = "x" }, "statement.id"},
		{"lift by one", permit.KindMaskLift, func(s permit.Statement) { s.(*permit.MaskLift).Approver = "p1" }, "statement.two"},
		{"lift too long", permit.KindMaskLift, func(s permit.Statement) { s.(*permit.MaskLift).Expires = now.Add(permit.LongestExport + 1) }, "statement.expires"},
		{"hold by one", permit.KindHold, func(s permit.Statement) { s.(*permit.Hold).Second = "p1" }, "statement.two"},
		{"hold without reference", permit.KindHold, func(s permit.Statement) { s.(*permit.Hold).Reference = "" }, "statement.empty"},
		{"hold for fun", permit.KindHold, func(s permit.Statement) { s.(*permit.Hold).Reason = "fun" }, "hold.reason"},
		{"hold without review", permit.KindHold, func(s permit.Statement) { s.(*permit.Hold).Review = time.Time{} }, "hold.review"},
		{"hold, late review", permit.KindHold, func(s permit.Statement) { s.(*permit.Hold).Review = now.Add(permit.LongestReview + 1) }, "hold.review"},
		{"hold without end", permit.KindHold, func(s permit.Statement) { s.(*permit.Hold).Until = time.Time{} }, "hold.until"},
		{"hold for ever", permit.KindHold, func(s permit.Statement) { s.(*permit.Hold).Until = now.AddDate(20, 0, 0) }, "hold.until"},
		{"dispute to its limit", permit.KindHold, func(s permit.Statement) {
			h := s.(*permit.Hold)
			h.Reason, h.From, h.To, h.Until = permit.HoldDispute, old, old.Add(hour), old.Add(permit.LongestDispute)
		}, ""},
		{"dispute past its limit", permit.KindHold, func(s permit.Statement) {
			h := s.(*permit.Hold)
			h.Reason, h.From, h.To, h.Until = permit.HoldDispute, old, old.Add(hour), old.Add(permit.LongestDispute+1)
		}, "hold.dispute"},
		{"request by one, to its limit", permit.KindHold, func(s permit.Statement) {
			h := s.(*permit.Hold)
			h.Reason, h.Second, h.From, h.To, h.Until = permit.HoldRequest, "", old, old.Add(hour), old.Add(permit.LongestDispute)
		}, ""},
		{"request past the law's limit", permit.KindHold, func(s permit.Statement) {
			h := s.(*permit.Hold)
			h.Reason, h.From, h.To, h.Until = permit.HoldRequest, old, old.Add(hour), old.Add(permit.LongestDispute+1)
		}, "hold.request"},
		{"crime by nobody else", permit.KindHold, func(s permit.Statement) { s.(*permit.Hold).Second = "" }, "statement.empty"},
		{"notice before it is given", permit.KindNotice, func(s permit.Statement) { s.(*permit.Notice).Given = now.Add(1) }, "hold.notice"},
		{"notice without end", permit.KindNotice, func(s permit.Statement) { s.(*permit.Notice).Until = now }, "hold.until"},
		{"release of nothing", permit.KindRelease, func(s permit.Statement) { s.(*permit.Release).Hold = "" }, "statement.id"},
		{"restart of nothing", permit.KindRestart, func(s permit.Statement) { s.(*permit.Restart).Stop = "" }, "statement.id"},
		{"revocation of nothing", permit.KindRevocation, func(s permit.Statement) { s.(*permit.Revocation).Permit = "" }, "statement.id"},
		{"lease of nothing", permit.KindLease, func(s permit.Statement) { s.(*permit.Lease).Permits = nil }, "permit.lease"},
		{"lease too long", permit.KindLease, func(s permit.Statement) { s.(*permit.Lease).Until = now.Add(permit.LongestLease + 1) }, "permit.lease"},
		{"stop without a word", permit.KindStop, func(s permit.Statement) { s.(*permit.Stop).Reason = "" }, ""},
		{"mask of two points", permit.KindMask, func(s permit.Statement) { s.(*permit.Mask).Areas = [][]permit.Point{{{0, 0}, {1, 1}}} }, "mask.areas"},
		{"mask outside", permit.KindMask, func(s permit.Statement) { s.(*permit.Mask).Areas[0][0].X = permit.MaxPoint + 1 }, "mask.areas"},
		{"mask of much", permit.KindMask, func(s permit.Statement) { s.(*permit.Mask).Areas = make([][]permit.Point, permit.MaxAreas+1) }, "mask.areas"},
		{"mask of nothing", permit.KindMask, func(s permit.Statement) { s.(*permit.Mask).Areas = nil }, ""},
		{"key of another name", permit.KindKeyRoll, func(s permit.Statement) { s.(*permit.KeyRoll).Add[0].ID = "0123456789abcdef" }, "key.form"},
		{"key of nothing", permit.KindKeyRoll, func(s permit.Statement) { r := s.(*permit.KeyRoll); r.Add, r.Retire = nil, nil }, "key.form"},
		{"time by one", permit.KindTimeCheck, func(s permit.Statement) { s.(*permit.TimeCheck).Second = "p1" }, "statement.two"},
	} {
		s := samples(t, now)[c.kind]
		c.change(s)
		refuses(t, c.name, s, c.key)
	}
}
