// Package harness runs the server as its users do: as a process of its own, on loopback, with drives that are directories
// of the test.
//
// # Concepts
//
// [Start] builds the binary (once per test process, with the race detector when the test has it), gives it a free port, fresh
// or given drives and a credential, and returns when the server says that it is ready. The server belongs to the test: it is
// stopped when the test ends, its log is printed when the test failed, and a panic or a data race in the log fails a test
// that had passed. In between a test may [Server.Stop] it politely, [Server.Kill] it, and [Server.Restart] it on the same
// drives and the same port. Nothing but these processes is ever signalled.
//
//	s := harness.Start(t, harness.Options{Drives: 4})
//	_, err := s.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("photos")})
//	s.Kill()
//	s.Restart()
//
// Clients come in four kinds: the AWS and the MinIO SDK ([Server.S3], [Server.MinIO]), other people's programs ([Tool],
// which test/install.sh installs), and [Client], which sends a request exactly as it is told to, for everything an SDK would
// put right or try again.
//
// # Another program
//
// With HOLDFAST_TEST_BINARY in the environment that program is started instead of one that is built here, with the same
// arguments and variables: the binary of a release, or, with HOLDFAST_TEST_PEER=1 as well, another server of the same
// protocol. The latter is for whoever writes tests and wants to know what that one says; [Peer] tells a test about it.
package harness
