package checksum_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/objectlayer/checksum"
)

// header makes a header of names and values in turn.
func header(pairs ...string) http.Header {
	h := http.Header{"Host": {"s3"}, "X-Amz-Date": {"20261122T180000Z"}}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func TestParseRequest(t *testing.T) {
	t.Parallel()
	crc := unhex("647c2cf9")
	rows := map[string]struct {
		h    map[string][]string
		want checksum.Request
	}{
		"nothing": {header(), checksum.Request{}},
		"a sum": {
			header("x-amz-checksum-crc32", " ZHws+Q== "),
			checksum.Request{Algorithm: checksum.CRC32, Sum: crc},
		},
		"a sum and its name": {
			header("x-amz-checksum-crc32", "ZHws+Q==", "x-amz-sdk-checksum-algorithm", "crc32"),
			checksum.Request{Algorithm: checksum.CRC32, Sum: crc},
		},
		"header in odd case": {
			map[string][]string{"X-AMZ-checksum-CRC32": {"ZHws+Q=="}},
			checksum.Request{Algorithm: checksum.CRC32, Sum: crc},
		},
		"a trailer": {
			header("x-amz-trailer", "x-amz-trailer-signature, X-Amz-Checksum-Sha256", "x-amz-sdk-checksum-algorithm", "SHA256"),
			checksum.Request{Algorithm: checksum.SHA256, Trailing: true},
		},
		"a trailer of something else": {header("x-amz-trailer", "x-amz-meta-later"), checksum.Request{}},
		"an upload": {
			header("x-amz-checksum-algorithm", "CRC64NVME", "x-amz-checksum-type", "FULL_OBJECT"),
			checksum.Request{Algorithm: checksum.CRC64NVME, Type: checksum.FullObject},
		},
		"a completion": {
			header("x-amz-checksum-crc32", "ZHws+Q==-3", "x-amz-checksum-type", "COMPOSITE"),
			checksum.Request{Algorithm: checksum.CRC32, Sum: crc, Parts: 3, Type: checksum.Composite},
		},
		"a type alone": {header("x-amz-checksum-type", "COMPOSITE"), checksum.Request{Type: checksum.Composite}},
		"the mode":     {header("x-amz-checksum-mode", "ENABLED"), checksum.Request{}},
	}
	for name, row := range rows {
		got, err := checksum.ParseRequest(row.h)
		if diff := cmp.Diff(row.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestParseRequestErrors(t *testing.T) {
	t.Parallel()
	const crc, sha1 = "ZHws+Q==", "YcwAV67qzS+EpNdcYc21kqKXvEg="
	rows := map[string]struct {
		h    http.Header
		want error
	}{
		"two sums":            {header("x-amz-checksum-crc32", crc, "x-amz-checksum-sha1", sha1), checksum.ErrMultiple},
		"one sum twice":       {header("x-amz-checksum-crc32", crc, "x-amz-checksum-crc32", crc), checksum.ErrMultiple},
		"in two cases":        {http.Header{"x-amz-checksum-crc32": {crc}, "X-Amz-Checksum-Crc32": {crc}}, checksum.ErrMultiple},
		"sum and trailer":     {header("x-amz-checksum-crc32", crc, "x-amz-trailer", "x-amz-checksum-crc32"), checksum.ErrMultiple},
		"two trailers":        {header("x-amz-trailer", "x-amz-checksum-crc32", "x-amz-trailer", "x-amz-checksum-sha1"), checksum.ErrMultiple},
		"other name":          {header("x-amz-checksum-crc32", crc, "x-amz-sdk-checksum-algorithm", "SHA1"), checksum.ErrMultiple},
		"two names":           {header("x-amz-checksum-algorithm", "CRC32", "x-amz-sdk-checksum-algorithm", "SHA1"), checksum.ErrMultiple},
		"unknown sum":         {header("x-amz-checksum-md5", crc), checksum.ErrAlgorithm},
		"unknown trailer":     {header("x-amz-trailer", "x-amz-checksum-md5"), checksum.ErrAlgorithm},
		"unknown name":        {header("x-amz-checksum-algorithm", "MD5"), checksum.ErrAlgorithm},
		"empty name":          {header("x-amz-sdk-checksum-algorithm", ""), checksum.ErrAlgorithm},
		"unknown type":        {header("x-amz-checksum-algorithm", "CRC32", "x-amz-checksum-type", "HALF"), checksum.ErrType},
		"empty sum":           {header("x-amz-checksum-crc32", ""), checksum.ErrValue},
		"not base64":          {header("x-amz-checksum-crc32", "????"), checksum.ErrValue},
		"wrong length":        {header("x-amz-checksum-sha256", crc), checksum.ErrValue},
		"number not a number": {header("x-amz-checksum-crc32", crc+"-x"), checksum.ErrValue},
		"number of zero":      {header("x-amz-checksum-crc32", crc+"-0"), checksum.ErrValue},
		"number too large":    {header("x-amz-checksum-crc32", crc+"-10001"), checksum.ErrValue},
	}
	for name, row := range rows {
		if got, err := checksum.ParseRequest(row.h); !errors.Is(err, row.want) {
			t.Errorf("%s: got %+v, %v; want %v", name, got, err, row.want)
		}
	}
}

func TestParseTrailer(t *testing.T) {
	t.Parallel()
	r := checksum.Request{Algorithm: checksum.CRC32, Trailing: true}
	got, err := r.ParseTrailer(http.Header{"X-Amz-Checksum-Crc32": {" ZHws+Q== "}})
	if diff := cmp.Diff(unhex("647c2cf9"), got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	rows := map[string]struct {
		trailer http.Header
		want    error
	}{
		"missing":  {nil, checksum.ErrValue},
		"other":    {http.Header{"X-Amz-Checksum-Sha1": {"x"}}, checksum.ErrValue},
		"bad":      {http.Header{"X-Amz-Checksum-Crc32": {"x"}}, checksum.ErrValue},
		"no value": {http.Header{"X-Amz-Checksum-Crc32": nil}, checksum.ErrValue},
		"repeated": {http.Header{"X-Amz-Checksum-Crc32": {"ZHws+Q==", "ZHws+Q=="}}, checksum.ErrMultiple},
	}
	for name, row := range rows {
		if got, err := r.ParseTrailer(row.trailer); !errors.Is(err, row.want) {
			t.Errorf("%s: got %x, %v; want %v", name, got, err, row.want)
		}
	}
}

func TestWanted(t *testing.T) {
	t.Parallel()
	if !checksum.Wanted(header("x-amz-checksum-mode", "enabled")) {
		t.Error("not wanted")
	}
	if checksum.Wanted(header()) || checksum.Wanted(header("x-amz-checksum-mode", "off")) {
		t.Error("wanted")
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add("x-amz-checksum-crc32", "ZHws+Q==-3", "x-amz-trailer", "x-amz-checksum-sha1")
	f.Add("x-amz-checksum-algorithm", "CRC32", "x-amz-checksum-type", "COMPOSITE")
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string) {
		r, err := checksum.ParseRequest(map[string][]string{name1: {value1}, name2: {value2}})
		if err != nil {
			return
		}
		if r.Sum != nil && len(r.Sum) != r.Algorithm.Size() {
			t.Fatalf("%+v", r)
		}
	})
}
