package s3api

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
	"github.com/holdfast-io/holdfast/s3api/s3err"
	"github.com/holdfast-io/holdfast/s3api/s3xml"
)

// Limits of an upload form.
const (
	maxFormFields = 1 << 20 // bytes of names and values beside the file
	maxFormCount  = 256     // fields
)

// postObject is PostObject: a browser uploads a form that says where to, under a policy someone else has signed. The fields
// come first, so the file is streamed like any body. The policy is checked against the very values that are used.
func (c *call) postObject() error {
	upload, err := c.readForm()
	if err != nil {
		return err
	}
	if err := c.authenticateForm(upload.fields); err != nil {
		return err
	}
	file, err := c.applyPolicy(upload)
	if err != nil {
		return err
	}
	o, err := c.formOptions(upload)
	if err != nil {
		return err
	}
	info, err := c.view.Put(c.r.Context(), c.bucket, c.key, file, -1, o)
	if err != nil {
		return err
	}
	return c.posted(upload.fields, info)
}

// formUpload is a form up to its file.
type formUpload struct {
	fields sigv4.Form
	file   *multipart.Part
	body   *multipart.Reader
}

// readForm reads the fields up to the file, which has to be the last.
func (c *call) readForm() (*formUpload, error) {
	kind, params, err := mime.ParseMediaType(c.header("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return nil, s3err.MalformedPOSTRequest
	}
	body, _, err := c.payload()
	if err != nil {
		return nil, err
	}
	upload := &formUpload{fields: sigv4.Form{}, body: multipart.NewReader(body, params["boundary"])}
	for left := maxFormFields; ; {
		part, err := upload.body.NextRawPart()
		if err != nil {
			return nil, formError(err)
		}
		if strings.EqualFold(part.FormName(), "file") {
			upload.file = part
			return upload, upload.expand()
		}
		if left, err = upload.add(part, left); err != nil {
			return nil, err
		}
	}
}

// add reads a field; left is how many bytes fields may still have.
func (u *formUpload) add(part *multipart.Part, left int) (int, error) {
	name := part.FormName()
	value, err := io.ReadAll(io.LimitReader(part, int64(left)+1))
	if err != nil {
		return 0, formError(err)
	}
	if left -= len(name) + len(value); name == "" || left < 0 || len(u.fields) == maxFormCount {
		return 0, s3err.MalformedPOSTRequest
	}
	if err := u.fields.Add(name, string(value)); err != nil {
		return 0, ofSignature(err)
	}
	return left, nil
}

// expand replaces ${filename} in the fields. Browsers of old sent whole paths as names of files.
func (u *formUpload) expand() error {
	name := u.file.FileName()
	if i := strings.LastIndexByte(name, '\\'); i >= 0 {
		name = name[i+1:]
	}
	if err := u.fields.Expand(name); err != nil {
		return ofSignature(err)
	}
	return nil
}

// formError says what is wrong with a form that cannot be read further. Errors of the connection stay what they are.
func formError(err error) error {
	var known *s3err.Error
	if errors.As(err, &known) {
		return err
	}
	return s3err.Wrap(s3err.MalformedPOSTRequest, err)
}

// authenticateForm finds out who has signed the form.
func (c *call) authenticateForm(fields sigv4.Form) error {
	ctx := c.r.Context()
	token := fields["x-amz-security-token"]
	if token != "" {
		ctx = context.WithValue(ctx, tokenKey{}, token)
	}
	res, err := c.s.verifier.VerifyPost(ctx, fields)
	if err != nil {
		return ofSignature(err)
	}
	if kind := kindOf(res); kind == 0 || kind&c.route.accepts != kind {
		return s3err.AccessDenied
	}
	return c.identify(res)
}

// applyPolicy holds the form to its policy and returns the file, which is held to it while it is read.
func (c *call) applyPolicy(upload *formUpload) (io.Reader, error) {
	fields := upload.fields
	if named, ok := fields["bucket"]; ok && named != string(c.bucket) {
		return nil, s3err.New(s3err.AccessDenied, "The bucket of the form is not that of the request.")
	}
	fields["bucket"] = string(c.bucket)
	c.key = objectlayer.Key(fields["key"])
	if c.key == "" {
		return nil, s3err.New(s3err.InvalidArgument, "Bucket POST must contain a field named 'key'.")
	}
	if err := c.key.Check(); err != nil {
		return nil, err
	}
	file := &formFile{upload: upload, most: objectlayer.MaxObjectSize}
	if c.caller.Anonymous() {
		return file, nil // no policy limits what the bucket's own policy lets strangers do
	}
	policy, err := sigv4.ParsePolicy(fields["policy"])
	if err != nil {
		return nil, ofSignature(err)
	}
	if err := policy.Check(fields, sigv4.SizeUnknown, c.began); err != nil {
		return nil, ofSignature(err)
	}
	file.most, file.check = min(policy.MaxSize, objectlayer.MaxObjectSize), policy.CheckSize
	return file, nil
}

// formFile is the file of a form. Its end is only an end when nothing follows and its size is one the policy allows.
type formFile struct {
	upload *formUpload
	read   int64
	most   int64
	check  func(size int64) error
}

func (f *formFile) Read(p []byte) (int, error) {
	n, err := f.upload.file.Read(p)
	if f.read += int64(n); f.read > f.most {
		return 0, s3err.EntityTooLarge
	}
	switch {
	case err == nil:
		return n, nil
	case err != io.EOF:
		return n, formError(err)
	}
	if _, err := f.upload.body.NextRawPart(); err != io.EOF {
		return n, formError(err)
	}
	if f.check != nil {
		if err := f.check(f.read); err != nil {
			return n, ofSignature(err)
		}
	}
	return n, io.EOF
}

// formOptions reads from the fields what a PUT has in its headers.
func (c *call) formOptions(upload *formUpload) (o objectlayer.PutOptions, err error) {
	field := func(name string) string { return upload.fields[strings.ToLower(name)] }
	if o.ContentType = field("Content-Type"); o.ContentType == "" {
		o.ContentType = upload.file.Header.Get("Content-Type")
	}
	o.Headers = map[string]string{}
	for _, k := range kept {
		if v := withoutChunked(field(k.header)); v != "" {
			o.Headers[k.name] = v
		}
	}
	if o.UserMeta, err = formMeta(upload.fields); err != nil {
		return o, err
	}
	if o.StorageClass, err = storageClass(field("X-Amz-Storage-Class")); err != nil {
		return o, err
	}
	if o.Encryption, err = c.encryptionFrom(field); err != nil {
		return o, err
	}
	if o.Tags, err = formTags(field("tagging")); err != nil {
		return o, err
	}
	if o.Checksum, err = formChecksum(upload.fields); err != nil {
		return o, err
	}
	if text := field("Content-Md5"); text != "" {
		if o.ContentMD5, err = base64.StdEncoding.DecodeString(text); err != nil || len(o.ContentMD5) != 16 {
			return o, s3err.InvalidDigest
		}
	}
	return o, nil
}

// formMeta returns the client's own metadata under the names headers would have.
func formMeta(fields sigv4.Form) (map[string]string, error) {
	meta, size := map[string]string{}, 0
	for field, value := range fields {
		name := textproto.CanonicalMIMEHeaderKey(field)
		if strings.HasPrefix(name, internalPrefix) {
			return nil, s3err.New(s3err.InvalidArgument, "A field of the form is reserved.")
		}
		if !isUserMeta(name) {
			continue
		}
		if strings.ContainsAny(name, " \t:") || strings.ContainsAny(value, "\r\n\x00") {
			return nil, s3err.New(s3err.InvalidArgument, "Metadata must have the form of a header.")
		}
		meta[name] = value
		size += len(name) + len(value)
	}
	if size > objectlayer.MaxUserMeta {
		return nil, s3err.MetadataTooLarge
	}
	return meta, nil
}

// formTags reads the field "tagging", an XML document.
func formTags(doc string) (string, error) {
	if doc == "" {
		return "", nil
	}
	var tags s3xml.Tagging
	if err := s3xml.Decode([]byte(doc), &tags); err != nil {
		return "", s3err.Wrap(s3err.MalformedXML, err)
	}
	return queryForm(tags.Tags), checkTags(tags.Tags, objectlayer.MaxObjectTags)
}

// formChecksum reads the checksum a file has to have.
func formChecksum(fields sigv4.Form) (objectlayer.Checksum, error) {
	header := http.Header{}
	for name, value := range fields {
		if strings.HasPrefix(name, "x-amz-checksum-") {
			header.Set(name, value)
		}
	}
	if len(header) == 0 {
		return objectlayer.Checksum{}, nil
	}
	req, err := parseChecksums(header)
	if err != nil {
		return objectlayer.Checksum{}, err
	}
	sum := objectlayer.Checksum{Algorithm: req.Algorithm.String()}
	if req.Sum != nil {
		sum.Value = base64.StdEncoding.EncodeToString(req.Sum)
	}
	return sum, nil
}

// posted answers as the form asks: by sending the browser on, or with one of three statuses.
func (c *call) posted(fields sigv4.Form, info objectlayer.ObjectInfo) error {
	c.setETag(info.ETag)
	c.setVersion(info.Version)
	c.setEncryption(info.Encryption)
	location := url.URL{Scheme: "http", Host: c.r.Host, Path: strings.TrimSuffix(c.r.URL.Path, "/") + "/" + string(c.key)}
	if c.r.TLS != nil {
		location.Scheme = "https"
	}
	if to, err := url.Parse(fields["success_action_redirect"]); err == nil && to.Host != "" && (to.Scheme == "http" || to.Scheme == "https") {
		q := to.Query()
		q.Set("bucket", string(c.bucket))
		q.Set("key", string(c.key))
		q.Set("etag", quote(info.ETag))
		to.RawQuery = q.Encode()
		c.set("Location", to.String())
		return c.done(http.StatusSeeOther)
	}
	c.set("Location", location.String())
	switch status, _ := strconv.Atoi(fields["success_action_status"]); status {
	case http.StatusOK:
		return c.done(http.StatusOK)
	case http.StatusCreated:
		c.set("Content-Type", "application/xml")
		return c.send(http.StatusCreated, s3xml.Posted{Location: location.String(), Bucket: string(c.bucket), Key: string(c.key), ETag: info.ETag}.Append(nil))
	default:
		return c.done(http.StatusNoContent)
	}
}
