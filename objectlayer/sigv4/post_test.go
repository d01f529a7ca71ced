package sigv4_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
)

func TestVerifyPost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(f sigv4.Form)
		want  string
	}{
		{"nothing", func(sigv4.Form) {}, "ok"},
		{"policy", func(f sigv4.Form) { f["policy"] += "A" }, sigv4.CodeSignatureDoesNotMatch},
		{"signature", func(f sigv4.Form) { f["x-amz-signature"] = strings.Repeat("0", 64) }, sigv4.CodeSignatureDoesNotMatch},
		{"no policy", func(f sigv4.Form) { delete(f, "policy") }, sigv4.CodeInvalidArgument},
		{"no signature", func(f sigv4.Form) { delete(f, "x-amz-signature") }, sigv4.CodeInvalidArgument},
		{"no credential", func(f sigv4.Form) { delete(f, "x-amz-credential") }, sigv4.CodeInvalidArgument},
		{"no date", func(f sigv4.Form) { delete(f, "x-amz-date") }, sigv4.CodeInvalidArgument},
		{"date garbled", func(f sigv4.Form) { f["x-amz-date"] = "today" }, sigv4.CodeInvalidArgument},
		{"date of another day", func(f sigv4.Form) { f["x-amz-date"] = "20130525T000000Z" }, sigv4.CodeAuthorizationHeaderMalformed},
		{"another algorithm", func(f sigv4.Form) { f["x-amz-algorithm"] = "none" }, sigv4.CodeInvalidArgument},
		{"SigV4A", func(f sigv4.Form) { f["x-amz-algorithm"] = "AWS4-ECDSA-P256-SHA256" }, sigv4.CodeInvalidRequest},
		{"credential garbled", func(f sigv4.Form) { f["x-amz-credential"] = awsKey }, sigv4.CodeAuthorizationHeaderMalformed},
		{"another region", func(f sigv4.Form) {
			f["x-amz-credential"] = awsKey + "/20130524/us-west-1/s3/aws4_request"
		}, sigv4.CodeAuthorizationHeaderMalformed},
		{"unknown key", func(f sigv4.Form) {
			f["x-amz-credential"] = "nobody/20130524/us-east-1/s3/aws4_request"
		}, sigv4.CodeInvalidAccessKeyID},
		{"version 2 too", func(f sigv4.Form) { f["signature"] = "a" }, sigv4.CodeInvalidRequest},
		{"policy alone", func(f sigv4.Form) {
			maps.DeleteFunc(f, func(name, _ string) bool { return name != "policy" })
		}, sigv4.CodeAccessDenied},
		{"nothing at all", func(f sigv4.Form) { clear(f) }, "ok"},
	}
	v := newVerifier(awsTime)
	v.Region = "us-east-1"
	s := newSigner()
	s.SessionToken = "t"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			form := s.SignPost([]byte(`{}`), awsTime)
			tt.spoil(form)
			res, err := v.VerifyPost(t.Context(), form)
			wantCode(t, err, tt.want)
			if err != nil {
				return
			}
			want := &sigv4.Result{}
			if len(form) > 0 {
				want = &sigv4.Result{
					Type: sigv4.PostV4, AccessKey: awsKey, SessionToken: "t", Date: awsTime,
					Region: "us-east-1", Service: "s3", Signature: form["x-amz-signature"],
				}
			}
			if diff := cmp.Diff(want, res, cmp.FilterPath(func(p cmp.Path) bool {
				return p.Last().String() == ".hash" || p.Last().String() == ".seed"
			}, cmp.Ignore())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestVerifyPostV2(t *testing.T) {
	t.Parallel()
	v := newVerifier(awsTime)
	form := func() sigv4.Form {
		f := sigv4.Form{}
		for _, field := range [][2]string{{"AWSAccessKeyId", awsKey}, {"Policy", "e30="}, {"Signature", "sj/KBE8QSJRbSnHPFJzWJSY9iu0="}} {
			if err := f.Add(field[0], field[1]); err != nil {
				t.Fatal(err)
			}
		}
		return f
	}
	f := form()
	f["signature"] = signV2(f["policy"])
	res := must[*sigv4.Result](t)(v.VerifyPost(t.Context(), f))
	if res.Type != sigv4.PostV2 || res.AccessKey != awsKey {
		t.Errorf("got %+v", res)
	}
	_, err := v.VerifyPost(t.Context(), form())
	wantCode(t, err, sigv4.CodeSignatureDoesNotMatch)
	for _, missing := range []string{"policy", "awsaccesskeyid", "signature"} {
		f := form()
		delete(f, missing)
		_, err := v.VerifyPost(t.Context(), f)
		wantCode(t, err, sigv4.CodeInvalidArgument)
	}
	f = form()
	f["awsaccesskeyid"] = "nobody"
	_, err = v.VerifyPost(t.Context(), f)
	wantCode(t, err, sigv4.CodeInvalidAccessKeyID)
}

func TestForm(t *testing.T) {
	t.Parallel()
	f := sigv4.Form{}
	wantCode(t, f.Add("Key", "user/${filename}"), "ok")
	wantCode(t, f.Add("x-amz-meta-name", "${filename}, ${filename}"), "ok")
	wantCode(t, f.Add("KEY", "other"), sigv4.CodeMalformedPOSTRequest)
	wantCode(t, f.Expand("a.jpg"), "ok")
	if diff := cmp.Diff(sigv4.Form{"key": "user/a.jpg", "x-amz-meta-name": "a.jpg, a.jpg"}, f); diff != "" {
		t.Error(diff)
	}
	f = sigv4.Form{"key": strings.Repeat("${filename}", 5000)}
	wantCode(t, f.Expand(strings.Repeat("x", 1000)), sigv4.CodeMalformedPOSTRequest)
}

func parsePolicy(t testing.TB, conditions string) *sigv4.Policy {
	t.Helper()
	document := `{"expiration": "2013-05-25T00:00:00.000Z", "conditions": [` + conditions + `]}`
	p, err := sigv4.ParsePolicy(base64.StdEncoding.EncodeToString([]byte(document)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPolicyCheck(t *testing.T) {
	t.Parallel()
	const base = `{"bucket": "b"}, ["starts-with", "$key", "user/"]`
	tests := []struct {
		name, conditions string
		form             sigv4.Form // beside bucket and key
		want             string
	}{
		{"allowed", base, nil, "ok"},
		{"another bucket", base, sigv4.Form{"bucket": "c"}, sigv4.CodeAccessDenied},
		{"another key", base, sigv4.Form{"key": "users"}, sigv4.CodeAccessDenied},
		{"no condition on the bucket", `["starts-with", "$key", ""]`, nil, sigv4.CodeAccessDenied},
		{"no condition on the key", `{"bucket": "b"}`, nil, sigv4.CodeAccessDenied},
		{"no conditions", ``, nil, sigv4.CodeAccessDenied},
		{"extra field", base, sigv4.Form{"acl": "public-read"}, sigv4.CodeAccessDenied},
		{"extra token", base, sigv4.Form{"x-amz-security-token": "t"}, sigv4.CodeAccessDenied},
		{"ignored field", base, sigv4.Form{"x-ignore-a": "b"}, "ok"},
		{"fields of the signature", base, sigv4.Form{
			"policy": "p", "x-amz-signature": "s", "x-amz-credential": "c", "x-amz-date": "d", "x-amz-algorithm": "a", "file": "f",
		}, "ok"},
		{"fields of version 2", base, sigv4.Form{"awsaccesskeyid": "a", "signature": "s"}, "ok"},
		{"eq", base + `, ["eq", "$acl", "private"]`, sigv4.Form{"acl": "private"}, "ok"},
		{"eq in upper case", base + `, ["EQ", "$ACL", "private"]`, sigv4.Form{"acl": "private"}, "ok"},
		{"eq of another case", base + `, ["eq", "$acl", "private"]`, sigv4.Form{"acl": "Private"}, sigv4.CodeAccessDenied},
		{"eq of a missing field", base + `, {"acl": "private"}`, nil, sigv4.CodeAccessDenied},
		{"eq of a number", base + `, {"success_action_status": 201}`, sigv4.Form{"success_action_status": "201"}, "ok"},
		{"anything", base + `, ["starts-with", "$acl", ""]`, sigv4.Form{"acl": "x"}, "ok"},
		{"anything or nothing", base + `, ["starts-with", "$acl", ""]`, nil, "ok"},
		{"content type", base + `, ["starts-with", "$Content-Type", "image/"]`, sigv4.Form{"content-type": "image/png"}, "ok"},
		{"content types", base + `, ["starts-with", "$Content-Type", "image/"]`, sigv4.Form{"content-type": "image/png, image/gif"}, "ok"},
		{"content types, one wrong", base + `, ["starts-with", "$Content-Type", "image/"]`, sigv4.Form{"content-type": "image/png,text/html"}, sigv4.CodeAccessDenied},
		{"two conditions on one field", base + `, ["starts-with", "$key", "user/eric/"]`, nil, sigv4.CodeAccessDenied},
		{"size in range", base + `, ["content-length-range", 1, 10]`, nil, "ok"},
		{"size as text", base + `, ["content-length-range", "1", "10"]`, nil, "ok"},
		{"too small", base + `, ["content-length-range", 6, 10]`, nil, sigv4.CodeEntityTooSmall},
		{"too large", base + `, ["content-length-range", 1, 4]`, nil, sigv4.CodeEntityTooLarge},
		{"two ranges", base + `, ["content-length-range", 1, 10], ["content-length-range", 0, 4]`, nil, sigv4.CodeEntityTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			form := sigv4.Form{"bucket": "b", "key": "user/a"}
			maps.Copy(form, tt.form)
			wantCode(t, parsePolicy(t, tt.conditions).Check(form, 5, awsTime), tt.want)
		})
	}
}

func TestPolicyExpires(t *testing.T) {
	t.Parallel()
	p := parsePolicy(t, "")
	if want := awsTime.Add(24 * time.Hour); !p.Expiration.Equal(want) {
		t.Errorf("expires %v, want %v", p.Expiration, want)
	}
	wantCode(t, p.Check(nil, 0, p.Expiration.Add(-1)), "ok")
	err := p.Check(nil, 0, p.Expiration)
	wantCode(t, err, sigv4.CodeAccessDenied)
	if err == nil || !strings.Contains(err.Error(), "Policy expired") {
		t.Errorf("got %v", err)
	}
}

func TestPolicySize(t *testing.T) {
	t.Parallel()
	p := parsePolicy(t, `["content-length-range", 2, 4], ["content-length-range", 1, 3]`)
	if p.MinSize != 2 || p.MaxSize != 3 {
		t.Errorf("got %d to %d, want 2 to 3", p.MinSize, p.MaxSize)
	}
	wantCode(t, p.Check(nil, sigv4.SizeUnknown, awsTime), "ok")
	wantCode(t, p.CheckSize(1), sigv4.CodeEntityTooSmall)
	wantCode(t, p.CheckSize(3), "ok")
	wantCode(t, p.CheckSize(4), sigv4.CodeEntityTooLarge)
	if p := parsePolicy(t, ""); p.MinSize != 0 || p.MaxSize != math.MaxInt64 {
		t.Errorf("got %d to %d for no range", p.MinSize, p.MaxSize)
	}
}

func TestPolicyMalformed(t *testing.T) {
	t.Parallel()
	document := func(conditions string) string {
		return fmt.Sprintf(`{"expiration": "2013-05-25T00:00:00Z", "conditions": %s}`, conditions)
	}
	for name, text := range map[string]string{
		"empty":                     ``,
		"not JSON":                  `{`,
		"not an object":             `[]`,
		"two documents":             document(`[]`) + `{}`,
		"unknown member":            `{"expiration": "2013-05-25T00:00:00Z", "conditions": [], "x": 1}`,
		"no expiration":             `{"conditions": []}`,
		"expiration garbled":        `{"expiration": "tomorrow", "conditions": []}`,
		"no conditions":             `{"expiration": "2013-05-25T00:00:00Z"}`,
		"condition is text":         document(`["eq"]`),
		"condition is a number":     document(`[1]`),
		"condition is null":         document(`[null]`),
		"condition of two":          document(`[["eq", "$key"]]`),
		"condition of four":         document(`[["eq", "$key", "a", "b"]]`),
		"operator is a number":      document(`[[1, "$key", "a"]]`),
		"operator unknown":          document(`[["ends-with", "$key", "a"]]`),
		"field without dollar":      document(`[["eq", "key", "a"]]`),
		"field without name":        document(`[["eq", "$", "a"]]`),
		"field is a number":         document(`[["eq", 1, "a"]]`),
		"value is a list":           document(`[["eq", "$key", []]]`),
		"value is null":             document(`[{"key": null}]`),
		"object of none":            document(`[{}]`),
		"object of two":             document(`[{"key": "a", "acl": "b"}]`),
		"range out of order":        document(`[["content-length-range", 2, 1]]`),
		"range negative":            document(`[["content-length-range", -1, 1]]`),
		"range with a fraction":     document(`[["content-length-range", 0, 1.5]]`),
		"range too large":           document(`[["content-length-range", 0, 9223372036854775808]]`),
		"range of other things":     document(`[["content-length-range", {}, []]]`),
		"range of text that is not": document(`[["content-length-range", "a", "b"]]`),
	} {
		_, err := sigv4.ParsePolicy(base64.StdEncoding.EncodeToString([]byte(text)))
		var e *sigv4.Error
		if !errors.As(err, &e) || e.Code != sigv4.CodeMalformedPOSTRequest {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for name, encoded := range map[string]string{
		"not base64": "!",
		"too large":  strings.Repeat("A", 2<<20),
	} {
		_, err := sigv4.ParsePolicy(encoded)
		if code(err) != sigv4.CodeMalformedPOSTRequest {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAWSPolicyCheck(t *testing.T) {
	t.Parallel()
	form := newSigner().SignPost([]byte(awsPolicy), awsPostTime)
	for name, value := range map[string]string{
		"bucket": "sigv4examplebucket", "key": "user/user1/${filename}", "acl": "public-read",
		"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html",
		"Content-Type":            "image/jpeg", "x-amz-meta-uuid": "14365123651274",
		"x-amz-server-side-encryption": "AES256", "x-amz-meta-tag": "", "x-ignore-me": "1",
	} {
		wantCode(t, form.Add(name, value), "ok")
	}
	wantCode(t, form.Expand("MyFile.jpg"), "ok")
	p, err := sigv4.ParsePolicy(form["policy"])
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, p.Check(form, 1, awsPostTime), "ok")
	form["x-amz-meta-uuid"] = "0"
	err = p.Check(form, 1, awsPostTime)
	if want := `Policy Condition failed: ["eq", "$x-amz-meta-uuid", "14365123651274"]`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
