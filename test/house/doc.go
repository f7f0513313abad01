// Package house tests the scripts that a newcomer meets first. They run here
// against programs that only say what they were asked, in a copy of the few
// files that they read: nothing is installed, and nothing is fetched.
package house
