package s3api

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/s3api/s3err"
)

const (
	sse              = "X-Amz-Server-Side-Encryption"
	sseKeyID         = "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"
	sseContext       = "X-Amz-Server-Side-Encryption-Context"
	customerPrefix   = "X-Amz-Server-Side-Encryption-Customer-"
	copySourcePrefix = "X-Amz-Copy-Source-"
	keyARN           = "arn:aws:kms:" // before a key's name, in requests and answers of MinIO
)

// encryption reads what a new object shall be encrypted with ("Protecting data with encryption" in the S3 user guide).
func (c *call) encryption() (objectlayer.Encryption, error) {
	return c.encryptionFrom(c.header)
}

// encryptionFrom reads the settings from headers or, for a form, from its fields; get takes canonical header names.
func (c *call) encryptionFrom(get func(name string) string) (objectlayer.Encryption, error) {
	e, err := c.customerKeyFrom(get, "")
	if err != nil {
		return e, err
	}
	switch scheme := get(sse); scheme {
	case "":
		if get(sseKeyID) != "" || get(sseContext) != "" {
			return e, s3err.New(s3err.InvalidArgument, "A key id or context needs x-amz-server-side-encryption: aws:kms.")
		}
		return e, nil
	case "AES256", "aws:kms":
		if e.Scheme == objectlayer.EncryptCustomer {
			return e, s3err.New(s3err.InvalidArgument, "Server side encryption with a customer key cannot be combined with another.")
		}
		if scheme == "AES256" {
			if get(sseKeyID) != "" {
				return e, s3err.New(s3err.InvalidArgument, "AES256 takes no key id.")
			}
			return objectlayer.Encryption{Scheme: objectlayer.EncryptS3}, nil
		}
		return keyService(get)
	default:
		return e, s3err.New(s3err.InvalidArgument, "The encryption method specified is not supported.")
	}
}

func keyService(get func(string) string) (objectlayer.Encryption, error) {
	e := objectlayer.Encryption{Scheme: objectlayer.EncryptKMS, KeyID: strings.TrimPrefix(get(sseKeyID), keyARN)}
	text := get(sseContext)
	if text == "" {
		return e, nil
	}
	doc, err := base64.StdEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(doc, &e.Context)
	}
	if err != nil {
		return e, s3err.New(s3err.InvalidArgument, "The encryption context must be base64 of a JSON object of texts.")
	}
	return e, nil
}

// customerKey reads the three headers of SSE-C, which may only travel encrypted. prefix is empty, or "X-Amz-Copy-Source-" for
// the key of the source of a copy.
func (c *call) customerKey(prefix string) (objectlayer.Encryption, error) {
	return c.customerKeyFrom(c.header, prefix)
}

func (c *call) customerKeyFrom(get func(string) string, prefix string) (objectlayer.Encryption, error) {
	names := customerPrefix
	if prefix != "" {
		names = prefix + strings.TrimPrefix(customerPrefix, "X-Amz-")
	}
	algorithm, text, sum := get(names+"Algorithm"), get(names+"Key"), get(names+"Key-Md5")
	var e objectlayer.Encryption
	if algorithm == "" && text == "" && sum == "" {
		return e, nil
	}
	if c.r.TLS == nil {
		return e, s3err.New(s3err.InvalidRequest, "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection.")
	}
	if algorithm != "AES256" {
		return e, s3err.New(s3err.InvalidArgument, "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.")
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != 32 {
		return e, s3err.New(s3err.InvalidArgument, "The secret key was invalid for the specified algorithm.")
	}
	if got := md5.Sum(key); base64.StdEncoding.EncodeToString(got[:]) != sum {
		return e, s3err.New(s3err.InvalidArgument, "The calculated MD5 hash of the key did not match the hash that was provided.")
	}
	return objectlayer.Encryption{Scheme: objectlayer.EncryptCustomer, CustomerKey: key, CustomerKeyMD5: sum}, nil
}

// setEncryption says how an object is encrypted.
func (c *call) setEncryption(e objectlayer.Encryption) {
	switch e.Scheme {
	case objectlayer.EncryptS3:
		c.set(sse, "AES256")
	case objectlayer.EncryptKMS:
		c.set(sse, "aws:kms")
		if e.KeyID != "" {
			c.set(sseKeyID, keyARN+e.KeyID)
		}
		if len(e.Context) > 0 {
			doc, err := json.Marshal(e.Context) // a map of texts always has a form
			if err == nil {
				c.set(sseContext, base64.StdEncoding.EncodeToString(doc))
			}
		}
	case objectlayer.EncryptCustomer:
		c.set(customerPrefix+"Algorithm", "AES256")
		sum := e.CustomerKeyMD5
		if sum == "" {
			sum = c.header(customerPrefix + "Key-Md5")
		}
		c.setIf(customerPrefix+"Key-Md5", sum)
	}
}
