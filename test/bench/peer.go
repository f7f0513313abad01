package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// peers is what a user would pick instead: ffmpeg copying each camera into
// fragmented MP4 of a minute, one process a camera. It neither encrypts nor
// hashes nor syncs.
type peers struct{ cmds []*exec.Cmd }

func startPeers(ctx context.Context, n int, addr, dir string) (*peers, error) {
	p := &peers{}
	for i := range n {
		out := filepath.Join(dir, fmt.Sprintf("cam%03d-%%d.mp4", i))
		cmd := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-v", "error", "-rtsp_transport", "tcp",
			"-i", fmt.Sprintf("rtsp://%s/cam%03d", addr, i), "-c", "copy", "-f", "segment", "-segment_time", "60",
			"-segment_format_options", "movflags=frag_keyframe+empty_moov", out)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			p.stop()
			return nil, err
		}
		p.cmds = append(p.cmds, cmd)
	}
	return p, nil
}

func (p *peers) pids() []int {
	var ids []int
	for _, c := range p.cmds {
		ids = append(ids, c.Process.Pid)
	}
	return ids
}

func (p *peers) stop() {
	for _, c := range p.cmds {
		_ = c.Process.Signal(syscall.SIGKILL)
	}
	for _, c := range p.cmds {
		_ = c.Wait()
	}
}
