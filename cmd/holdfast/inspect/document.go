package inspect

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tinylib/msgp/msgp"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/bucket"
	"github.com/holdfast-io/holdfast/objectlayer/crypt"
)

// decode enters the content of a document, by its name.
func (doc *Document) decode(ctx context.Context, stored []byte, o Options) error {
	switch name := doc.Name; {
	case strings.HasPrefix(name, "buckets/") && path.Base(name) == ".metadata.bin":
		m, err := bucket.Decode(stored)
		if err != nil {
			return err
		}
		doc.Content, err = marshal(bucketContent(m))
		return err
	case strings.HasPrefix(name, "batch-jobs/"), path.Ext(name) == ".bin" && !strings.HasPrefix(path.Base(name), "."):
		var err error
		doc.Content, err = msgpackContent(stored)
		return err
	case strings.HasPrefix(name, "config/"):
		doc.Sealed = doc.Sealed || !utf8.Valid(stored)
		plain, err := crypt.OpenConfig(ctx, o.KMS, o.Root, name, stored)
		if err != nil {
			return err
		}
		doc.show(plain)
	default:
		doc.show(stored)
	}
	return nil
}

// show enters a document that is JSON or text. Others are not shown.
func (doc *Document) show(plain []byte) {
	if content, ok := redactJSON(plain); ok {
		doc.Content = content
	} else if utf8.Valid(plain) && !bytes.ContainsRune(plain, 0) {
		doc.Text = redactLines(string(plain))
	}
}

// setting is a name of a secret and what comes behind it, as in the history of the configuration: key=value key="value".
var setting = regexp.MustCompile(`([A-Za-z0-9_.-]+)=(.*)`)

// redactLines takes secrets out of key=value text. Where a line names a secret, all behind it is taken: a value ends where
// its writer thought it does.
func redactLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		for rest, at := line, 0; ; {
			m := setting.FindStringSubmatchIndex(rest)
			if m == nil {
				break
			}
			if isSecretName(rest[m[2]:m[3]]) {
				lines[i] = line[:at+m[4]] + hidden
				break
			}
			at, rest = at+m[4], rest[m[4]:]
		}
		lines[i] = redactText(lines[i])
	}
	return strings.Join(lines, "\n")
}

var errNotVersion1 = errors.New("not of format 1")

// msgpackContent reads a document of two little endian numbers, format and version, and a msgpack map.
func msgpackContent(stored []byte) (json.RawMessage, error) {
	if len(stored) < 4 || binary.LittleEndian.Uint16(stored) != 1 {
		return nil, errNotVersion1
	}
	return msgpackToJSON(stored[4:])
}

// msgpackToJSON gives a document without its secrets.
func msgpackToJSON(b []byte) (json.RawMessage, error) {
	var text bytes.Buffer
	if _, err := msgp.UnmarshalAsJSON(&text, b); err != nil {
		return nil, fmt.Errorf("no msgpack: %w", err)
	}
	content, ok := redactJSON(text.Bytes())
	if !ok {
		return nil, errors.New("its msgpack has no form in JSON")
	}
	return content, nil
}

// BucketContent is what is kept with a bucket.
type BucketContent struct {
	Name     string                   `json:"name"`
	Created  time.Time                `json:"created"`
	Locked   bool                     `json:"lock_enabled,omitempty"` // in documents of old releases
	Settings map[string]BucketSetting `json:"settings,omitempty"`
}

// BucketSetting is one of the documents in it.
type BucketSetting struct {
	Updated time.Time       `json:"updated"`
	JSON    json.RawMessage `json:"json,omitempty"`
	Text    string          `json:"text,omitempty"`   // XML, as stored
	Sealed  int             `json:"sealed,omitempty"` // length in bytes of what is not shown
}

// settingNames are the names of the documents, in the order of objectlayer.SettingKind.
var settingNames = [...]string{
	"policy", "notification", "lifecycle", "object_lock", "versioning", "encryption", "tagging", "quota", "replication", "targets",
}

func bucketContent(m *bucket.Metadata) BucketContent {
	c := BucketContent{Name: m.Name, Created: m.Created, Locked: m.LockEnabled, Settings: make(map[string]BucketSetting)}
	for i, name := range settingNames {
		kind := objectlayer.SettingKind(i)
		doc := m.Doc(kind)
		if len(doc) == 0 {
			continue
		}
		s := BucketSetting{Updated: m.Updated(kind)}
		if content, ok := redactJSON(doc); ok {
			s.JSON = content
		} else if utf8.Valid(doc) {
			s.Text = redactText(string(doc))
		} else {
			s.Sealed = len(doc)
		}
		c.Settings[name] = s
	}
	return c
}
