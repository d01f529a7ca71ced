package crypt_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/minio/sio"

	"github.com/holdfast-io/holdfast/objectlayer/crypt"
)

const ssePrefix = "X-Minio-Internal-Server-Side-Encryption-"

var (
	clientKey = crypt.Key{0xc1, 0x1e}
	catPlace  = crypt.Place{Bucket: "photos", Key: "cat.jpg"}
)

func TestSealUnseal(t *testing.T) {
	t.Parallel()
	kms := parseKMS(t, fixtureKMS)
	common := []string{ssePrefix + "Iv", ssePrefix + "Seal-Algorithm"}
	byKMS := append(common, ssePrefix+"S3-Kms-Key-Id", ssePrefix+"S3-Kms-Sealed-Key")
	rows := map[string]struct {
		how     crypt.Method
		entries []string
	}{
		"SSE-C": {
			crypt.Method{Scheme: crypt.SSEC, ClientKey: clientKey},
			append(slices.Clone(common), ssePrefix+"Sealed-Key"),
		},
		"SSE-S3": {
			crypt.Method{Scheme: crypt.SSES3},
			append(slices.Clone(byKMS), ssePrefix+"S3-Sealed-Key"),
		},
		"SSE-S3 multipart": {
			crypt.Method{Scheme: crypt.SSES3, Multipart: true},
			append(slices.Clone(byKMS), ssePrefix+"S3-Sealed-Key", "X-Minio-Internal-Encrypted-Multipart"),
		},
		"SSE-KMS": {
			crypt.Method{Scheme: crypt.SSEKMS, KeyID: "fixture-kms-key"},
			append(slices.Clone(byKMS), ssePrefix+"Kms-Sealed-Key"),
		},
		"SSE-KMS with context": {
			crypt.Method{Scheme: crypt.SSEKMS, Context: crypt.Context{"team": "blue", "photos": "mine"}},
			append(slices.Clone(byKMS), ssePrefix+"Kms-Sealed-Key", ssePrefix+"Context"),
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, meta, err := crypt.Seal(t.Context(), kms, catPlace, row.how)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(row.entries)
			if diff := cmp.Diff(row.entries, slices.Sorted(maps.Keys(meta))); diff != "" {
				t.Error(diff)
			}
			if crypt.SchemeOf(meta) != row.how.Scheme || crypt.IsMultipart(meta) != row.how.Multipart {
				t.Errorf("scheme %v, multipart %v", crypt.SchemeOf(meta), crypt.IsMultipart(meta))
			}
			for form, meta := range map[string]map[string][]byte{"as written": meta, "in lower case": lowered(meta)} {
				got, err := crypt.Unseal(t.Context(), kms, catPlace, meta, &clientKey)
				if err != nil || got != key {
					t.Errorf("unseal %s: %v", form, err)
				}
			}
			if _, err := crypt.Unseal(t.Context(), kms, crypt.Place{Bucket: "photos", Key: "dog.jpg"}, meta, &clientKey); !isLocked(err) {
				t.Errorf("at another place: got %v, want ErrAccess or ErrCorrupt", err)
			}
			meta["other"] = []byte("stays")
			crypt.Strip(meta)
			if diff := cmp.Diff(map[string][]byte{"other": []byte("stays")}, meta); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func lowered(meta map[string][]byte) map[string][]byte {
	low := make(map[string][]byte)
	for name, value := range meta {
		low[strings.ToLower(name)] = value
	}
	return low
}

func isLocked(err error) bool {
	return errors.Is(err, crypt.ErrAccess) || errors.Is(err, crypt.ErrCorrupt)
}

// TestDirectoryKey checks that a key that ends in a slash is sealed under its cleaned path.
func TestDirectoryKey(t *testing.T) {
	t.Parallel()
	key, meta, err := crypt.Seal(t.Context(), nil, crypt.Place{Bucket: "b", Key: "dir/"}, crypt.Method{Scheme: crypt.SSEC, ClientKey: clientKey})
	if err != nil {
		t.Fatal(err)
	}
	got, err := crypt.Unseal(t.Context(), nil, crypt.Place{Bucket: "b", Key: "dir"}, meta, &clientKey)
	if err != nil || got != key {
		t.Errorf("got %v", err)
	}
}

func TestReseal(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	kms := parseKMS(t, fixtureKMS)
	rotated, err := crypt.NewStaticKMS("new-key", crypt.Key{0xbb})
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := crypt.Seal(ctx, kms, catPlace, crypt.Method{Scheme: crypt.SSES3})
	if err != nil {
		t.Fatal(err)
	}
	to := crypt.Place{Bucket: "backup", Key: "cat.jpg"}
	rows := map[string]struct {
		kms crypt.KMS
		how crypt.Method
	}{
		"other place":      {kms, crypt.Method{Scheme: crypt.SSES3}},
		"other master key": {rotated, crypt.Method{Scheme: crypt.SSES3}},
		"to SSE-KMS":       {kms, crypt.Method{Scheme: crypt.SSEKMS, Context: crypt.Context{"a": "b"}}},
		"to SSE-C":         {nil, crypt.Method{Scheme: crypt.SSEC, ClientKey: clientKey}},
	}
	for name, row := range rows {
		meta, err := crypt.Reseal(ctx, row.kms, key, to, row.how)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := crypt.Unseal(ctx, row.kms, to, meta, &clientKey)
		if err != nil || got != key {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnsealErrors(t *testing.T) {
	t.Parallel()
	kms := parseKMS(t, fixtureKMS)
	ssec, s3 := golden(t, "enc", "ssec/small"), golden(t, "enc", "sses3/small")
	kmsContext := golden(t, "enc", "ssekms/ctx")
	with := func(g goldenObject, name, value string) goldenObject {
		g.Meta = maps.Clone(g.Meta)
		if value == "" {
			delete(g.Meta, ssePrefix+name)
		} else {
			g.Meta[ssePrefix+name] = []byte(value)
		}
		return g
	}
	flipped := func(g goldenObject, name string, at int) goldenObject {
		raw, err := base64.StdEncoding.DecodeString(string(g.Meta[ssePrefix+name]))
		if err != nil {
			t.Fatal(err)
		}
		raw[at] ^= 1
		return with(g, name, base64.StdEncoding.EncodeToString(raw))
	}
	rows := map[string]struct {
		g    goldenObject
		kms  crypt.KMS
		key  *crypt.Key
		want error
	}{
		"not encrypted":              {goldenObject{Meta: map[string][]byte{"x": nil}}, kms, nil, crypt.ErrNotEncrypted},
		"SSE-C without key":          {ssec, kms, nil, crypt.ErrNeedsClientKey},
		"SSE-C with wrong key":       {ssec, kms, &clientKey, crypt.ErrAccess},
		"SSE-C sealed key malformed": {flipped(ssec, "Sealed-Key", 0), kms, ssec.clientKey(), crypt.ErrCorrupt},
		"no KMS":                     {s3, nil, nil, crypt.ErrNoKMS},
		"unknown master key":         {with(s3, "S3-Kms-Key-Id", "other"), kms, nil, crypt.ErrKeyNotFound},
		"data key altered":           {flipped(s3, "S3-Kms-Sealed-Key", 5), kms, nil, crypt.ErrAccess},
		"data key cut":               {with(s3, "S3-Kms-Sealed-Key", "AAAA"), kms, nil, crypt.ErrCorrupt},
		"data key gone":              {with(s3, "S3-Kms-Sealed-Key", ""), kms, nil, crypt.ErrCorrupt},
		"sealed key altered":         {flipped(s3, "S3-Sealed-Key", 30), kms, nil, crypt.ErrCorrupt},
		"sealed key not base64":      {with(s3, "S3-Sealed-Key", "*"), kms, nil, crypt.ErrCorrupt},
		"iv altered":                 {flipped(s3, "Iv", 30), kms, nil, crypt.ErrCorrupt},
		"iv short":                   {with(s3, "Iv", "AAAA"), kms, nil, crypt.ErrCorrupt},
		"unknown algorithm":          {with(s3, "Seal-Algorithm", "ROT13"), kms, nil, crypt.ErrCorrupt},
		"legacy algorithm by KMS":    {with(s3, "Seal-Algorithm", "DARE-SHA256"), kms, nil, crypt.ErrCorrupt},
		"context altered":            {with(kmsContext, "Context", "e30="), kms, nil, crypt.ErrAccess},
		"context malformed":          {with(kmsContext, "Context", "*"), kms, nil, crypt.ErrCorrupt},
	}
	for name, row := range rows {
		if _, err := crypt.Unseal(t.Context(), row.kms, row.g.place(), row.g.Meta, row.key); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
	}
}

func TestSealErrors(t *testing.T) {
	t.Parallel()
	kms := parseKMS(t, fixtureKMS)
	broken := errors.New("key server is away")
	rows := map[string]struct {
		kms  crypt.KMS
		how  crypt.Method
		want error
	}{
		"no scheme":   {kms, crypt.Method{}, crypt.ErrNotEncrypted},
		"no KMS":      {nil, crypt.Method{Scheme: crypt.SSES3}, crypt.ErrNoKMS},
		"unknown key": {kms, crypt.Method{Scheme: crypt.SSEKMS, KeyID: "other"}, crypt.ErrKeyNotFound},
		"KMS away":    {awayKMS{broken}, crypt.Method{Scheme: crypt.SSES3}, broken},
	}
	for name, row := range rows {
		if _, _, err := crypt.Seal(t.Context(), row.kms, catPlace, row.how); !errors.Is(err, row.want) {
			t.Errorf("seal, %s: got %v, want %v", name, err, row.want)
		}
		if _, err := crypt.Reseal(t.Context(), row.kms, crypt.ObjectKey{}, catPlace, row.how); !errors.Is(err, row.want) {
			t.Errorf("reseal, %s: got %v, want %v", name, err, row.want)
		}
	}
}

// awayKMS is a key server that does not answer.
type awayKMS struct{ err error }

func (awayKMS) KeyID() string { return "away" }

func (k awayKMS) Generate(context.Context, string, crypt.Context) (crypt.DataKey, error) {
	return crypt.DataKey{}, k.err
}

func (k awayKMS) Decrypt(context.Context, string, []byte, crypt.Context) (crypt.Key, error) {
	return crypt.Key{}, k.err
}

// TestLegacyObject reads an SSE-C object as releases before 2019 wrote it, made here with the library of that format.
func TestLegacyObject(t *testing.T) {
	t.Parallel()
	iv := bytes.Repeat([]byte{0x17}, 32)
	kek := sha256.Sum256(append(clientKey[:], iv...))
	objectKey := crypt.Key{0x0e, 0x0f}
	seal10 := func(key, plain []byte) []byte {
		var out bytes.Buffer
		config := sio.Config{MinVersion: sio.Version10, MaxVersion: sio.Version10, Key: key}
		if _, err := sio.Encrypt(&out, bytes.NewReader(plain), config); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	text := func(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) }
	meta := map[string][]byte{
		ssePrefix + "Seal-Algorithm": []byte("DARE-SHA256"),
		ssePrefix + "Iv":             text(iv),
		ssePrefix + "Sealed-Key":     text(seal10(kek[:], objectKey[:])),
	}
	key, err := crypt.Unseal(t.Context(), nil, catPlace, meta, &clientKey)
	if err != nil || key.Key != objectKey {
		t.Fatalf("unseal: %v", err)
	}
	if _, err := crypt.Unseal(t.Context(), nil, catPlace, meta, &crypt.Key{1}); !errors.Is(err, crypt.ErrAccess) {
		t.Errorf("wrong key: got %v, want ErrAccess", err)
	}
	plain := randomBytes(9, payload+5)
	got, err := io.ReadAll(crypt.Decrypt(bytes.NewReader(seal10(objectKey[:], plain)), key.Key))
	if err != nil || !bytes.Equal(got, plain) {
		t.Errorf("data: %v", err)
	}
}

func TestParseClientKey(t *testing.T) {
	t.Parallel()
	const key, sum = "QfQ7954HKZ3WYrbjz8yIj3nfcg4hKU7MQ9taJ3dxW5E=", "OKhIkLqPxm39rBy7sGI7yQ=="
	got, err := crypt.ParseClientKey("AES256", key, sum)
	if want, _ := base64.StdEncoding.DecodeString(key); err != nil || got != crypt.Key(want) {
		t.Errorf("got %v", err)
	}
	for _, row := range []struct {
		algorithm, key, sum string
		want                error
	}{
		{"aws:kms", key, sum, crypt.ErrClientAlgorithm},
		{"", key, sum, crypt.ErrClientAlgorithm},
		{"AES256", "", sum, crypt.ErrClientKey},
		{"AES256", "c2hvcnQ=", sum, crypt.ErrClientKey},
		{"AES256", "?", sum, crypt.ErrClientKey},
		{"AES256", key, "", crypt.ErrClientKeyMD5},
		{"AES256", key, "OKhIkLqPxm39rBy7sGI7yg==", crypt.ErrClientKeyMD5},
	} {
		if _, err := crypt.ParseClientKey(row.algorithm, row.key, row.sum); !errors.Is(err, row.want) {
			t.Errorf("%+v: got %v", row, err)
		}
	}
}

func TestETags(t *testing.T) {
	t.Parallel()
	key := crypt.ObjectKey{Key: crypt.Key{5}}
	sum := md5.Sum([]byte("data"))
	const sumText = "8d777f385d3dfec8815d20f7496026dc"
	stored, err := key.SealETag(sum)
	if err != nil || len(stored) != 96 {
		t.Fatalf("%q, %v", stored, err)
	}
	rows := map[string]struct {
		scheme   crypt.Scheme
		stored   string
		want     string
		needsKey bool
	}{
		"SSE-S3":           {crypt.SSES3, stored, sumText, true},
		"SSE-C":            {crypt.SSEC, stored, stored[64:], false},
		"SSE-KMS":          {crypt.SSEKMS, stored, stored[64:], false},
		"SSE-S3 multipart": {crypt.SSES3, sumText + "-3", sumText + "-3", false},
		"plain":            {crypt.SSES3, sumText, sumText, false},
	}
	for name, row := range rows {
		if got := crypt.ETagNeedsKey(row.scheme, row.stored); got != row.needsKey {
			t.Errorf("%s: needs key: %v", name, got)
		}
		if got, err := crypt.VisibleETag(row.scheme, row.stored, key); err != nil || got != row.want {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, row.want)
		}
	}
	for _, bad := range []string{"", sumText, strings.Repeat("z", 96), strings.Repeat("0", 96)} {
		if _, err := key.OpenETag(bad); !errors.Is(err, crypt.ErrCorrupt) {
			t.Errorf("OpenETag(%q): %v", bad, err)
		}
	}
	if _, err := (crypt.ObjectKey{}).OpenETag(stored); !errors.Is(err, crypt.ErrCorrupt) {
		t.Errorf("wrong key: %v", err)
	}
}

func TestPlainETag(t *testing.T) {
	t.Parallel()
	sum := md5.Sum([]byte("data"))
	for _, row := range []struct {
		scheme    crypt.Scheme
		announced bool
		keeps     bool
	}{
		{crypt.SSES3, false, true}, {crypt.SSES3, true, true},
		{crypt.SSEC, false, false}, {crypt.SSEC, true, true},
		{crypt.SSEKMS, false, false}, {crypt.SSEKMS, true, true},
	} {
		if got := crypt.PlainETag(row.scheme, sum, row.announced); (got == sum) != row.keeps {
			t.Errorf("%v, announced %v: MD5 kept: %v", row.scheme, row.announced, got == sum)
		}
	}
}

func TestSideData(t *testing.T) {
	t.Parallel()
	key := crypt.ObjectKey{Key: crypt.Key{6}}
	for _, size := range edgeSizes {
		plain := randomBytes(10, size)
		index, err := key.SealIndex(plain)
		if err != nil {
			t.Fatal(err)
		}
		checksum, err := key.SealChecksum(plain)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := key.OpenIndex(index); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("index of %d bytes: %v", size, err)
		}
		if got, err := key.OpenChecksum(checksum); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("checksum of %d bytes: %v", size, err)
		}
		if size == 0 {
			continue
		}
		if _, err := key.OpenIndex(checksum); !errors.Is(err, crypt.ErrCorrupt) {
			t.Errorf("checksum opened as index: %v", err)
		}
		for _, cut := range []int{len(index) - 1, len(index) - 33, pkgSize} {
			if cut <= 0 || cut >= len(index) {
				continue
			}
			if _, err := key.OpenIndex(index[:cut]); !errors.Is(err, crypt.ErrCorrupt) {
				t.Errorf("cut to %d of %d: %v", cut, len(index), err)
			}
		}
	}
}
