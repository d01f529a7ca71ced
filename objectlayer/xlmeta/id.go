package xlmeta

import (
	"encoding/hex"
	"fmt"
)

// VersionID names one version of a key. The zero value is the null version:
// the one that exists without versioning.
type VersionID [16]byte

// DataDir names the directory beside xl.meta that holds the part files of a
// version. It is a fresh random UUID for each write, also when the data is
// inline and no such directory is made.
type DataDir [16]byte

// nullText is how the null version is called wherever an ID is text.
const nullText = "null"

// uuidTextSize is the length of 8-4-4-4-12 hexadecimal digits.
const uuidTextSize = 36

// IsNull reports whether id is the null version.
func (id VersionID) IsNull() bool { return id == VersionID{} }

// String gives the text clients see: a lower-case UUID, or "null".
func (id VersionID) String() string {
	if id.IsNull() {
		return nullText
	}
	return string(appendUUID(nil, id))
}

// String gives the name of the directory: a lower-case UUID.
func (d DataDir) String() string { return string(appendUUID(nil, d)) }

// ParseVersionID reads what [VersionID.String] writes; the empty text is the
// null version too. Digits may be upper-case.
func ParseVersionID(text string) (VersionID, error) {
	if text == "" || text == nullText {
		return VersionID{}, nil
	}
	id, ok := parseUUID(text)
	if !ok {
		return VersionID{}, fmt.Errorf("xlmeta: version id %q is no uuid", text)
	}
	return id, nil
}

func appendUUID(dst []byte, id [16]byte) []byte {
	dst = hex.AppendEncode(dst, id[0:4])
	for _, group := range [][]byte{id[4:6], id[6:8], id[8:10], id[10:16]} {
		dst = append(dst, '-')
		dst = hex.AppendEncode(dst, group)
	}
	return dst
}

func parseUUID(text string) (id [16]byte, ok bool) {
	if len(text) != uuidTextSize || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return id, false
	}
	digits := text[0:8] + text[9:13] + text[14:18] + text[19:23] + text[24:36]
	_, err := hex.Decode(id[:], []byte(digits))
	return id, err == nil
}
