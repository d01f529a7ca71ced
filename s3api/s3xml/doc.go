// Package s3xml is the documents of the S3 protocol: the ones clients send, as Go structs, and the ones servers answer with,
// as structs that append themselves to a buffer.
//
// # Reading
//
// [Decode] is strict where leniency would be dangerous and lenient where S3 is: no document type declaration, no nesting
// deeper than [MaxDepth], no element twice where the document has it once, nothing behind the root element; but unknown
// elements are skipped and any XML namespace, or none, will do, because clients send all of them. The caller has read and
// bounded the body before, so that a body whose signature does not hold is never parsed.
//
// # Writing
//
// Answers are written by hand, one append after the other, in the order of the S3 API reference. That is no longer than the
// struct tags would be, and a listing of a thousand keys costs no reflection and one growing buffer.
//
//	page := s3xml.ObjectList{Bucket: "photos", MaxKeys: 1000, Page: listing}
//	w.Write(page.Append(nil))
//
// Characters that XML 1.0 cannot carry become U+FFFD; a client that wants such keys asks for encoding-type=url.
package s3xml

// Namespace is the XML namespace of S3 documents.
const Namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

// Header begins every document.
const Header = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
