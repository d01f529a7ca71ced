package config

import (
	"errors"
	"net"
	"strings"
	"unicode"
)

// Lengths of credentials, in bytes.
const (
	minAccessKey = 3
	minSecretKey = 8
	maxSecretKey = 1 << 10
)

func accessKey(s string) (string, error) {
	if len(s) < minAccessKey || len(s) > maxSecretKey {
		return "", errors.New("too short or too long")
	}
	if strings.ContainsAny(s, "=,") || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return "", errors.New("holds a character that is not allowed")
	}
	return s, nil
}

func secretKey(s string) (Secret, error) {
	if len(s) < minSecretKey || len(s) > maxSecretKey {
		return "", errors.New("too short or too long")
	}
	return Secret(s), nil
}

func legacySecret(s string) (string, error) {
	secret, err := secretKey(s)
	return secret.Reveal(), err
}

// finishRoot settles the root credential: both of a pair or neither, under its present or its old names.
func (d *draft) finishRoot(faults *Faults) {
	if d.noRootAccess && !d.offline {
		faults.add("Invalid api-root-access", "nobody could use the server", "Leave it out: this release has no users besides the operator")
	}
	if d.legacyUser != "" || d.legacySecret != "" {
		d.Warnings = append(d.Warnings, "MINIO_ACCESS_KEY and MINIO_SECRET_KEY are old names: use MINIO_ROOT_USER and MINIO_ROOT_PASSWORD")
	}
	if d.unread["root-user"] || d.unread["root-password"] || d.unread["access-key"] || d.unread["secret-key"] {
		return // half of a pair was refused already
	}
	if d.Root.AccessKey == "" && d.Root.Secret == "" {
		d.Root.AccessKey, d.Root.Secret = d.legacyUser, Secret(d.legacySecret)
	}
	switch {
	case (d.Root.AccessKey == "") != (d.Root.Secret == ""):
		faults.add("Invalid credentials", "only one of user and password is set", "Set both MINIO_ROOT_USER and MINIO_ROOT_PASSWORD, or neither")
	case !d.offline && d.Root.WellKnown() && !d.Root.AllowDefault && !Loopback(d.Listen.Address):
		faults.add("Unsafe credentials", "everybody knows this password, and the server can be reached from other machines",
			"Choose another MINIO_ROOT_PASSWORD, listen on --address 127.0.0.1:9000 only, or insist with --allow-default-credentials")
	}
}

// WellKnown tells whether the secret stands in handbooks, examples and lists of what to try first, or is the access key.
func (r Root) WellKnown() bool {
	secret := strings.ToLower(r.Secret.Reveal())
	if secret == "" {
		return false
	}
	switch secret {
	case strings.ToLower(r.AccessKey),
		"minioadmin", "minio123", "miniosecret", "minio-secret", "miniostorage", "minio-root-password", "minio_password", "miniopassword",
		"rustfsadmin", "holdfast", "rootpass", "rootpass123", "adminadmin", "admin123", "admin1234", "administrator",
		"password", "password1", "password123", "passw0rd", "changeme", "changeme123", "change-me", "secretkey", "supersecret",
		"12345678", "123456789", "1234567890", "qwertyuiop",
		"your-secret-key", "yoursecretkey", "wjalrxutnfemi/k7mdeng/bpxrficyexamplekey", "zuf+tfteslswru7bj86wekitnifilbzam1kyy3tg":
		return true
	}
	return false
}

// Loopback tells whether only this machine can reach an address.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
