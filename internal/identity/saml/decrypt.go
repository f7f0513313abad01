package saml

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	_ "crypto/sha1" //nolint:gosec // the digest within OAEP, where collisions matter nothing
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/beevik/etree"
)

// Algorithms of XML Encryption 1.1 that are taken.
const (
	aes128gcm = nsXMLEnc11 + "aes128-gcm"
	aes192gcm = nsXMLEnc11 + "aes192-gcm"
	aes256gcm = nsXMLEnc11 + "aes256-gcm"
	aes128cbc = nsXMLEnc + "aes128-cbc"
	aes256cbc = nsXMLEnc + "aes256-cbc"
	rsaOAEP   = nsXMLEnc + "rsa-oaep-mgf1p"
	rsaOAEP11 = nsXMLEnc11 + "rsa-oaep"
)

// keySizes of the ciphers, in bytes.
var keySizes = map[string]int{aes128gcm: 16, aes192gcm: 24, aes256gcm: 32, aes128cbc: 16, aes256cbc: 32}

var hashes = map[string]crypto.Hash{
	nsSignature + "sha1": crypto.SHA1, nsXMLEnc + "sha256": crypto.SHA256, nsXMLEnc + "sha512": crypto.SHA512,
	nsXMLEnc11 + "mgf1sha1": crypto.SHA1, nsXMLEnc11 + "mgf1sha256": crypto.SHA256, nsXMLEnc11 + "mgf1sha512": crypto.SHA512,
}

// errDecrypt is every error of decryption: what went wrong would tell whoever
// sends altered texts what is in them.
var errDecrypt = errors.New("the assertion cannot be opened")

// decrypt opens an EncryptedAssertion. A cipher that does not itself notice
// alterations (CBC) is taken only when authentic says that a signature has
// been checked over the text.
func decrypt(e *etree.Element, key *rsa.PrivateKey, authentic bool) ([]byte, error) {
	data := only(e, nsXMLEnc, "EncryptedData")
	if data == nil {
		return nil, errDecrypt
	}
	wrapped := only(e, nsXMLEnc, "EncryptedKey")
	if info := only(data, nsSignature, "KeyInfo"); wrapped == nil && info != nil {
		wrapped = only(info, nsXMLEnc, "EncryptedKey")
	}
	method := only(data, nsXMLEnc, "EncryptionMethod")
	text, err := cipherValue(data)
	if wrapped == nil || method == nil || err != nil {
		return nil, errDecrypt
	}
	algorithm := method.SelectAttrValue("Algorithm", "")
	size := keySizes[algorithm]
	secret, err := unwrap(wrapped, key)
	if err != nil || size == 0 || len(secret) != size {
		return nil, errDecrypt
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, errDecrypt
	}
	if strings.HasSuffix(algorithm, "-cbc") {
		if !authentic {
			return nil, errDecrypt
		}
		return openCBC(block, text)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil || len(text) < gcm.NonceSize() {
		return nil, errDecrypt
	}
	plain, err := gcm.Open(nil, text[:gcm.NonceSize()], text[gcm.NonceSize():], nil)
	if err != nil {
		return nil, errDecrypt
	}
	return plain, nil
}

// unwrap opens the key that an assertion was encrypted with (RSA-OAEP).
func unwrap(e *etree.Element, key *rsa.PrivateKey) ([]byte, error) {
	method := only(e, nsXMLEnc, "EncryptionMethod")
	text, err := cipherValue(e)
	if method == nil || err != nil {
		return nil, errDecrypt
	}
	named := func(namespace, tag, unless string) crypto.Hash {
		if d := only(method, namespace, tag); d != nil {
			unless = d.SelectAttrValue("Algorithm", "")
		}
		return hashes[unless]
	}
	o := rsa.OAEPOptions{Hash: named(nsSignature, "DigestMethod", nsSignature+"sha1"), MGFHash: crypto.SHA1}
	switch method.SelectAttrValue("Algorithm", "") {
	case rsaOAEP:
	case rsaOAEP11:
		o.MGFHash = named(nsXMLEnc11, "MGF", nsXMLEnc11+"mgf1sha1")
	default:
		return nil, errDecrypt
	}
	if o.Hash == 0 || o.MGFHash == 0 {
		return nil, errDecrypt
	}
	return key.Decrypt(nil, text, &o)
}

func cipherValue(e *etree.Element) ([]byte, error) {
	d := only(e, nsXMLEnc, "CipherData")
	if d == nil {
		return nil, errDecrypt
	}
	v := only(d, nsXMLEnc, "CipherValue")
	if v == nil {
		return nil, errDecrypt
	}
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(v.Text()), ""))
}

func openCBC(block cipher.Block, text []byte) ([]byte, error) {
	if len(text) < 2*aes.BlockSize || len(text)%aes.BlockSize != 0 {
		return nil, errDecrypt
	}
	plain := make([]byte, len(text)-aes.BlockSize)
	cipher.NewCBCDecrypter(block, text[:aes.BlockSize]).CryptBlocks(plain, text[aes.BlockSize:])
	if n := int(plain[len(plain)-1]); n >= 1 && n <= aes.BlockSize {
		return plain[:len(plain)-n], nil
	}
	return nil, errDecrypt
}
