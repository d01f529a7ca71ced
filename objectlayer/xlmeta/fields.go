package xlmeta

import "github.com/tinylib/msgp/msgp"

func appendIntField(b []byte, key string, value int64) []byte {
	return msgp.AppendInt64(msgp.AppendString(b, key), value)
}

func appendBytesField(b []byte, key string, value []byte) []byte {
	return msgp.AppendBytes(msgp.AppendString(b, key), value)
}

func appendTextField(b []byte, key, value string) []byte {
	return msgp.AppendString(msgp.AppendString(b, key), value)
}
