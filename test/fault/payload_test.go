package fault_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// lineSize is the length of a line of a body, in bytes.
const lineSize = 64

// operationHeader is the user metadata that names the operation a body came with, so that an empty body can be told apart
// and metadata that belongs to other bytes is found out.
const operationHeader = "X-Amz-Meta-Operation"

// payload makes the body an operation stores under a key: size bytes of lines that say whose they are. Only whole lines are
// made.
func payload(k key, operation int64, size int) []byte {
	var b bytes.Buffer
	b.Grow(size)
	name := k.String()
	for number := 0; b.Len() < size; number++ {
		head := fmt.Sprintf("%s %d %d ", name, operation, number)
		b.WriteString(head)
		b.WriteString(strings.Repeat(".", lineSize-1-len(head)))
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// parsePayload returns the operation whose body b is. It is an error when any line belongs to another key or operation, or
// stands at the wrong place.
func parsePayload(k key, b []byte) (operation int64, err error) {
	if len(b)%lineSize != 0 {
		return 0, fmt.Errorf("%d bytes are no whole number of lines", len(b))
	}
	for number := 0; number*lineSize < len(b); number++ {
		line := string(b[number*lineSize : (number+1)*lineSize])
		fields := strings.Fields(line)
		if len(fields) != 4 || fields[0] != k.String() || fields[2] != strconv.Itoa(number) {
			return 0, fmt.Errorf("line %d of %s is %q", number, k, line)
		}
		id, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("line %d of %s is %q", number, k, line)
		}
		if number > 0 && id != operation {
			return 0, fmt.Errorf("torn: line %d of %s is of operation %d, those before of %d", number, k, id, operation)
		}
		operation = id
	}
	return operation, nil
}
