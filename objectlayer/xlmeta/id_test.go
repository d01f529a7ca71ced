package xlmeta_test

import (
	"testing"

	"github.com/holdfast-io/holdfast/objectlayer/xlmeta"
)

func TestParseVersionID(t *testing.T) {
	t.Parallel()
	const text = "190c435c-ce0f-4f36-bd46-814154c59c50"
	for _, given := range []string{text, "190C435C-CE0F-4F36-BD46-814154C59C50"} {
		if id, err := xlmeta.ParseVersionID(given); err != nil || id.String() != text {
			t.Errorf("%s: got %v, %v", given, id, err)
		}
	}
	for _, given := range []string{"", "null"} {
		if id, err := xlmeta.ParseVersionID(given); err != nil || !id.IsNull() || id.String() != "null" {
			t.Errorf("%q: got %v, %v", given, id, err)
		}
	}
	for _, given := range []string{"NULL", text[1:], text + "0", "190c435c-ce0f-4f36-bd46-814154c59c5g", "190c435cxce0f-4f36-bd46-814154c59c50"} {
		if id, err := xlmeta.ParseVersionID(given); err == nil {
			t.Errorf("%q: got %v, want an error", given, id)
		}
	}
}

func TestIsSystemKey(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"x-minio-internal-crc":         true,
		"X-Minio-Internal-compression": true,
		"X-MINIO-INTERNAL-":            true,
		"x-minio-internal":             false,
		"X-Amz-Meta-X":                 false,
		"":                             false,
	}
	for key, want := range tests {
		if got := xlmeta.IsSystemKey(key); got != want {
			t.Errorf("%q: got %t, want %t", key, got, want)
		}
	}
}
