package engine

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vidne.dk/vidne/internal/engineapi"
)

// collector makes metrics of the status, so that both say the same. No label
// holds a name, a person or an address.
type collector struct {
	e    *Engine
	desc map[string]*prometheus.Desc
}

// newMetrics has a registry of its own: nothing is told that is not listed
// in docs/ref/metrics.md.
func (e *Engine) newMetrics() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(newCollector(e), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError})
}

func newCollector(e *Engine) collector {
	c := collector{e, map[string]*prometheus.Desc{}}
	for name, help := range map[string]string{
		"up":                          "1 while the engine runs.",
		"alarms":                      "Open alarms, by whether they are grave.",
		"disk_free_bytes":             "Free bytes on the archive's disk.",
		"disk_written_bytes_per_day":  "Bytes written a day at the present rate.",
		"disk_full_timestamp_seconds": "When the disk will be full, 0 if never.",
		"deletion_late_segments":      "Segments past their time that can still be read, counted on the disk.",
		"oldest_timestamp_seconds":    "Oldest readable footage that no hold keeps, seen on the disk.",
		"next_deletion_seconds":       "When the next footage is due.",
		"ledger_entries":              "Entries of the ledger.",
		"journal_pending":             "Records that wait for the database.",
		"database_up":                 "1 while the database answers.",
		"clock_held":                  "1 while a jump of the clock waits for confirmation.",
		"clock_synced":                "1 while a time server steers the clock.",
		"heard_timestamp_seconds":     "Last statement from the portal.",
	} {
		var labels []string
		if name == "alarms" {
			labels = []string{"grave"}
		}
		c.desc[name] = prometheus.NewDesc("vidne_"+name, help, labels, nil)
	}
	for name, help := range map[string]string{
		"state":                        "1 for the state that the camera is in.",
		"expected_seconds":             "Seconds it should have recorded in the last 24 hours.",
		"recorded_seconds":             "Seconds it did.",
		"bit_rate":                     "Bits a second over the last minute.",
		"last_frame_timestamp_seconds": "Arrival of the last picture kept.",
		"clock_offset_seconds":         "The camera's clock minus ours.",
		"picture":                      "1 for the verdict of the last picture check.",
		"pictures_total":               "Pictures taken in since the engine started.",
		"written_bytes_total":          "Bytes written since the engine started, sealing included.",
	} {
		labels := []string{"camera"}
		switch name {
		case "state":
			labels = append(labels, "state", "cause")
		case "picture":
			labels = append(labels, "verdict")
		}
		c.desc["camera_"+name] = prometheus.NewDesc("vidne_camera_"+name, help, labels, nil)
	}
	return c
}

// Describe is for the registry.
func (c collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range c.desc {
		out <- d
	}
}

// Collect is for the registry.
func (c collector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	put := func(name string, v float64, labels ...string) {
		kind := prometheus.GaugeValue
		if strings.HasSuffix(name, "_total") {
			kind = prometheus.CounterValue
		}
		out <- prometheus.MustNewConstMetric(c.desc[name], kind, v, labels...)
	}
	s, err := c.e.Status(ctx)
	if err != nil {
		put("up", 0)
		return
	}
	put("up", 1)
	open := map[string]float64{"true": 0, "false": 0}
	for _, a := range s.Alarms {
		if a.Until.IsZero() {
			open[map[bool]string{true: "true", false: "false"}[a.Grave]]++
		}
	}
	for g, n := range open {
		put("alarms", n, g)
	}
	for _, d := range s.Disks {
		put("disk_free_bytes", float64(d.Free))
		put("disk_written_bytes_per_day", float64(d.PerDay))
		put("disk_full_timestamp_seconds", seconds(d.FullAt))
	}
	put("deletion_late_segments", float64(s.LateDeleted))
	put("oldest_timestamp_seconds", seconds(s.OldestFrame))
	put("next_deletion_seconds", seconds(s.NextDeletion))
	put("ledger_entries", float64(s.LedgerSize))
	put("journal_pending", float64(s.Pending))
	put("database_up", one(s.Database == "ok"))
	put("clock_held", one(s.Time.Held))
	put("clock_synced", one(s.Time.Synced))
	put("heard_timestamp_seconds", seconds(s.LastHeard))
	for i := range s.Cameras {
		c.camera(&s.Cameras[i], put)
	}
}

func (c collector) camera(s *engineapi.CameraStatus, put func(string, float64, ...string)) {
	kept := c.e.archive.Recorder(s.Camera, Stream).Stats()
	put("camera_pictures_total", float64(kept.Pictures), s.Camera)
	put("camera_written_bytes_total", float64(kept.Bytes), s.Camera)
	put("camera_state", 1, s.Camera, string(s.State), string(s.Cause))
	put("camera_expected_seconds", float64(s.Expected), s.Camera)
	put("camera_recorded_seconds", float64(s.Recorded), s.Camera)
	put("camera_bit_rate", float64(s.BitRate), s.Camera)
	put("camera_last_frame_timestamp_seconds", seconds(s.LastFrame), s.Camera)
	if s.ClockKnown {
		put("camera_clock_offset_seconds", float64(s.ClockMS)/1000, s.Camera)
	}
	if s.Picture.Verdict != "" {
		put("camera_picture", 1, s.Camera, s.Picture.Verdict)
	}
}

func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
