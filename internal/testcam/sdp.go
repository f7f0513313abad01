package testcam

import (
	"encoding/base64"
	"fmt"

	"vidne.dk/vidne/internal/media"
)

// SDP is a description of the clip as a camera gives it.
func (c *Clip) SDP() string {
	b64 := base64.StdEncoding.EncodeToString
	head := "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=cam\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\n"
	if c.Codec == media.H264 {
		return head + fmt.Sprintf("a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1; profile-level-id=%X; sprop-parameter-sets=%s,%s\r\na=control:trackID=0\r\n",
			c.SPS[1:4], b64(c.SPS), b64(c.PPS))
	}
	return head + fmt.Sprintf("a=rtpmap:96 H265/90000\r\na=fmtp:96 sprop-vps=%s; sprop-sps=%s; sprop-pps=%s\r\na=control:trackID=0\r\n",
		b64(c.VPS), b64(c.SPS), b64(c.PPS))
}
