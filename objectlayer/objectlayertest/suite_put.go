package objectlayertest

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"io"
	"maps"
	"strings"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer"
)

var errTest = errors.New("the client went away")

// sizes are those where stores change their ways: empty, inline or not, one block or several.
var sizes = []int{0, 1, 15, 16 << 10, 128 << 10, 128<<10 + 1, 1<<20 - 1, 1 << 20, 1<<20 + 1, 3<<20 + 17}

var putTests = []test{
	{"sizes", func(r *rig) {
		r.plain()
		for _, n := range sizes {
			data := noise(n, uint64(n))
			info := r.put("k", data)
			if info.Size != int64(n) || info.ETag != etagOf(data) || info.Bucket != bucketName || info.Key != "k" || info.Version != "" {
				r.Errorf("%d bytes: got %+v", n, info)
			}
			r.holds("k", "", data)
		}
	}},
	{"unknown size and small reads", func(r *rig) {
		r.plain()
		for _, n := range sizes {
			data := noise(n, 1)
			body := iotest.HalfReader(bytes.NewReader(data))
			_, err := r.Store.Put(r.ctx, bucketName, "k", body, -1, objectlayer.PutOptions{})
			r.ok(err)
			r.holds("k", "", data)
		}
	}},
	{"answer agrees with stat, get and list", func(r *rig) {
		r.plain()
		info := r.putWith("k", []byte("hello"), objectlayer.PutOptions{UserMeta: map[string]string{"X-Amz-Meta-A": "1"}, ContentType: "text/plain"})
		info.Latest = true
		stat, err := r.Stat(r.ctx, bucketName, "k", objectlayer.GetOptions{})
		r.ok(err)
		listed := r.list(objectlayer.ListOptions{Metadata: true}).Objects[0]
		for name, got := range map[string]objectlayer.ObjectInfo{"stat": stat, "get": r.holds("k", "", []byte("hello")), "list": listed} {
			if diff := cmp.Diff(brief(info), brief(got)); diff != "" {
				r.Errorf("%s (-put +%s):\n%s", name, name, diff)
			}
		}
	}},
	{"metadata", func(r *rig) {
		r.plain()
		o := objectlayer.PutOptions{
			ContentType: "text/plain; charset=utf-8",
			Headers: map[string]string{
				"cache-control": "max-age=60", "content-disposition": `attachment; filename="x.txt"`, "content-encoding": "gzip",
				"content-language": "de", "expires": "Wed, 02 Jan 2030 03:04:05 GMT",
			},
			UserMeta:     map[string]string{"X-Amz-Meta-Color": "blue", "X-Amz-Meta-Utf8": "v=\u00fc", "X-Amz-Meta-Empty": ""},
			Tags:         "k+2=v%2F2&k1=v1",
			StorageClass: "REDUCED_REDUNDANCY",
		}
		r.putWith("k", []byte("x"), o)
		got := r.holds("k", "", []byte("x"))
		if got.ContentType != o.ContentType || got.Tags != o.Tags || got.StorageClass != o.StorageClass {
			r.Errorf("got %+v", got)
		}
		if diff := cmp.Diff(o.Headers, got.Headers); diff != "" {
			r.Errorf("headers (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(o.UserMeta, got.UserMeta); diff != "" {
			r.Errorf("user metadata (-want +got):\n%s", diff)
		}
	}},
	{"defaults", func(r *rig) {
		r.plain()
		got := r.put("k", nil)
		if got.ContentType != "binary/octet-stream" || got.StorageClass != "STANDARD" || got.Tags != "" || got.Multipart || len(got.Checksums) != 0 {
			r.Errorf("got %+v", got)
		}
	}},
	{"overwrite replaces everything", func(r *rig) {
		r.plain()
		r.putWith("k", noise(2<<20, 1), objectlayer.PutOptions{Tags: "a=b", UserMeta: map[string]string{"X-Amz-Meta-A": "1"}})
		r.put("k", []byte("small"))
		got := r.holds("k", "", []byte("small"))
		if got.Tags != "" || len(got.UserMeta) != 0 {
			r.Errorf("got %+v", got)
		}
		if page := r.list(objectlayer.ListOptions{Versions: true}); len(page.Objects) != 1 {
			r.Errorf("got %d versions, want 1", len(page.Objects))
		}
	}},
	{"a body of the wrong length stores nothing", func(r *rig) {
		r.plain()
		for _, n := range []int{4, 3 << 20} {
			data := noise(n, 1)
			_, err := r.Store.Put(r.ctx, bucketName, "k", bytes.NewReader(data), int64(n+1), objectlayer.PutOptions{})
			r.kind(err, objectlayer.KindIncomplete)
			_, err = r.Store.Put(r.ctx, bucketName, "k", bytes.NewReader(data), int64(n-1), objectlayer.PutOptions{})
			r.kind(err, objectlayer.KindTooLarge)
			_, err = r.Store.Put(r.ctx, bucketName, "k", failing(data, io.ErrUnexpectedEOF), int64(n+1), objectlayer.PutOptions{})
			r.kind(err, objectlayer.KindIncomplete)
		}
		r.absent("k")
	}},
	{"a failing reader stores nothing", func(r *rig) {
		r.plain()
		r.put("k", []byte("old"))
		for _, n := range []int{0, 10, 3 << 20} {
			_, err := r.Store.Put(r.ctx, bucketName, "k", failing(noise(n, 1), errTest), int64(n+5), objectlayer.PutOptions{})
			if !errors.Is(err, errTest) {
				r.Errorf("got %v, want the reader's error in it", err)
			}
			var e *objectlayer.Error
			if !errors.As(err, &e) {
				r.Errorf("got a %T, want an *objectlayer.Error", err)
			}
		}
		// An error in the place of the end counts, however complete the bytes are: a signature may be found wrong there.
		_, err := r.Store.Put(r.ctx, bucketName, "k", failing([]byte("whole"), errTest), 5, objectlayer.PutOptions{})
		if !errors.Is(err, errTest) {
			r.Errorf("error at the end: got %v, want the reader's error in it", err)
		}
		r.holds("k", "", []byte("old"))
	}},
	{"a caller that goes away stores nothing", func(r *rig) {
		r.plain()
		ctx, cancel := context.WithCancel(r.ctx)
		cancel()
		_, err := r.Store.Put(ctx, bucketName, "k", strings.NewReader("hello"), 5, objectlayer.PutOptions{})
		if err == nil {
			r.Error("got no error")
		}
		r.absent("k")
	}},
	{"content md5", func(r *rig) {
		r.plain()
		right := md5.Sum([]byte("hello"))
		_, err := r.tryPut("k", []byte("hallo"), objectlayer.PutOptions{ContentMD5: right[:]})
		r.kind(err, objectlayer.KindDigest)
		r.absent("k")
		r.putWith("k", []byte("hello"), objectlayer.PutOptions{ContentMD5: right[:]})
	}},
	{"checksums", func(r *rig) {
		r.plain()
		data := noise(300_000, 1)
		for _, a := range []string{"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
			right := ChecksumOf(a, data)
			wrong := ChecksumOf(a, data[1:])
			_, err := r.tryPut("bad", data, objectlayer.PutOptions{Checksum: wrong})
			r.kind(err, objectlayer.KindChecksum)
			_, err = r.tryPut("bad", data, objectlayer.PutOptions{Checksum: objectlayer.Checksum{Algorithm: a}, WantChecksum: func() string { return wrong.Value }})
			r.kind(err, objectlayer.KindChecksum)
			for _, o := range []objectlayer.PutOptions{
				{Checksum: right},
				{Checksum: objectlayer.Checksum{Algorithm: a}},
				{Checksum: objectlayer.Checksum{Algorithm: a}, WantChecksum: func() string { return right.Value }},
			} {
				r.putWith("k", data, o)
				if diff := cmp.Diff([]objectlayer.Checksum{right}, r.holds("k", "", data).Checksums); diff != "" {
					r.Errorf("%s (-want +got):\n%s", a, diff)
				}
			}
		}
		r.absent("bad")
		_, err := r.tryPut("bad", data, objectlayer.PutOptions{Checksum: objectlayer.Checksum{Algorithm: "MD4"}})
		r.kind(err, objectlayer.KindArgument)
	}},
	{"the trailer is asked for after the end of the body", func(r *rig) {
		r.plain()
		data := noise(2<<20, 1)
		body := &counter{r: bytes.NewReader(data)}
		want := ChecksumOf("CRC32", data)
		r.ok(second(r.Store.Put(r.ctx, bucketName, "k", body, int64(len(data)), objectlayer.PutOptions{
			Checksum: objectlayer.Checksum{Algorithm: "CRC32"},
			WantChecksum: func() string {
				if !body.ended {
					r.Error("asked before the end of the body was read")
				}
				return want.Value
			},
		})))
	}},
	{"keys", func(r *rig) {
		r.plain()
		for _, k := range []objectlayer.Key{
			"-dash", "..x", ".hidden/.dot", "UPPER/lower", "a/b/c/d/e/f", `back\slash`, "combining/e\u0301", "emoji-\U0001F600.bin",
			"nest", "nest/child", "odd/part.1", "odd/xl.meta", "xl.meta", "percent%20literal", "plus+amp&eq=hash#quest?.txt", "quote'dq\".txt",
			objectlayer.Key("seg/" + strings.Repeat("x", 255)), "semi;colon:colon", "sp ace/with  two", "star*quest?", "tab\tchar", "trailing.dot.",
			"\u4e2d\u6587", objectlayer.Key(strings.Repeat("0123456/", 127) + "12345678"),
		} {
			r.put(k, []byte(k))
			r.holds(k, "", []byte(k))
		}
		for k, want := range map[objectlayer.Key]objectlayer.Kind{
			"": objectlayer.KindKey, "/": objectlayer.KindKey, "/a": objectlayer.KindKey, "a//b": objectlayer.KindKey, "a\x00b": objectlayer.KindKey,
			"\xff": objectlayer.KindKey, objectlayer.Key(strings.Repeat("x", 256)): objectlayer.KindKey,
			".": objectlayer.KindKeyDots, "../x": objectlayer.KindKeyDots, "a/../../x": objectlayer.KindKeyDots, "a/./b": objectlayer.KindKeyDots,
			`a\..\b`: objectlayer.KindKeyDots, objectlayer.Key(strings.Repeat("x/", 513)): objectlayer.KindKeyTooLong,
		} {
			_, err := r.tryPut(k, []byte("x"), objectlayer.PutOptions{})
			r.kind(err, want)
			_, err = r.NewUpload(r.ctx, bucketName, k, objectlayer.PutOptions{})
			r.kind(err, want)
		}
	}},
	{"directory objects", func(r *rig) {
		r.versioned()
		r.put("dir/", nil)
		r.put("dir/file", []byte("x"))
		r.put("dir", []byte("not the same"))
		info := r.put("dir/", []byte("with a body"))
		if info.Version != objectlayer.NullVersion {
			r.Errorf("got version %q, want null", info.Version)
		}
		r.holds("dir/", "", []byte("with a body"))
		r.holds("dir", "", []byte("not the same"))
		if d := r.delete("dir/", ""); d.DeleteMarker {
			r.Errorf("deleting a directory object made a delete marker: %+v", d)
		}
		r.absent("dir/")
		r.holds("dir/file", "", []byte("x"))
	}},
	{"customer keys", func(r *rig) {
		r.plain()
		key := objectlayer.Encryption{Scheme: objectlayer.EncryptCustomer, CustomerKey: noise(32, 1)}
		other := objectlayer.Encryption{Scheme: objectlayer.EncryptCustomer, CustomerKey: noise(32, 2)}
		data := noise(200_000, 3)
		r.putWith("k", data, objectlayer.PutOptions{Encryption: key})
		for wrong, want := range map[*objectlayer.Encryption]objectlayer.Kind{{}: objectlayer.KindCustomerKey, &other: objectlayer.KindDenied} {
			_, _, err := r.tryGet("k", objectlayer.GetOptions{Encryption: *wrong})
			r.kind(err, want)
			_, err = r.Stat(r.ctx, bucketName, "k", objectlayer.GetOptions{Encryption: *wrong})
			r.kind(err, want)
		}
		if info, err := r.Stat(r.ctx, bucketName, "k", objectlayer.GetOptions{NoKey: true}); err != nil || info.Size != int64(len(data)) {
			r.Errorf("stat without the key: got %+v, %v", info, err)
		}
		object, got, err := r.tryGet("k", objectlayer.GetOptions{Encryption: key, Range: objectlayer.Range{Set: true, Offset: 65_530, Length: 100}})
		r.ok(err)
		if !bytes.Equal(got, data[65_530:65_630]) || object.Info.Size != int64(len(data)) || object.Info.Encryption.Scheme != objectlayer.EncryptCustomer {
			r.Errorf("got %d bytes, %+v", len(got), object.Info)
		}
		r.put("plain", data)
		_, _, err = r.tryGet("plain", objectlayer.GetOptions{Encryption: key})
		r.kind(err, objectlayer.KindCustomerKey)
	}},
}

// brief leaves out what only some answers fill in.
func brief(i objectlayer.ObjectInfo) objectlayer.ObjectInfo {
	i.Parts, i.Checksums, i.Headers, i.Data, i.Parity = nil, nil, nil, 0, 0
	i.UserMeta = maps.Clone(i.UserMeta)
	i.ModTime = i.ModTime.UTC()
	return i
}

func second[T any](_ T, err error) error { return err }

// counter notes when the end of a body was read.
type counter struct {
	r     io.Reader
	ended bool
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.ended = c.ended || err == io.EOF
	return n, err
}
