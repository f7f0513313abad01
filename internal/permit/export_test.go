package permit

import "crypto/ed25519"

// SignBody signs any bytes as a body, as a signer that is broken or bought would.
func SignBody(k Kind, body []byte, key Signer) *Signed {
	s := &Signed{Kind: k, Key: key.id, Body: body}
	s.Sig = ed25519.Sign(key.key, s.Message())
	return s
}
