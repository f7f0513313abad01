// Package testcam is a camera for tests and demonstrations: a real RTSP
// server that plays looping scenes over TCP, UDP and TLS, asks for a password
// as cameras do, and misbehaves when told to.
//
// Every picture carries its number (see package scene), and the server keeps
// a log of which picture it sent when, so that a test can say to the frame
// what was recorded. [Hostile] is a server of raw bytes for what no real
// camera should send. Programs for the public never import this package.
package testcam
