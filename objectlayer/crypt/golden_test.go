package crypt_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer/crypt"
)

const fixtureKMS = "fixture-kms-key:M3pDALjlMeRaqQQ3U6/bZDu2Eu/tLKNpQfuqQe5YUq0="

// goldenObject is an entry of testdata/objects.json.
type goldenObject struct {
	Bucket, Key string
	Size        int64
	SHA256      string
	Compressed  bool
	VisibleETag string `json:"visible_etag"`
	StoredETag  string `json:"stored_etag"`
	Meta        map[string][]byte
	ClientKey   []byte `json:"client_key"`
	Context     string
	Checksum    string
	Parts       []struct {
		Number int
		Data   []byte
		Index  []byte
	}
}

func (g goldenObject) place() crypt.Place { return crypt.Place{Bucket: g.Bucket, Key: g.Key} }

func (g goldenObject) clientKey() *crypt.Key {
	if g.ClientKey == nil {
		return nil
	}
	key := crypt.Key(g.ClientKey)
	return &key
}

// streamKey returns the key of a part.
func (g goldenObject) streamKey(key crypt.ObjectKey, part int) crypt.Key {
	if crypt.IsMultipart(g.Meta) {
		return key.Part(part)
	}
	return key.Key
}

func loadJSON(t testing.TB, name string, into any) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func goldenObjects(t testing.TB) []goldenObject {
	var objects []goldenObject
	loadJSON(t, "objects.json", &objects)
	return objects
}

func golden(t testing.TB, bucket, key string) goldenObject {
	t.Helper()
	for _, g := range goldenObjects(t) {
		if g.Bucket == bucket && g.Key == key {
			return g
		}
	}
	t.Fatalf("no golden object %s/%s", bucket, key)
	return goldenObject{}
}

func parseKMS(t testing.TB, text string) *crypt.StaticKMS {
	t.Helper()
	kms, err := crypt.ParseStaticKMS(text)
	if err != nil {
		t.Fatal(err)
	}
	return kms
}

func TestGoldenObjects(t *testing.T) {
	t.Parallel()
	kms := parseKMS(t, fixtureKMS)
	for _, g := range goldenObjects(t) {
		t.Run(g.Bucket+"/"+g.Key, func(t *testing.T) {
			t.Parallel()
			key, err := crypt.Unseal(t.Context(), kms, g.place(), g.Meta, g.clientKey())
			if err != nil {
				t.Fatal(err)
			}
			checkGoldenETag(t, g, key)
			checkGoldenChecksum(t, g, key)
			checkGoldenData(t, g, key)
		})
	}
}

func checkGoldenETag(t *testing.T, g goldenObject, key crypt.ObjectKey) {
	got, err := crypt.VisibleETag(crypt.SchemeOf(g.Meta), g.StoredETag, key)
	if err != nil || got != g.VisibleETag {
		t.Errorf("visible etag %q, %v; want %q", got, err, g.VisibleETag)
	}
}

func checkGoldenChecksum(t *testing.T, g goldenObject, key crypt.ObjectKey) {
	sealed, ok := g.Meta["x-minio-internal-crc"]
	if !ok {
		return
	}
	value, err := key.OpenChecksum(sealed)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := base64.StdEncoding.DecodeString(g.Checksum)
	if !bytes.Contains(value, want) {
		t.Errorf("checksum value %x does not hold %x", value, want)
	}
}

func checkGoldenData(t *testing.T, g goldenObject, key crypt.ObjectKey) {
	var plain []byte
	for _, part := range g.Parts {
		b, err := io.ReadAll(crypt.Decrypt(bytes.NewReader(part.Data), g.streamKey(key, part.Number)))
		if err != nil {
			t.Fatalf("part %d: %v", part.Number, err)
		}
		if size, err := crypt.DecryptedSize(int64(len(part.Data))); err != nil || size != int64(len(b)) {
			t.Errorf("part %d: DecryptedSize %d, %v; want %d", part.Number, size, err, len(b))
		}
		if g.Compressed && !bytes.HasPrefix(b, []byte("\xff\x06\x00\x00S2sTwO")) {
			t.Errorf("part %d does not begin like an S2 stream: %x", part.Number, b[:10])
		}
		if part.Index != nil {
			index, err := key.OpenIndex(part.Index)
			if err != nil || len(index)+32 != len(part.Index) {
				t.Errorf("index of part %d: %x, %v", part.Number, index, err)
			}
		}
		plain = append(plain, b...)
	}
	if g.Compressed {
		return
	}
	sum := sha256.Sum256(plain)
	if hex.EncodeToString(sum[:]) != g.SHA256 || int64(len(plain)) != g.Size {
		t.Errorf("%d bytes with sha256 %x, want %d with %s", len(plain), sum, g.Size, g.SHA256)
	}
}

// TestGoldenKeys checks intermediate values that were computed independently (docs/format/encryption.md, "Worked examples").
func TestGoldenKeys(t *testing.T) {
	t.Parallel()
	kms := parseKMS(t, fixtureKMS)
	unseal := func(key string) (goldenObject, crypt.ObjectKey) {
		g := golden(t, "enc", key)
		opened, err := crypt.Unseal(t.Context(), kms, g.place(), g.Meta, g.clientKey())
		if err != nil {
			t.Fatal(err)
		}
		return g, opened
	}
	want := func(what string, got crypt.Key, digits string) {
		t.Helper()
		if hex.EncodeToString(got[:]) != digits {
			t.Errorf("%s is %s, want %s", what, hex.EncodeToString(got[:]), digits)
		}
	}

	g, key := unseal("sses3/small")
	sealed, err := base64.StdEncoding.DecodeString(string(g.Meta["X-Minio-Internal-Server-Side-Encryption-S3-Kms-Sealed-Key"]))
	if err != nil {
		t.Fatal(err)
	}
	data, err := kms.Decrypt(t.Context(), "fixture-kms-key", sealed, crypt.Context{"enc": "enc/sses3/small"})
	if err != nil {
		t.Fatal(err)
	}
	want("data key of SSE-S3", data, "c4c85cb8a8228164e4a8eada2ab999ad1906130f2cca3ee0348522cfd69e2000")
	want("object key of SSE-S3", key.Key, "dc7042cceebbbcd82bf3e989976e73dce1a5a4ce3d41132902a49666e654f209")
	if etag, err := key.OpenETag(g.StoredETag); etag != "85feaac31a36fbd8f862b10f7035bb8b" {
		t.Errorf("etag %q, %v", etag, err)
	}

	_, key = unseal("ssec/small")
	want("object key of SSE-C", key.Key, "42af19013b5b8b1909ca165b47f2d1b98327842b636807b0911983bf079b9102")

	_, key = unseal("ssec/mp-part-7")
	want("object key of multipart SSE-C", key.Key, "74069e716eb26d662eff20ff68c9d5ecb7c9429eb7266c05d8d61500fe07f94b")
	want("key of part 7", key.Part(7), "82ed281e03b6b30499e2edf64417fb30c46be35314f536a981e27685d4592f7d")
}

func TestGoldenDescription(t *testing.T) {
	t.Parallel()
	got, err := crypt.Describe(golden(t, "enc", "ssekms/ctx").Meta)
	if err != nil {
		t.Fatal(err)
	}
	want := crypt.Info{
		Scheme:  crypt.SSEKMS,
		KeyID:   "fixture-kms-key",
		Context: crypt.Context{"a": "b", "team": "blue"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if text := got.Context.String(); text != golden(t, "enc", "ssekms/ctx").Context {
		t.Errorf("context goes back to the client as %q", text)
	}
}

func TestGoldenConfig(t *testing.T) {
	t.Parallel()
	kms := parseKMS(t, fixtureKMS)
	var objects []struct {
		Object string
		Stored []byte
		Plain  string
	}
	loadJSON(t, "config.json", &objects)
	for _, o := range objects {
		got, err := crypt.OpenConfig(t.Context(), kms, crypt.Credentials{}, o.Object, o.Stored)
		if err != nil || string(got) != o.Plain {
			t.Errorf("%s: %q, %v; want %q", o.Object, got, err, o.Plain)
		}
	}
}
