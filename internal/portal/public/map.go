package public

import (
	"math"
	"strconv"

	"vidne.dk/vidne/internal/notice"
)

// chart is a map of places drawn from their positions alone: nothing is fetched
// from anybody, who would then know who asked.
type chart struct {
	Width, Height int
	Dots          []dot
	Bar           float64 // the length of the scale
	metres        float64 // that it stands for
}

// dot is a place on the map, by its number in the table.
type dot struct {
	N          int
	X, Y       float64
	Name, Code string
}

// Of a map: its width and how high it can be, the margin around the dots, and
// how many metres it shows across at least, in its own measure.
const (
	mapWidth  = 640
	mapLeast  = 240
	mapMost   = 640
	mapMargin = 48
	mapMetres = 500
)

// metresPerDegree is a degree of latitude.
const metresPerDegree = 111_320

// draw is the map of pages in the order of the table; nil: none has a position.
// Distances are true enough within a municipality.
func draw(all []*notice.Page) *chart {
	south, north, west, east := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, p := range all {
		if q := p.Position; q.Known() {
			south, north, west, east = min(south, q.Lat), max(north, q.Lat), min(west, q.Lon), max(east, q.Lon)
		}
	}
	if south > north {
		return nil
	}
	narrow := math.Cos((south + north) / 2 * math.Pi / 180)
	wide, high := (east-west)*narrow*metresPerDegree, (north-south)*metresPerDegree
	scale := min((mapWidth-2*mapMargin)/max(wide, mapMetres), (mapMost-2*mapMargin)/max(high, 1))
	c := &chart{Width: mapWidth, Height: int(max(high*scale+2*mapMargin, mapLeast))}
	for i, p := range all {
		if !p.Position.Known() {
			continue
		}
		x := (p.Position.Lon - (west+east)/2) * narrow * metresPerDegree * scale
		y := ((south+north)/2 - p.Position.Lat) * metresPerDegree * scale
		c.Dots = append(c.Dots, dot{i + 1, tenth(float64(c.Width)/2 + x), tenth(float64(c.Height)/2 + y), p.Name, p.Code})
	}
	for _, round := range []float64{100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000} {
		if c.metres == 0 || round*scale <= mapWidth/4 {
			c.metres = round
		}
	}
	c.Bar = tenth(c.metres * scale)
	return c
}

func tenth(x float64) float64 { return math.Round(x*10) / 10 }

// Foot is where the scale lies, and Middle the middle of it.
func (c *chart) Foot() int       { return c.Height - 16 }
func (c *chart) Middle() float64 { return tenth(24 + c.Bar/2) }

// Metres is what the scale stands for, in words.
func (c *chart) Metres(v *view) string {
	const km = 1000
	if c.metres < km {
		return strconv.Itoa(int(c.metres)) + " " + v.T("map.metres")
	}
	return strconv.Itoa(int(c.metres/km)) + " " + v.T("map.km")
}

// Number is the number of a place in the table, from 1.
func (v *view) Number(i int) int { return i + 1 }
