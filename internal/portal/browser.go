package portal

import "strings"

// browser makes a person's words of what a browser says of itself: enough to
// know one's own.
func browser(agent string) string {
	name := ""
	for _, n := range []struct{ in, out string }{
		{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	} {
		if strings.Contains(agent, n.in) {
			name = n.out
			break
		}
	}
	system := ""
	for _, n := range []struct{ in, out string }{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "Mac"}, {"Linux", "Linux"},
	} {
		if strings.Contains(agent, n.in) {
			system = n.out
			break
		}
	}
	switch {
	case name != "" && system != "":
		return name + ", " + system
	case name != "":
		return name
	case len(agent) > 60:
		return strings.ToValidUTF8(agent[:60], "") + "…"
	}
	return agent
}
