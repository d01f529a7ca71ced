package inspect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/holdfast-io/holdfast/objectlayer/checksum"
	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

// hidden stands for a value that must not be seen.
const hidden = "***"

// secretNames are what the names of secrets contain, in lower case and without separators: in documents of ours, of identities, of
// tiers, of replication and notification targets.
var secretNames = []string{
	"secret", "password", "passwd", "token", "credential", "privatekey", "apikey", "accountkey", "creds", "license",
	"connectionstring", "dsnstring", "jwt", "nkey",
}

func isSecretName(name string) bool {
	name = strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(name))
	for _, s := range secretNames {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}

// userinfo is the part of a URL that may hold a password.
var userinfo = regexp.MustCompile(`://[^/@\s"]+@`)

func redactText(s string) string { return userinfo.ReplaceAllString(s, "://"+hidden+"@") }

// redact replaces the secrets in a decoded JSON document, in place where it can.
func redact(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if key, ok := v["key"].(string); ok && isSecretName(key) { // an entry of the server's configuration
			hide(v, "value")
		}
		for name, inner := range v {
			if _, text := inner.(string); text && isSecretName(name) {
				hide(v, name)
			} else {
				v[name] = redact(inner)
			}
		}
		return v
	case []any:
		for i := range v {
			v[i] = redact(v[i])
		}
		return v
	case string:
		return redactText(v)
	}
	return v
}

// hide replaces a text that is not empty: that there is none is no secret.
func hide(m map[string]any, name string) {
	if s, ok := m[name].(string); ok && s != "" {
		m[name] = hidden
	}
}

// redactJSON gives a document without its secrets; ok is false when it is no JSON.
func redactJSON(doc []byte) (clean json.RawMessage, ok bool) {
	var v any
	numbers := json.NewDecoder(bytes.NewReader(doc))
	numbers.UseNumber()
	if numbers.Decode(&v) != nil {
		return nil, false
	}
	clean, err := marshal(redact(v))
	return clean, err == nil
}

// describeMetadata gives what is kept with an object, without what opens it.
func describeMetadata(o *xlmeta.Object) *Metadata {
	if o == nil {
		return nil
	}
	m := systemMetadata(o.MetaSys)
	for key, value := range o.MetaUser {
		m.User[key] = printable([]byte(value))
		if isSecretName(key) {
			m.User[key] = lengthOf(len(value))
		}
	}
	return m
}

// systemMetadata gives the internal entries of a version.
func systemMetadata(entries map[string][]byte) *Metadata {
	m := &Metadata{User: make(map[string]string), System: make(map[string]string)}
	for key, value := range entries {
		switch {
		case key == xlmeta.KeyChecksum:
			m.System[key] = checksums(value)
		case isSealed(key):
			m.System[key] = lengthOf(len(value))
		default:
			m.System[key] = printable(value)
		}
	}
	return m
}

// isSealed tells whether an internal entry holds a key, if a sealed one, or what goes with it.
func isSealed(key string) bool {
	switch key {
	case xlmeta.KeySealIV, xlmeta.KeySealedSSEC, xlmeta.KeySealedS3, xlmeta.KeySealedKMS, xlmeta.KeyKMSSealedKey:
		return true
	}
	return isSecretName(key)
}

// checksums gives the checksums of an object as clients see them; those of an encrypted one are sealed.
func checksums(stored []byte) string {
	values, err := checksum.Decode(stored)
	if err != nil {
		return printable(stored)
	}
	var texts []string
	for _, v := range values {
		texts = append(texts, fmt.Sprintf("%v %s %v", v.Algorithm, v.Text(), v.Type))
	}
	return strings.Join(texts, ", ")
}

// printable gives a value that is text as it is, and others in hexadecimal if they are short.
func printable(b []byte) string {
	switch {
	case utf8.Valid(b) && !strings.ContainsFunc(string(b), isControl):
		return string(b)
	case len(b) <= 64:
		return fmt.Sprintf("0x%x", b)
	}
	return lengthOf(len(b))
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func lengthOf(n int) string { return fmt.Sprintf("(%d bytes)", n) }
