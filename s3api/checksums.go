package s3api

import (
	"errors"
	"strconv"
	"strings"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/checksum"
	"github.com/holdfast-io/holdfast/s3api/s3err"
)

// checksumRequest reads what the headers say of checksums. Most requests say nothing, and that costs a look at the names.
func (c *call) checksumRequest() (checksum.Request, error) {
	for name := range c.r.Header {
		if strings.HasPrefix(name, "X-Amz-Checksum-") || name == "X-Amz-Sdk-Checksum-Algorithm" || name == "X-Amz-Trailer" {
			return parseChecksums(c.r.Header)
		}
	}
	return checksum.Request{}, nil
}

func parseChecksums(header map[string][]string) (checksum.Request, error) {
	req, err := checksum.ParseRequest(header)
	switch {
	case err == nil:
		return req, nil
	case errors.Is(err, checksum.ErrAlgorithm):
		return req, s3err.New(s3err.InvalidArgument, "The checksum algorithm is not one of CRC32, CRC32C, CRC64NVME, SHA1 and SHA256.")
	case errors.Is(err, checksum.ErrMultiple):
		return req, s3err.New(s3err.InvalidRequest, "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
	case errors.Is(err, checksum.ErrValue):
		return req, s3err.New(s3err.InvalidRequest, "Value for x-amz-checksum header is invalid.")
	default:
		return req, s3err.New(s3err.InvalidRequest, "The x-amz-checksum-type is invalid.")
	}
}

// bodyChecksum says which checksum the body of an upload has to have: one from a header, one from the trailer of p, or any.
func (c *call) bodyChecksum(p *payload) (sum objectlayer.Checksum, want func() string, err error) {
	req, err := c.checksumRequest()
	if err != nil || req.Algorithm == checksum.None {
		return sum, nil, err
	}
	sum.Algorithm = req.Algorithm.String()
	if req.Parts > 0 {
		return sum, nil, s3err.New(s3err.InvalidRequest, "Value for x-amz-checksum header is invalid.")
	}
	if req.Sum != nil {
		sum.Value = checksum.Format(req.Sum)
	}
	if req.Trailing {
		want = func() string { return p.trailer(req.Algorithm.Header()) }
	}
	return sum, want, nil
}

// uploadChecksum says which checksums the parts of a new upload have, and how they become that of the object.
func (c *call) uploadChecksum() (objectlayer.Checksum, error) {
	req, err := c.checksumRequest()
	if err != nil {
		return objectlayer.Checksum{}, err
	}
	if req.Algorithm == checksum.None {
		if req.Type != checksum.Unspecified {
			return objectlayer.Checksum{}, s3err.New(s3err.InvalidRequest, "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
		}
		return objectlayer.Checksum{}, nil
	}
	kind, err := req.Algorithm.MultipartType(req.Type)
	if err != nil {
		return objectlayer.Checksum{}, s3err.New(s3err.InvalidRequest, "The "+req.Type.String()+" checksum type cannot be used with the "+req.Algorithm.String()+" checksum algorithm.")
	}
	return objectlayer.Checksum{Algorithm: req.Algorithm.String(), Composite: kind == checksum.Composite}, nil
}

// wholeChecksum reads the checksum a completed object has to have.
func (c *call) wholeChecksum() (objectlayer.Checksum, error) {
	req, err := c.checksumRequest()
	if err != nil || req.Sum == nil {
		return objectlayer.Checksum{}, err
	}
	sum := objectlayer.Checksum{Algorithm: req.Algorithm.String(), Value: checksum.Format(req.Sum), Composite: req.Parts > 0}
	if req.Parts > 0 {
		sum.Value += "-" + strconv.Itoa(req.Parts)
	}
	return sum, nil
}

// setChecksums shows the checksums of an object or part.
func (c *call) setChecksums(sums []objectlayer.Checksum) {
	for _, sum := range sums {
		if name := checksumHeader(sum.Algorithm); name != "" && sum.Value != "" {
			c.set(name, sum.Value)
		}
	}
	if len(sums) > 0 {
		if sums[0].Composite {
			c.set("X-Amz-Checksum-Type", "COMPOSITE")
		} else {
			c.set("X-Amz-Checksum-Type", "FULL_OBJECT")
		}
	}
}

// checksumHeader returns the header that carries checksums of an algorithm, in canonical form.
func checksumHeader(algorithm string) string {
	switch algorithm {
	case "CRC32":
		return "X-Amz-Checksum-Crc32"
	case "CRC32C":
		return "X-Amz-Checksum-Crc32c"
	case "CRC64NVME":
		return "X-Amz-Checksum-Crc64nvme"
	case "SHA1":
		return "X-Amz-Checksum-Sha1"
	case "SHA256":
		return "X-Amz-Checksum-Sha256"
	}
	return ""
}
