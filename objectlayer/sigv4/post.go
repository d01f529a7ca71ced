package sigv4

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"strings"
	"time"
)

// A browser can upload through a form. What it may upload is said by a policy
// document, whose base64 form is what gets signed; see ParsePolicy. Fields of
// version 4 and of version 2:
//
//	policy  x-amz-algorithm  x-amz-credential  x-amz-date  x-amz-signature  [x-amz-security-token]
//	policy  AWSAccessKeyId  signature  [x-amz-security-token]
//
// Source: "Browser-Based Uploads Using POST" in the Amazon S3 API reference.

// A Form holds the fields of an upload form, except the file, by lower-case
// name. Fill it with Add.
type Form map[string]string

// Add adds a field. Names do not depend on case, and a field may be given only
// once, so that the one that is checked is the one that is used.
func (f Form) Add(name, value string) error {
	name = strings.ToLower(name)
	if _, ok := f[name]; ok {
		return refuse(CodeMalformedPOSTRequest, "The form field "+quote(name)+" was given more than once.")
	}
	f[name] = value
	return nil
}

// maxExpanded bounds a field in which Expand has replaced something.
const maxExpanded = 64 << 10

// Expand replaces ${filename} in every field by the name of the uploaded file.
// S3 does so before it looks at the policy, so that the policy is checked
// against what will be used.
func (f Form) Expand(filename string) error {
	const variable = "${filename}"
	for name, value := range f {
		n := strings.Count(value, variable)
		if n == 0 {
			continue
		}
		if len(value)+n*(len(filename)-len(variable)) > maxExpanded {
			return refuse(CodeMalformedPOSTRequest, "The form field "+quote(name)+" is too long.")
		}
		f[name] = strings.ReplaceAll(value, variable, filename)
	}
	return nil
}

// VerifyPost decides who signed the policy of a form. A form with neither
// policy nor credentials is anonymous. The policy itself is for the caller to
// parse and check; until then nothing but the signer is known.
func (v *Verifier) VerifyPost(ctx context.Context, form Form) (*Result, error) {
	v4 := has(form, "x-amz-algorithm", "x-amz-credential", "x-amz-signature")
	v2 := has(form, "awsaccesskeyid", "signature")
	switch {
	case v4 && v2:
		return nil, errTwoCredentials()
	case v4:
		return v.verifyPostV4(ctx, form)
	case v2:
		return v.verifyPostV2(ctx, form)
	case form["policy"] != "":
		return nil, refuse(CodeAccessDenied, "A policy needs a signature.")
	}
	return &Result{Type: Anonymous}, nil
}

func has(form Form, names ...string) bool {
	for _, name := range names {
		if _, ok := form[name]; ok {
			return true
		}
	}
	return false
}

// need returns an error that names the first of the fields that is missing.
func need(form Form, names ...string) error {
	for _, name := range names {
		if form[name] == "" {
			return refuse(CodeInvalidArgument, "Bucket POST must contain a field named '"+name+"'.")
		}
	}
	return nil
}

func (v *Verifier) verifyPostV4(ctx context.Context, form Form) (*Result, error) {
	if err := need(form, "policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"); err != nil {
		return nil, err
	}
	switch form["x-amz-algorithm"] {
	case algorithm:
	case algorithmECDSA:
		return nil, errECDSA()
	default:
		return nil, refuse(CodeInvalidArgument, `x-amz-algorithm only supports "`+algorithm+`"`)
	}
	cred, ok := parseCredential(form["x-amz-credential"])
	if !ok {
		return nil, refuse(CodeAuthorizationHeaderMalformed, headerMalformed+credentialMalformed)
	}
	date, err := time.Parse(timeLayout, form["x-amz-date"])
	if err != nil {
		return nil, refuse(CodeInvalidArgument, "x-amz-date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
	}
	if err := v.checkCredential(&cred, form["x-amz-date"], CodeAuthorizationHeaderMalformed, headerMalformed); err != nil {
		return nil, err
	}
	secret, err := v.secret(ctx, cred.accessKey)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(postSignature(secret, cred.scope, form["policy"]), []byte(form["x-amz-signature"])) != 1 {
		return nil, errSignature()
	}
	return &Result{
		Type:         PostV4,
		AccessKey:    cred.accessKey,
		SessionToken: form["x-amz-security-token"],
		Date:         date,
		Region:       cred.region,
		Service:      cred.service,
		Signature:    form["x-amz-signature"],
	}, nil
}

// postSignature returns the version 4 signature of a policy in hex.
func postSignature(secret string, s scope, policy string) []byte {
	key := deriveKey(secret, s)
	sum := hmacSHA256(key[:], []byte(policy))
	return hex.AppendEncode(nil, sum[:])
}

func (v *Verifier) verifyPostV2(ctx context.Context, form Form) (*Result, error) {
	if err := need(form, "policy", "awsaccesskeyid", "signature"); err != nil {
		return nil, err
	}
	secret, err := v.secret(ctx, form["awsaccesskeyid"])
	if err != nil {
		return nil, err
	}
	want := signatureV2(secret, []byte(form["policy"]))
	if subtle.ConstantTimeCompare([]byte(want), []byte(form["signature"])) != 1 {
		return nil, errSignature()
	}
	return &Result{
		Type:         PostV2,
		AccessKey:    form["awsaccesskeyid"],
		SessionToken: form["x-amz-security-token"],
		Signature:    form["signature"],
	}, nil
}
