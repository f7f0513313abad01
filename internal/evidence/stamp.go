package evidence

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"net/http"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Stamps asks a time stamping service (RFC 3161 over HTTP). Only a hash leaves
// the house.
type Stamps struct {
	URL    string
	Client *http.Client // with limits of its own; nil waits 20 seconds at most
}

const maxStamp = 1 << 20

type imprint struct {
	Algorithm pkix.AlgorithmIdentifier
	Hash      []byte
}

type stampRequest struct {
	Version      int
	Imprint      imprint
	Nonce        *big.Int
	Certificates bool
}

type stampResponse struct {
	Status asn1.RawValue // PKIStatusInfo
	Token  asn1.RawValue `asn1:"optional"`
}

type stampInfo struct {
	Version int
	Policy  asn1.ObjectIdentifier
	Imprint imprint
	Serial  *big.Int
	Time    time.Time
}

// Stamp is the service's whole answer for content (TimeStampResp, .tsr), after
// seeing that it is about content. The service's signature is for whoever
// checks the package. A service that is away, or answers something else, is
// fault.Unavailable "evidence.stamp".
func (s *Stamps) Stamp(ctx context.Context, content []byte) (_ []byte, err error) {
	defer fault.Wrap(&err, "evidence.Stamp")
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, fault.As(fault.Internal, "evidence.stamp", err)
	}
	sum := sha256.Sum256(content)
	ask, err := asn1.Marshal(stampRequest{1, imprint{pkix.AlgorithmIdentifier{Algorithm: oids["sha256"], Parameters: asn1.NullRawValue}, sum[:]}, nonce, true})
	if err != nil {
		return nil, fault.As(fault.Internal, "evidence.stamp", err)
	}
	client := s.Client
	if client == nil {
		client = &http.Client{Timeout: 20 * time.Second}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(ask))
	if err != nil {
		return nil, fault.As(fault.Invalid, "evidence.stamp", err)
	}
	req.Header.Set("Content-Type", "application/timestamp-query")
	resp, err := client.Do(req)
	if err != nil {
		return nil, fault.As(fault.Unavailable, "evidence.stamp", err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxStamp))
	if err != nil || resp.StatusCode != http.StatusOK {
		return nil, fault.New(fault.Unavailable, "evidence.stamp", "%s, %v", resp.Status, err)
	}
	if err := about(b, sum[:], nonce); err != nil {
		return nil, fault.As(fault.Unavailable, "evidence.stamp", err)
	}
	return b, nil
}

// about says whether an answer grants a stamp over this hash for this question.
func about(b, sum []byte, nonce *big.Int) error {
	var r stampResponse
	if rest, err := asn1.Unmarshal(b, &r); err != nil || len(rest) > 0 {
		return fault.New(fault.Unavailable, "evidence.stamp", "no answer of a time stamping service: %v", err)
	}
	var status int
	if _, err := asn1.Unmarshal(r.Status.Bytes, &status); err != nil || status > 1 {
		return fault.New(fault.Unavailable, "evidence.stamp", "refused with status %d", status)
	}
	var outer contentInfo
	var data struct {
		Version int
		Digests asn1.RawValue
		Inner   contentInfo
	}
	if _, err := asn1.Unmarshal(r.Token.FullBytes, &outer); err != nil {
		return err
	}
	// Of the signed data only the content is looked at.
	var seq asn1.RawValue
	if _, err := asn1.Unmarshal(outer.Content.Bytes, &seq); err != nil {
		return err
	}
	rest, err := asn1.Unmarshal(seq.Bytes, &data.Version)
	if err != nil {
		return err
	}
	if rest, err = asn1.Unmarshal(rest, &data.Digests); err != nil {
		return err
	}
	if _, err = asn1.Unmarshal(rest, &data.Inner); err != nil {
		return err
	}
	var text []byte
	if _, err := asn1.Unmarshal(data.Inner.Content.Bytes, &text); err != nil {
		return err
	}
	var info stampInfo
	if !data.Inner.Type.Equal(oids["tstInfo"]) {
		return fault.New(fault.Unavailable, "evidence.stamp", "not a time stamp")
	}
	if err := readInfo(text, &info); err != nil {
		return err
	}
	encoded, err := asn1.Marshal(nonce)
	if err != nil {
		return err
	}
	if !info.Imprint.Algorithm.Algorithm.Equal(oids["sha256"]) || !bytes.Equal(info.Imprint.Hash, sum) || !bytes.Contains(text, encoded) {
		return fault.New(fault.Unavailable, "evidence.stamp", "the stamp is about something else")
	}
	return nil
}

// readInfo reads the members that every TSTInfo has; what may follow differs
// from service to service.
func readInfo(text []byte, info *stampInfo) error {
	var seq asn1.RawValue
	if _, err := asn1.Unmarshal(text, &seq); err != nil {
		return err
	}
	rest := seq.Bytes
	var err error
	for _, v := range []any{&info.Version, &info.Policy, &info.Imprint, &info.Serial} {
		if rest, err = asn1.Unmarshal(rest, v); err != nil {
			return err
		}
	}
	_, err = asn1.UnmarshalWithParams(rest, &info.Time, "generalized")
	return err
}
