package s3api_test

import (
	"crypto/md5"
	"encoding/base64"
)

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func md5Of(s string) string {
	sum := md5.Sum([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}
